"""`casevac site`: Landing sites: list, add, tell what was found there."""

from casevac.roof.tellings import group

site = group("site", "Landing sites: list, add, tell what was found there.", "sites")
