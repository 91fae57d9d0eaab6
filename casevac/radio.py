"""Radio procedure: the phonetic alphabet, spoken numbers, and lists of coded words read strictly."""

import re
from collections.abc import Mapping
from typing import Generic, NamedTuple, NoReturn, TypeVar

from casevac.errors import BadMessage

T = TypeVar("T")

_ALPHABET = (
    "ALPHA BRAVO CHARLIE DELTA ECHO FOXTROT GOLF HOTEL INDIA JULIET KILO LIMA MIKE NOVEMBER OSCAR PAPA "
    "QUEBEC ROMEO SIERRA TANGO UNIFORM VICTOR WHISKEY XRAY YANKEE ZULU"
)
PHONETIC = {word: word[0] for word in _ALPHABET.split()} | {"ALFA": "A", "JULIETT": "J", "WHISKY": "W"}
_COUNT = "ZERO ONE TWO THREE FOUR FIVE SIX SEVEN EIGHT NINE TEN ELEVEN TWELVE"
NUMBERS = {word: number for number, word in enumerate(_COUNT.split())} | {
    "TREE": 3,
    "FOWER": 4,
    "FIFE": 5,
    "NINER": 9,
}
MOST = 10_000
_FILLERS = frozenset(("AND", "PATIENT", "PATIENTS", "CASUALTY", "CASUALTIES", "TIMES"))
_TOKEN = re.compile(r"[0-9]+|[A-Z]+|[^\s0-9A-Z,;:/&+=()\-]")
_CLOSING = re.compile(r"(?:[\s,.;]+(?:BREAK|OVER|HOW COPY))+[\s.]*$", re.IGNORECASE)


class Word(NamedTuple, Generic[T]):
    """A word that was understood."""

    value: T


class Coded(NamedTuple, Generic[T]):
    """What one coded line accepts: phrases to values, with letters only when a dialect is declared."""

    line: str
    phrases: Mapping[tuple[str, ...], T]
    accepted: str
    dialect: str = ""

    def fault(self, words: str) -> NoReturn:
        """Raises BadMessage naming the line, what is wrong, and what is accepted."""
        raise BadMessage(f"{self.line}: {words}; it accepts {self.accepted}")


def coded(line: str, letters: Mapping[str, T], words: Mapping[str, T], dialect: str | None) -> Coded[T]:
    """The line with these letters (none of them without a dialect) and these words."""
    phrases = {_phrase(word): value for word, value in words.items()}
    if dialect is not None:
        phrases |= {(letter,): value for letter, value in letters.items()}
        phrases |= {(word,): letters[letter] for word, letter in PHONETIC.items() if letter in letters}
        if "X" in letters:
            phrases["X", "RAY"] = letters["X"]
    names = {value: word.replace("_", " ") for word, value in [*words.items()][::-1]}
    lettered = [f"{letter} {names.get(value, value)}" for letter, value in letters.items()]
    accepted = ", ".join(lettered if dialect is not None else dict.fromkeys(names.values()))
    return Coded(line, phrases, accepted, dialect or "")


def _phrase(word: str) -> tuple[str, ...]:
    return tuple(re.split(r"[_\s-]+", word.upper()))


def plain(text: str) -> str:
    """The text of a coded line without the closing words of procedure."""
    return _CLOSING.sub("", text).strip().rstrip(".!")


def items(line: Coded[T], text: str) -> list[Word[T] | int]:
    """The words and numbers of a text, in order; raises BadMessage for anything else."""
    tokens = [one for one in _TOKEN.findall(plain(text).upper().replace("×", "X")) if one not in _FILLERS]
    longest = max(map(len, line.phrases), default=1)
    found: list[Word[T] | int] = []
    while tokens:
        size = next((n for n in range(longest, 0, -1) if tuple(tokens[:n]) in line.phrases), 0)
        if size:
            found.append(Word(line.phrases[tuple(tokens[:size])]))
            tokens = tokens[size:]
            continue
        first = tokens.pop(0)
        if first != "X":  # "x2": two of them
            found.append(_number(line, first))
    return found


def number(text: str) -> int | None:
    """A number in digits or spoken, at most 10,000; None when the text is none."""
    found = NUMBERS.get(text.upper(), int(text) if text.isdecimal() and len(text) < 9 else None)
    return found if found is None or found <= MOST else None


def _number(line: Coded[T], said: str) -> int:
    found = number(said)
    if found is not None:
        return found
    if said.isdecimal():
        line.fault(f"{said[:20]} is too many")
    if not line.dialect and said.isalpha() and (len(said) == 1 or said in PHONETIC):
        raise BadMessage(
            f"{line.line}: letter {PHONETIC.get(said, said)} means one thing to one force and another to the "
            "next; declare the dialect (us-atp, un-2020, or one of the mission's own), or say it in words"
        )
    where = f" in {line.dialect}" if line.dialect else ""
    return line.fault(f"{said[:40]!r} means nothing{where}")


def counted(line: Coded[T], text: str, *, bare: bool = False) -> dict[T, int | None]:
    """How many of each: "A2 C1" or "2 URGENT, 1 PRIORITY"; with `bare` a word may go without (None).

    Raises BadMessage when a number has no word, a word no number, or a word comes twice.
    """
    found = items(line, text)
    if not found:
        line.fault("it tells nothing")
    pairs = _number_first(line, found) if isinstance(found[0], int) else _after(line, found)
    told: dict[T, int | None] = {}
    for value, number in pairs:
        if value in told:
            line.fault(f"{_name(line, value)} is told twice")
        if number is None and not bare:
            line.fault(f"{_name(line, value)} has no number (write it as 2 of them)")
        told[value] = number
    return told


def _name(line: Coded[T], value: T) -> str:
    return next((" ".join(words).lower() for words, one in line.phrases.items() if one == value), str(value))


def _number_first(line: Coded[T], found: list[Word[T] | int]) -> list[tuple[T, int | None]]:
    pairs: list[tuple[T, int | None]] = []
    for number, word in zip(found[::2], [*found[1::2], *([0] * (len(found) % 2))], strict=True):
        if not isinstance(number, int) or isinstance(word, int):
            line.fault(f"after {_shown(line, number)} a number and a word must follow in turn")
        pairs.append((word.value, number))
    return pairs


def _after(line: Coded[T], found: list[Word[T] | int]) -> list[tuple[T, int | None]]:
    pairs: list[tuple[T, int | None]] = []
    for one in found:
        if not isinstance(one, int):
            pairs.append((one.value, None))
        elif pairs and pairs[-1][1] is None:
            pairs[-1] = (pairs[-1][0], one)
        else:
            line.fault(f"the number {one} belongs to no word")
    return pairs


def _shown(line: Coded[T], one: Word[T] | int) -> str:
    return str(one) if isinstance(one, int) else _name(line, one.value)


def listed(line: Coded[T], text: str) -> tuple[T, ...]:
    """The words of a line that counts nothing, each once; raises BadMessage."""
    told: dict[T, None] = {}
    for one in items(line, text):
        if isinstance(one, int):
            line.fault(f"the number {one} has no meaning here")
        told[one.value] = None
    return tuple(told)


def single(line: Coded[T], text: str) -> T:
    """The one word of a line; raises BadMessage when there is another or none."""
    told = listed(line, text)
    if len(told) != 1:
        line.fault(f"one word is wanted, not {len(told)}")
    return told[0]


def leading(line: Coded[T], text: str) -> tuple[T, str]:
    """The first word of a line, and the rest as it was told; raises BadMessage."""
    words = list(re.finditer(r"[^\W_]+", text))
    longest = max(map(len, line.phrases), default=1)
    for size in range(min(longest, len(words)), 0, -1):
        key = tuple(one.group().upper() for one in words[:size])
        if key in line.phrases:
            return line.phrases[key], re.sub(r"^[\s,:;.(-]+", "", text[words[size - 1].end() :]).strip()
    items(line, words[0].group() if words else "")
    return line.fault(f"{text[:40]!r} begins with no word of it")
