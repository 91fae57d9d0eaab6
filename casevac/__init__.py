"""Casualties and duty: the domain, its store and its roof."""
