"""Mosquitto's password file: hashes made here, so that no process sees a secret on its command line."""

import base64
import hashlib
import hmac
import secrets

_ROUNDS = 101  # as mosquitto_passwd does; the secrets are 128 random bits, which no dictionary reaches
_SALT_BYTES = 12


def hashed(password: str) -> str:
    """`password` in Mosquitto's $7$ form: PBKDF2-HMAC-SHA512, rounds, salt and hash in base 64."""
    salt = secrets.token_bytes(_SALT_BYTES)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ROUNDS)
    return f"$7${_ROUNDS}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def fits(password: str, entry: str) -> bool:
    """True when a password is that of an entry of Mosquitto's $7$ form; False for any other form."""
    parts = entry.strip().split("$")
    if len(parts) != 5 or parts[1] != "7" or not parts[2].isdecimal():
        return False
    try:
        salt, digest = base64.b64decode(parts[3]), base64.b64decode(parts[4])
    except ValueError:
        return False
    return hmac.compare_digest(hashlib.pbkdf2_hmac("sha512", password.encode(), salt, int(parts[2])), digest)


def read(text: str) -> dict[str, str]:
    """User -> hash of a password file's text."""
    return dict(line.split(":", 1) for line in text.splitlines() if ":" in line)


def write(entries: dict[str, str]) -> str:
    """The text of a password file."""
    return "".join(f"{user}:{entry}\n" for user, entry in sorted(entries.items()))
