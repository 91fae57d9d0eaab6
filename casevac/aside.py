"""Why a message was set aside, as one of a few words: what is counted, and what a reader may ask for."""

from typing import Literal, get_args

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
