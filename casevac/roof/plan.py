"""What one `casevac up` is going to run: ports, mission and addresses, decided once at its start."""

from dataclasses import dataclass

from casevac.roof import ours, outside
from casevac.roof.broker import Broker
from casevac.roof.files import read_json, write_json
from casevac.roof.home import Home
from casevac.roof.outside import SHUT, Outside
from casevac.roof.ports import EVERYWHERE, LOOPBACK, is_free, next_free
from casevac.roof.postgres import Cluster, last_port
from casevac.settings import Settings


@dataclass(frozen=True)
class Plan:
    """The decisions of one start; `cluster` and `broker` run only where `settings` names no server."""

    settings: Settings
    home: Home
    mission: str
    http_port: int
    cluster: Cluster
    broker: Broker
    outside: Outside = SHUT
    cot_port: int = 0
    cot_tls_port: int | None = None

    @property
    def url(self) -> str:
        """The address of the live map."""
        return f"http://{LOOPBACK}:{self.http_port}"

    def environment(self, mqtt_user: str) -> dict[str, str]:
        """The environment of a part that is `mqtt_user` at the embedded broker."""
        settings = self.settings
        return ours.environment(
            {
                "CASEVAC_HOME": str(self.home.path),
                "CASEVAC_DATABASE_URL": settings.database_url or self.cluster.url(),
                "CASEVAC_MQTT_URL": settings.mqtt_url or self.broker.url(mqtt_user),
                "CASEVAC_HTTP_PORT": str(self.http_port),
                "CASEVAC_MQTT_PORT": str(self.broker.port),
                "CASEVAC_COT_PORT": str(self.cot_port or self.settings.cot_port),
                "CASEVAC_COT_TLS_PORT": str(self.cot_tls_port) if self.cot_tls_port else None,
                "CASEVAC_MISSION": self.mission,
                "CASEVAC_INGEST": str(settings.ingest),
                "CASEVAC_RECEIVER": settings.receiver,
                "CASEVAC_LOG_LEVEL": settings.log_level,
                **self.outside.environment(),
            }
        )

    def tak_clients(self) -> list[str]:
        """A line when TAK clients of other machines may connect."""
        if self.cot_tls_port is None:
            return []
        return [
            f"Open to other machines: TAK clients over TLS at port {self.cot_tls_port} (device certificate)"
        ]

    def moved(self) -> list[str]:
        """A line for every port that was in use, so that another one was taken."""
        pairs = [("The live map", self.settings.http_port, self.http_port)]
        if self.settings.mqtt_url is None:
            pairs.append(("The broker", self.settings.mqtt_port, self.broker.port))
        if self.outside.https is not None:
            pairs.append(("The page over HTTPS", self.settings.https_port, self.outside.https))
        if self.outside.mqtts is not None:
            pairs.append(("The broker over TLS", self.settings.mqtts_port, self.outside.mqtts))
        pairs.append(("The door of TAK clients", self.settings.cot_port, self.cot_port))
        if self.settings.cot_tls_port is not None and self.cot_tls_port is not None:
            pairs.append(("The door of TAK clients over TLS", self.settings.cot_tls_port, self.cot_tls_port))
        return [
            f"Port {wanted} is in use. {what} uses {got}." for what, wanted, got in pairs if wanted != got
        ]


def decide(settings: Settings, home: Home) -> Plan:
    """The plan for `settings`; raises PartFailed when no port is free."""
    http_port = next_free(settings.http_port)
    mqtt_port = next_free(settings.mqtt_port, frozenset({http_port}))
    database_port = next_free(_database_port(settings, home), frozenset({http_port, mqtt_port}))
    opened = outside.decide(settings, http_port, mqtt_port)
    taken = frozenset({http_port, mqtt_port, database_port})
    cot_port = next_free(settings.cot_port, taken)
    wanted = settings.cot_tls_port
    cot_tls_port = None if wanted is None else next_free(wanted, taken | {cot_port}, EVERYWHERE)
    return Plan(
        settings=settings,
        home=home,
        mission=_mission(settings, home),
        http_port=http_port,
        cluster=Cluster(home, database_port),
        broker=Broker(home, mqtt_port, opened),
        outside=opened,
        cot_port=cot_port,
        cot_tls_port=cot_tls_port,
    )


def _database_port(settings: Settings, home: Home) -> int:
    """Where to look first: after a kill -9 where it listened, which desktop tools know by now."""
    last = last_port(home)
    return last if last is not None and is_free(last) else settings.database_port


def _mission(settings: Settings, home: Home) -> str:
    """The mission asked for; else none at the user's own servers, as last time here, or the demo."""
    asked = settings.mission
    if settings.database_url is not None or settings.mqtt_url is not None:
        return asked or "none"
    place = home.path / "mission.json"
    last = read_json(place).get("mission")
    mission = asked or (last if last in ("none", "demo") else "demo")
    write_json(place, {"mission": mission})
    return mission
