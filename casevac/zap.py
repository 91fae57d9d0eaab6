"""ZAP ids: random casualty pseudonyms with a check character, safe to read over the radio."""

from casevac.errors import BadMessage

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford base 32: no I, L, O, U
CHECK = ALPHABET + "*~$=U"  # Crockford's modulus 37 check symbols
LETTERS = 7
_SPOKEN = str.maketrans({"I": "1", "L": "1", "O": "0", "-": "", " ": ""})


def zap(random_number: int) -> str:
    """The ZAP id of a random number: seven characters and one that checks them, as `K7PX-3QMR`."""
    value = random_number % 32**LETTERS
    while CHECK[value % 37] not in ALPHABET:  # spoken ids hold letters and digits only
        value = (value + 1) % 32**LETTERS
    text = "".join(ALPHABET[(value >> 5 * place) & 31] for place in reversed(range(LETTERS)))
    text += CHECK[value % 37]
    return f"{text[:4]}-{text[4:]}"


def canonical(text: object) -> str:
    """The usual form of a ZAP id as it was typed or heard; raises BadMessage when it is none."""
    if not isinstance(text, str) or not is_zap(text):
        raise BadMessage(
            f"{str(text)[:20]!r} is no ZAP id (as {zap(1)}, with its check character); never send a name"
        )
    plain = text.upper().translate(_SPOKEN)
    return f"{plain[:4]}-{plain[4:]}"


def is_zap(text: str) -> bool:
    """True when the text is a ZAP id whose check character agrees."""
    plain = text.upper().translate(_SPOKEN)
    if len(plain) != LETTERS + 1 or any(letter not in ALPHABET for letter in plain):
        return False
    value = 0
    for letter in plain[:-1]:
        value = value * 32 + ALPHABET.index(letter)
    return CHECK[value % 37] == plain[-1]
