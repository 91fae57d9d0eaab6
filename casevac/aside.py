"""Why a message was set aside, as one of a few words; and its payload as it is safe to show."""

import codecs
from typing import Literal, NamedTuple, get_args

Word = Literal[
    "number_reused",  # the number is taken by another content
    "unreadable",  # it says nothing that the dialect knows
    "unknown_device",  # nobody of that name is enrolled
    "revoked",  # the device was cut off
    "not_allowed",  # the device may not tell this, or speaks for another
    "refused_by_store",  # PostgreSQL itself takes it not
    "too_large",  # more than one message may hold
]
WORDS: tuple[Word, ...] = get_args(Word)

# What the reasons in words hold; the first that fits names them.
_SAID: tuple[tuple[str, Word], ...] = (
    ("number reused", "number_reused"),
    ("is not enrolled", "unknown_device"),
    (" is revoked", "revoked"),
    ("the store refused it", "refused_by_store"),
    (" cannot report ", "not_allowed"),
    (" belongs to ", "not_allowed"),
    (" is bound to no ", "not_allowed"),
    ("may speak for", "not_allowed"),
    ("this device speaks for", "not_allowed"),
    ("too large", "too_large"),
)


def word_of(reason: str) -> Word:
    """The word for a reason given in words (or by its word); whatever else is wrong is `unreadable`."""
    for word in WORDS:
        if reason == word:
            return word
    return next((word for said, word in _SAID if said in reason), "unreadable")


MOST_SHOWN = 2000  # bytes of a payload that a reader is shown


class Shown(NamedTuple):
    """A payload for a reader: text where every character is harmless, else hexadecimal; cut when long."""

    text: str | None
    hex: str | None
    size: int
    cut: bool


def shown(raw: bytes, most: int = MOST_SHOWN) -> Shown:
    """The first `most` bytes of a payload, safe to print: no control or direction mark passes as text."""
    head, cut = raw[:most], len(raw) > most
    try:
        # A character that the cut went through is left out.
        text = codecs.getincrementaldecoder("utf-8")().decode(head, final=not cut)
    except UnicodeDecodeError:
        return Shown(None, head.hex(" "), len(raw), cut)
    plain = all(letter.isprintable() or letter in "\n\t" for letter in text)
    return Shown(text, None, len(raw), cut) if plain else Shown(None, head.hex(" "), len(raw), cut)
