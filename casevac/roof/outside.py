"""What of an installation other machines reach: the doors over TLS, and plaintext ones named one by one."""

import ipaddress
import socket
from pathlib import Path

import msgspec

from casevac.errors import BadSetting, PartFailed
from casevac.roof.files import read_json, write_json
from casevac.roof.home import Home
from casevac.roof.ports import EVERYWHERE, is_free, next_free
from casevac.settings import Settings
from maps.listeners import bracketed

DOORS = ("http", "mqtt")
DANGER = "whoever is on that network reads it: positions of casualties are targeting data"


class Plain(msgspec.Struct, frozen=True):
    """One plaintext door (of DOORS) at one address of this machine that is not the loopback."""

    door: str
    address: str
    port: int

    def __str__(self) -> str:
        return f"{self.door}={bracketed(self.address)}:{self.port}"


class Outside(msgspec.Struct, frozen=True):
    """The ports over TLS (None: closed): the page, MQTT by password, MQTT by certificate; and plaintext."""

    https: int | None = None
    mqtts: int | None = None
    certificates: int | None = None
    names: tuple[str, ...] = ()
    plain: tuple[Plain, ...] = ()

    @property
    def lan(self) -> bool:
        """True when anything is open over TLS."""
        return self.https is not None

    def plain_of(self, door: str) -> tuple[Plain, ...]:
        """The plaintext doors of one kind."""
        return tuple(one for one in self.plain if one.door == door)

    def environment(self) -> dict[str, str | None]:
        """What a part is told of it (None: nothing), as `Settings.from_env` reads it."""
        return {
            "CASEVAC_LAN": "1" if self.lan else "0",
            "CASEVAC_HTTPS_PORT": str(self.https) if self.https else None,
            "CASEVAC_MQTTS_PORT": str(self.mqtts) if self.mqtts else None,
            "CASEVAC_NAMES": " ".join(self.names),
            "CASEVAC_PLAIN": " ".join(str(one) for one in self.plain),
        }


SHUT = Outside()
"""Nothing but the loopback."""


def decide(settings: Settings, http_port: int, mqtt_port: int) -> Outside:
    """What `settings` open: TLS ports in use are passed over, a plaintext one is as it was named.

    Raises BadSetting, PartFailed.
    """
    embedded = settings.mqtt_url is None
    plain = tuple(_named(text, {"http": http_port, "mqtt": mqtt_port}) for text in settings.plain)
    if not embedded and any(one.door == "mqtt" for one in plain):
        raise BadSetting("--plain mqtt: the broker is your own (CASEVAC_MQTT_URL); open it there")
    for one in plain:
        if not is_free(one.port, one.address):
            raise PartFailed(f"--plain {one}: not an address of this machine, or the port is in use")
    if not settings.lan:
        return Outside(plain=plain)
    https = next_free(settings.https_port, address=EVERYWHERE)
    if not embedded:
        return Outside(https, names=settings.names, plain=plain)
    taken = frozenset({https})
    mqtts = next_free(settings.mqtts_port, taken, EVERYWHERE)
    certificates = next_free(mqtts + 1, taken, EVERYWHERE)
    return Outside(https, mqtts, certificates, settings.names, plain)


def wished(settings: Settings) -> dict[str, str | None]:
    """What `settings` open, as the environment of another start of `casevac up`."""
    return {
        "CASEVAC_LAN": "1" if settings.lan else "0",
        "CASEVAC_NAMES": " ".join(settings.names),
        "CASEVAC_PLAIN": " ".join(settings.plain),
    }


def plain_doors(settings: Settings, door: str, port: int) -> tuple[tuple[str, int], ...]:
    """Address and port of each plaintext door of one kind that `settings` name; raises BadSetting."""
    named = [_named(text, {"http": port, "mqtt": port}) for text in settings.plain]
    return tuple((one.address, one.port) for one in named if one.door == door)


def _named(text: str, ports: dict[str, int]) -> Plain:
    """`http=192.168.1.5` or `mqtt=[fd00::2]:1884`; raises BadSetting."""
    door, _, place = text.partition("=")
    address, _, port = place.rpartition(":") if _has_port(place) else (place, "", str(ports.get(door, 0)))
    try:
        found = ipaddress.ip_address(address.strip("[]"))
    except ValueError:
        found = None
    if door not in DOORS or found is None or not port.isdigit() or not 1 <= int(port) <= 65535:
        raise BadSetting(f"--plain {text[:60]!r} is not http=ADDRESS[:PORT] or mqtt=ADDRESS[:PORT]")
    if found.is_unspecified or found.is_loopback:
        raise BadSetting(f"--plain {text[:60]!r}: name one address of this machine on the network you mean")
    return Plain(door, str(found), int(port))


def _has_port(place: str) -> bool:
    """True for `ADDRESS:PORT` and `[ADDRESS]:PORT`; an IPv6 address with a port has brackets."""
    return "]:" in place or place.count(":") == 1


def reached_as(outside: Outside) -> str:
    """A name or address by which other machines reach this one: the first --name, else an address of it."""
    from casevac.roof.ca import own_names  # noqa: PLC0415  (cryptography is slow to load, few need it)

    found = (one for one in sorted(own_names()) if _is_on_network(one))
    return next(iter((*outside.names, *found, socket.gethostname())))


def _is_on_network(name: str) -> bool:
    """True for an IPv4 address beyond the loopback: the doors over TLS are at these."""
    try:
        return not ipaddress.IPv4Address(name).is_loopback
    except ValueError:
        return False


def remember(home: Home, outside: Outside) -> None:
    """Keep it for the commands that run beside this installation."""
    write_json(_place(home), msgspec.to_builtins(outside))


def remembered(home: Home) -> Outside:
    """What the running installation has open."""
    return msgspec.convert(read_json(_place(home)), Outside)


def forget(home: Home) -> None:
    """Nothing runs any more."""
    _place(home).unlink(missing_ok=True)


def _place(home: Home) -> Path:
    return home.run / "outside.json"


def unheard(home: Home, settings: Settings) -> list[str]:
    """A line when `settings` ask an installation that runs already to open what it did not at its start."""
    running = remembered(home)
    if (settings.lan and not running.lan) or len(settings.plain) > len(running.plain):
        return ["It runs as it was started; to open other doors: 'casevac down', then 'casevac up' again."]
    return []


def pages(outside: Outside) -> list[str]:
    """The addresses of the page over HTTPS for other machines, those with a --name first; none when shut.

    The certificate is made for each of these; localhost and addresses that this door has not are left out.
    """
    if outside.https is None:
        return []
    from casevac.roof.ca import own_names  # noqa: PLC0415  (likewise)

    certified = own_names(outside.names)
    named = [name.lower() for name in outside.names]
    hosts = sorted(certified - set(named) - {"localhost"}, key=lambda name: (_is_address(name), name))
    shown = [name for name in (*named, *hosts) if _is_on_network(name) or not _is_address(name)]
    return [f"https://{name}:{outside.https}" for name in dict.fromkeys(shown)]


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def doors(outside: Outside) -> list[str]:
    """In lines: a warning for each plaintext door, and what is open over TLS under which addresses."""
    lines = [
        f"WARNING: plaintext {one.door} is open at {bracketed(one.address)}:{one.port}; {DANGER}."
        for one in outside.plain
    ]
    if outside.lan:
        lines.append("Open to other machines: the page over HTTPS (asks for an account), under any of:")
        lines += [f"  {page}" for page in pages(outside)]
    if outside.mqtts is not None:
        lines.append(
            f"Open to other machines: MQTT over TLS at port {outside.mqtts} (password)"
            f" and at port {outside.certificates} (device certificate)"
        )
    return lines


def told(home: Home, outside: Outside) -> list[str]:
    """`doors`, and by what other machines know them."""
    if not outside.lan:
        return doors(outside)
    from casevac.roof.ca import Authority  # noqa: PLC0415  (likewise)

    return [
        *doors(outside),
        f"Its authority has the SHA-256 fingerprint {Authority(home).fingerprint()}",
        "Give devices and browsers its certificate: casevac ca show ca.pem",
    ]
