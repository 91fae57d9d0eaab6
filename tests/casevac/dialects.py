"""The shipped dialects, for tests."""

from casevac.store.dialects import dialects

US, UN = dialects()["us-atp"], dialects()["un-2020"]
