"""What may be kept: texts that the store can hold, nested no deeper than anybody means."""

from casevac.errors import BadMessage

DEEPEST = 12


def check_kept(told: object) -> None:
    """Raises BadMessage for a character that no text may hold, and for values nested without end."""
    layer = [told]
    for _ in range(DEEPEST):
        if any(isinstance(one, str) and not _kept(one) for one in layer):
            raise BadMessage("a text holds a character that no text may hold")
        layer = [inner for one in layer for inner in _inside(one)]
        if not layer:
            return
    raise BadMessage(f"nested too deeply; nothing that is told has more than {DEEPEST} levels")


def _inside(value: object) -> list[object]:
    if isinstance(value, dict):
        return [*value.keys(), *value.values()]
    return list(value) if isinstance(value, list | tuple) else []


def _kept(text: str) -> bool:
    """PostgreSQL keeps neither NUL nor halves of characters."""
    return "\x00" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)
