"""Times of many messages at once: text in UTC to microseconds (pure)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

UNREAD = np.iinfo(np.int64).min
"""In place of a time that is written otherwise, or is none."""

_FORM = b"0000-00-00T00:00:00"
_SHAPES = {20: b"Z", 25: b"+00:00", 24: b".000Z", 29: b".000+00:00", 27: b".000000Z", 32: b".000000+00:00"}
"""What follows the seconds, by the length of the whole."""
_DAYS_OF = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
_DAYS_BEFORE = np.concatenate(([0], np.cumsum(_DAYS_OF)))[:13]
_UNTIL_2000 = 10_957  # days from 1970


def microseconds(texts: Sequence[str]) -> NDArray[np.int64]:
    """Microseconds since 1970 of [k] times of the years 2000 to 2099, UNREAD for any other text.

    Read are `2026-11-22T04:59:00` with or without three or six decimals, then `Z` or `+00:00`.
    """
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    found = np.full(len(texts), UNREAD, dtype=np.int64)
    for length in np.unique(lengths).tolist():
        if length in _SHAPES:
            rows = np.flatnonzero(lengths == length)
            same = texts if len(rows) == len(texts) else [texts[row] for row in rows.tolist()]
            found[rows] = _read(same, length)
    return found


def _read(texts: Sequence[str], length: int) -> NDArray[np.int64]:
    raw = "".join(texts).encode("ascii", "replace")  # a byte each, whatever it is
    written = np.frombuffer(raw, dtype=np.uint8).reshape(len(texts), length).T
    form = _FORM + _SHAPES[length]
    digits = written.astype(np.int16) - ord("0")
    right = np.ones(len(texts), dtype=bool)
    end = len(form) if form.endswith(b"Z") else len(form) - len(b"+00:00")
    for place, sign in enumerate(form):
        if sign == ord("0") and place < end:
            right &= (digits[place] >= 0) & (digits[place] <= 9)
        else:
            right &= written[place] == sign

    def number(start: int, many: int) -> NDArray[np.int64]:
        value: NDArray[np.int64] = digits[start].astype(np.int64)
        for place in range(start + 1, start + many):
            value = value * 10 + digits[place]
        return value

    years, month, day = number(0, 4) - 2000, np.clip(number(5, 2), 0, 12), number(8, 2)
    hour, minute, second = number(11, 2), number(14, 2), number(17, 2)
    leap = years % 4 == 0  # also true of 2000
    right &= (years >= 0) & (years <= 99) & (month == number(5, 2)) & (month >= 1)
    right &= (day >= 1) & (day <= _DAYS_OF[month] + (leap & (month == 2)))
    right &= (hour <= 23) & (minute <= 59) & (second <= 59)
    days = _UNTIL_2000 + years * 365 + (years + 3) // 4 + _DAYS_BEFORE[month] + (leap & (month > 2)) + day - 1
    decimals = form.count(b"0", len(_FORM), end)
    rest = number(20, decimals) * 10 ** (6 - decimals) if decimals else 0
    instants = (((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000_000 + rest
    found: NDArray[np.int64] = np.where(right, instants, UNREAD)
    return found
