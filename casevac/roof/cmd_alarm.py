"""`casevac alarm`: what needs a person now."""

from casevac.roof.tellings import group

alarm = group("alarm", "What needs a person now.", "alarms")
