"""The number of a message that nobody can read as JSON: looked for at its head, told only when it is sure."""

import re

HEAD = 4096  # bytes that are looked at: a number stands in front
_NAMES = (b'"epoch"', b'"n"')
_TOKEN = re.compile(rb'\s*("(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s"\\{}\[\]:,]+)', re.DOTALL)
_NUMBER = re.compile(rb"0|[1-9][0-9]{0,18}")
_CLOSES = {b"{": b"}", b"[": b"]"}
_SIGNS = (b"{", b"}", b"[", b"]", b":", b",")
_WHOLE = 2**63 - 1


class _Doubtful(Exception):
    """What is read may mean something else."""


def numbers(payload: bytes) -> tuple[int, int] | None:
    """Epoch and n where each stands once, as a whole number, at the top level of an object; else None.

    Doubtful, and so None, is: what is no object as far as it is looked at, or cut short; a name spelt with
    escapes; either name twice; either name or any escape in what is not looked at. A number inside another
    value never counts.
    """
    try:
        found, at, over = _scanned(payload[:HEAD])
    except _Doubtful:
        return None
    rest = payload[at:]
    if over and rest.strip():
        return None
    if not over and (len(payload) <= HEAD or b"\\" in rest or any(name in rest for name in _NAMES)):
        return None
    epoch, n = (found.get(name, -1) for name in _NAMES)
    return (epoch, n) if 0 <= epoch <= _WHOLE and 1 <= n <= _WHOLE else None


def _scanned(head: bytes) -> tuple[dict[bytes, int], int, bool]:
    """The numbers at the top level, how far the head was understood, whether the object ended there."""
    found: dict[bytes, int] = {}
    inside: list[bytes] = []  # what closes the objects and arrays that are open
    fields: list[bytes] = []  # what was read of the present field of the outermost object
    at, over = 0, False
    while read := _TOKEN.match(head, at):
        at, token = read.end(), read[1]
        if over or (not inside and token != b"{"):
            raise _Doubtful
        if len(inside) == 1 and token in (b",", b"}"):
            _keep(fields, found)
            fields = []
        elif len(inside) == 1:
            fields.append(token)
        if token in _CLOSES:
            inside.append(_CLOSES[token])
        elif token in (b"}", b"]"):
            if token != inside.pop():
                raise _Doubtful
            over = not inside
    if fields and (fields[0] in _NAMES or b"\\" in fields[0]):
        raise _Doubtful  # its value lies beyond
    return found, at, over


def _keep(field: list[bytes], found: dict[bytes, int]) -> None:
    """One whole field of the outermost object: its name, a colon, a value (of one in brackets the first)."""
    if not field:
        return
    if len(field) != 3 or field[0][:1] != b'"' or b"\\" in field[0] or field[1] != b":":
        raise _Doubtful
    name, _, value = field
    if value in _SIGNS and value not in _CLOSES:
        raise _Doubtful
    if name in _NAMES:
        if name in found or not _NUMBER.fullmatch(value):
            raise _Doubtful
        found[name] = int(value)
