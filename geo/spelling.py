"""A name as it is searched for: small letters without accents or punctuation; how far two differ."""

import unicodedata

_LETTERS = str.maketrans(
    {
        "œ": "oe", "æ": "ae", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "þ": "th", "ı": "i", "ŋ": "n",
        "ɓ": "b", "ɗ": "d", "ƙ": "k", "ɛ": "e", "ɔ": "o", "ɖ": "d", "ƴ": "y", "ɲ": "n", "ə": "e", "ǝ": "e",
    }
)  # fmt: skip
_NOTHING = frozenset("\u0640\u200b\u200c\u200d\u2060\ufeff\u00ad")  # Arabic stretching, joiners, soft hyphen


def plain(text: str) -> str:
    """Words in small letters, one space apart: no accents, no punctuation, ligatures spelt out.

    Vowel signs that are letters of their own (as in Bengali) stay.
    """
    letters = unicodedata.normalize("NFKD", text.casefold()).casefold().translate(_LETTERS)
    return " ".join("".join(map(_kept, letters)).split())


def _kept(letter: str) -> str:
    if letter in _NOTHING or unicodedata.combining(letter):
        return ""
    if letter.isdecimal():
        return str(unicodedata.decimal(letter))
    return letter if letter.isalnum() or unicodedata.category(letter).startswith("M") else " "


def squeezed(text: str) -> str:
    """The plain form without spaces: N'Délé and Ndele are one, so are Kaga-Bandoro and kagabandoro."""
    return plain(text).replace(" ", "")


def edits(a: str, b: str, most: int) -> int:
    """Letters put in, left out, changed, or swapped with their neighbour; `most` + 1 when more than that."""
    if abs(len(a) - len(b)) > most:
        return most + 1
    same = 0
    while same < min(len(a), len(b)) and a[same] == b[same]:
        same += 1
    a, b = a[same:], b[same:]
    while a and b and a[-1] == b[-1]:
        a, b = a[:-1], b[:-1]
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, letter in enumerate(a, 1):
        older, before, row = before, row, [i]
        for j, other in enumerate(b, 1):
            cost = min(before[j] + 1, row[-1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == b[j - 2] and other == a[i - 2]:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > most and min(before) > most:
            return most + 1
    return min(row[-1], most + 1)
