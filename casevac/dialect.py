"""A dialect of the 9-line: which letter means which word, as data of the mission, never as code."""

import re
from enum import StrEnum
from typing import Literal

import msgspec

from casevac.terms import Affiliation, Contamination, Equipment, Marking, Precedence, Security

_LETTER, _NAME = re.compile("[A-Z]"), re.compile(r"[a-z0-9][a-z0-9_.-]{0,39}")


class Form(StrEnum):
    """Whether lines 6 and 9 tell security and contamination, or wounds and terrain."""

    WAR = "war"
    PEACE = "peace"


class Nationality(msgspec.Struct, frozen=True):
    """A word of line 8, and whose such a casualty is."""

    word: str
    affiliation: Affiliation


class Dialect(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Letters to words for each coded line; `limits_s` is how soon a precedence must be evacuated.

    `note` is shown wherever the dialect is used. Raises ValueError for a letter that is none.
    """

    name: str
    title: str
    precedence: dict[str, Precedence]
    equipment: dict[str, Equipment | None]  # null: none needed
    types: dict[str, Literal["litter", "ambulatory"]]
    security: dict[str, Security]
    marking: dict[str, Marking]
    patients: dict[str, Nationality]
    contamination: dict[str, Contamination]
    verified: bool = False
    source: str = ""
    note: str = ""
    line_6: Form = Form.WAR
    line_9: Form = Form.WAR
    limits_s: dict[Precedence, float] = {}

    def __post_init__(self) -> None:
        if _NAME.fullmatch(self.name) is None:
            raise ValueError(f"{self.name!r} is no name of a dialect; use a to z, 0 to 9, - and .")
        coded = (self.precedence, self.equipment, self.types, self.security)
        for letters in (*coded, self.marking, self.patients, self.contamination):
            for letter in letters:
                if _LETTER.fullmatch(letter) is None:
                    raise ValueError(f"dialect {self.name}: {letter!r} is no letter A to Z")

    def affiliation(self, word: str) -> Affiliation:
        """Whose a casualty of this word of line 8 is; UNKNOWN for a word that the dialect does not have."""
        found = (one.affiliation for one in self.patients.values() if one.word == word)
        return next(found, Affiliation.UNKNOWN)
