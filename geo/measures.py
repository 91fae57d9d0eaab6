"""Weights and lengths as signs and tags write them (pure)."""

import re

_NUMBER = r"(\d{1,7}(?:[.,]\d{1,4})?)"
_WEIGHT = re.compile(rf"^{_NUMBER}\s*(t|tons?|tonnes?|st|kg|lbs?)?$")
_TONNES = {"t": 1.0, "st": 0.90718474, "kg": 0.001, "lb": 0.00045359237, "lbs": 0.00045359237}
_LENGTH = re.compile(rf"^{_NUMBER}\s*(m|cm|ft|')?$")
_METRES = {"m": 1.0, "cm": 0.01, "ft": 0.3048, "'": 0.3048}
_FEET = re.compile(r"^(\d{1,3})\s*(?:'|ft)\s*(\d{1,2})\s*(?:\"|''|in)$")
_BARE_KG = 1000.0  # a bare number this large can only be kilograms
_NO_LIMIT = frozenset(("", "none", "no", "default", "unsigned", "below_default", "unknown"))


def weight(text: str) -> int | None:
    """A weight limit in 0.1 t, 1 to 2,000 (200 t); 0 for no limit, None when it cannot be read.

    A number without a unit is tonnes; `st` is the short ton, `lbs` the pound.
    """
    text = text.split(";", maxsplit=1)[0].strip().lower()
    if text in _NO_LIMIT:
        return 0
    found = _WEIGHT.match(text)
    if found is None:
        return None
    value = float(found[1].replace(",", "."))
    unit = found[2] or ("kg" if value >= _BARE_KG else "t")
    tenths = round(value * _TONNES.get(unit, 1.0) * 10.0)
    return tenths if 1 <= tenths <= 2000 else None


def length(text: str) -> int | None:
    """A height or width limit in 0.1 m, 1 to 255; 0 for no limit, None when it cannot be read."""
    text = text.split(";", maxsplit=1)[0].strip().lower()
    if text in _NO_LIMIT:
        return 0
    feet, plain = _FEET.match(text), _LENGTH.match(text)
    if feet is not None:
        metres = int(feet[1]) * 0.3048 + int(feet[2]) * 0.0254
    elif plain is not None:
        metres = float(plain[1].replace(",", ".")) * _METRES[plain[2] or "m"]
    else:
        return None
    tenths = int(metres * 10.0 + 1e-6)  # rounded down: a sign of 3.48 m is no 3.5 m
    return tenths if 1 <= tenths <= 255 else None
