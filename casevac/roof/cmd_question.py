"""`casevac question`: Questions to specialists."""

from casevac.roof.tellings import group

question = group("question", "Questions to specialists.", "questions")
