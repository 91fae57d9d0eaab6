"""`casevac team`: Teams: state, answers."""

from casevac.roof.tellings import group

team = group("team", "Teams: state, answers.", "teams")
