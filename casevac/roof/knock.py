"""One knock at an MQTT door: are these credentials accepted?"""

import socket

_CONNECT_S = 2.0
_CLEAN_SESSION, _PASSWORD, _USER = 0x02, 0x40, 0x80


def accepted(host: str, port: int, user: str, password: str) -> bool:
    """True when the broker answers an MQTT 3.1.1 CONNECT of `user` with success; leaves no session behind."""
    try:
        with socket.create_connection((host, port), timeout=_CONNECT_S) as door:
            door.sendall(connect_packet(user, password))
            answer = door.recv(4)
            door.sendall(b"\xe0\x00")  # DISCONNECT
    except OSError:
        return False
    return answer == b"\x20\x02\x00\x00"  # CONNACK, no session present, code 0


def connect_packet(user: str, password: str) -> bytes:
    """A CONNECT packet: protocol level 4, clean session, keep-alive 10 s, client id = user."""
    flags = _CLEAN_SESSION | _USER | _PASSWORD
    rest = _text("MQTT") + bytes((4, flags, 0, 10)) + _text(user) + _text(user) + _text(password)
    size = bytearray()
    left = len(rest)
    while True:
        left, digit = divmod(left, 128)
        size.append(digit | (0x80 if left else 0))
        if not left:
            return b"\x10" + bytes(size) + rest


def _text(text: str) -> bytes:
    raw = text.encode()
    return len(raw).to_bytes(2, "big") + raw
