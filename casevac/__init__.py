"""Casualties and duty: the domain, its store and its roof."""

__version__ = "0.2.0"
