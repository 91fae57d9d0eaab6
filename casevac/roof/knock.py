"""Knocks at an MQTT door: are these credentials accepted, does the broker still answer?"""

import socket

_CONNECT_S = 2.0
_CONNACK = b"\x20\x02\x00\x00"  # no session present, code 0
_PINGREQ, _PINGRESP = b"\xc0\x00", b"\xd0\x00"
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
    return answer == _CONNACK


class Line:
    """A connection kept open to ask a broker whether it answers: no new client in its log each time."""

    def __init__(self, host: str, port: int, user: str, password: str) -> None:
        self._address = (host, port)
        self._connect = connect_packet(user, password)
        self._door: socket.socket | None = None

    def answers(self) -> bool:
        """True when the broker answers a ping, over a new connection if the old one is gone."""
        return self._pinged() or self._pinged()

    def close(self) -> None:
        """Hang up."""
        door, self._door = self._door, None
        if door is not None:
            door.close()

    def _pinged(self) -> bool:
        try:
            door = self._door or self._opened()
            door.sendall(_PINGREQ)
            if door.recv(2) == _PINGRESP:
                return True
        except OSError:
            pass
        self.close()
        return False

    def _opened(self) -> socket.socket:
        self._door = door = socket.create_connection(self._address, timeout=_CONNECT_S)
        door.sendall(self._connect)
        if door.recv(4) != _CONNACK:
            raise ConnectionRefusedError
        return door


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
