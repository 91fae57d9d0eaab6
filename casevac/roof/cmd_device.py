"""`casevac device`: enrol trackers, list them, cut them off, run the reference tracker."""

import json
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

import click

from casevac.errors import BadSetting, Unknown
from casevac.events import DeviceEnrolled
from casevac.mission import Rights
from casevac.roof import broker, credentials, tables
from casevac.roof.cmd_device_check import check
from casevac.roof.doors import database_url
from casevac.roof.home import Home
from casevac.roof.networks import mission_picture, route_router
from casevac.roof.outside import remembered
from casevac.roof.parts_run import log_to_stderr
from casevac.roof.ports import LOOPBACK
from casevac.settings import Settings
from casevac.store import logins, missions, trust
from casevac.store.connection import connect
from casevac.terms import Role
from casevac.words import GUARANTEES
from geo.mgrs import read_place
from tracker import wire
from tracker.address import with_login
from tracker.device import Device, Task
from tracker.follow import Follow, Way, along_gpx, along_path
from tracker.shown import notice_lines, task_lines
from tracker.spool import Spool
from tracker.tls import with_tls

_NAMED = 20  # vehicles in a refusal
WRITES, READS = ("report", "event", "status", "batch"), ("task", "notice", "receipt")


@click.group()
def device() -> None:
    """Add trackers, list them, cut them off, run the reference tracker."""


device.add_command(check)


@device.command()
@click.argument("name")
@click.option("--mission", "mission_id", help="Mission it speaks for; default the latest opened.")
@click.option("--vehicle", help="Vehicle it rides in; without one it is shown under its own name.")
@click.option(
    "--role",
    type=click.Choice([str(one) for one in Role]),
    help="What it may report: tracker (default), its facility's board too, or every decision too.",
)
@click.option("--facility", help="Whose board it runs, with --role facility.")
@click.option(
    "--certificate",
    "directory",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Log in by a certificate, written to DIR with its key, instead of a password.",
)
@click.option("--renew", is_flag=True, help="Replace what a device logs in with, or let a revoked one in.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
@click.pass_obj
def add(
    settings: Settings,
    name: str,
    mission_id: str | None,
    vehicle: str | None,
    role: str | None,
    facility: str | None,
    directory: Path | None,
    renew: bool,
    as_json: bool,
) -> None:
    """Enrol a tracker; its password is shown once and works when this returns."""
    broker.check_name(name)
    db = connect(database_url(settings))
    with db:
        mission = missions.mission(db, mission_id)
        missions.check_free(db, mission.id, name)
        credentials.check_renewed(db, name, renew=renew)
        known = (missions.enrolled(db, mission.id, name) if renew else None) or DeviceEnrolled(name=name)
    rights = Rights(Role(role or known.role), facility or known.facility)
    _check(settings, mission.id, rights, vehicle)
    # First: one that is not enrolled, or still revoked, is heard by nobody.
    account = credentials.give(settings, name, renew=renew, directory=directory)
    with db:
        missions.enrol(db, mission.id, name, vehicle or known.vehicle, datetime.now(UTC), rights)
        logins.admitted(db, name, account.certificate)
    db.close()
    if as_json:
        topics = {channel: wire.topic(name, channel) for channel in (*WRITES, *READS)}
        click.echo(json.dumps({**account.told(), "topics": topics}))
        return
    _tell(name, mission.id, rights, account)


def _tell(name: str, mission_id: str, rights: Rights, account: credentials.Account) -> None:
    told = "" if account.password is None else " Its password is shown only now:"
    speaks = f" as {rights.role}" if rights.role != Role.TRACKER else ""
    click.echo(f"{name} speaks for mission {mission_id}{speaks}.{told}")
    for field in ("host", "port", "username", "password"):
        if field != "password" or account.directory is None:
            click.echo(f"  {field:9}{_as_shown(account.told()[field])}")
    for does, channels in (("writes", WRITES), ("reads", READS)):
        click.echo(f"  {does:9}{' '.join(wire.topic(name, channel) for channel in channels)}")
    for line in credentials.lines(account):
        click.echo(line)
    click.echo("What is kept depends on how it sends:")
    for mark, promised in GUARANTEES.values():
        click.echo(f"  {mark:15}{promised}")


def _check(settings: Settings, mission_id: str, rights: Rights, vehicle: str | None) -> None:
    """Raises BadSetting, Unknown: a device belongs to a facility, rides in a vehicle, that there is."""
    if rights.role == Role.FACILITY and not rights.facility:
        raise BadSetting("say which facility: --role facility --facility ID")
    if rights.facility and rights.role == Role.TRACKER:
        raise BadSetting("a tracker runs no facility's board; add --role facility")
    if not rights.facility and not vehicle:
        return
    picture = mission_picture(settings, mission_id)
    if rights.facility and rights.facility not in picture.facilities:
        raise Unknown(f"no facility {rights.facility!r} in mission {mission_id}; see: casevac facility list")
    if vehicle and vehicle not in picture.vehicles:
        raise Unknown(f"no vehicle {vehicle[:60]!r} in mission {mission_id}; {_known(picture.vehicles)}")


def _known(vehicles: Collection[str]) -> str:
    """Those that there are; a device would otherwise wait for ever for a vehicle that was misspelt."""
    if not vehicles:
        return "it has none yet: first import them, casevac places import FILE"
    named, more = sorted(vehicles)[:_NAMED], len(vehicles) - _NAMED
    return f"known: {', '.join(named)}" + (f" and {more} more, see: casevac vehicle list" if more > 0 else "")


def _as_shown(value: object) -> object:
    return "as you set it on your own broker" if value is None else value


@device.command()
@click.argument("name")
@click.pass_obj
def revoke(settings: Settings, name: str) -> None:
    """Cut a device off at once: its login and its connection end, what it still sends is refused."""
    db = connect(database_url(settings))
    credentials.revoke(settings, db, broker.check_name(name))
    db.close()
    again = f"casevac device add {name} --renew"
    click.echo(f"{name} is revoked. To let it in again: {again} (a certificate: with --certificate DIR)")
    if settings.mqtt_url is not None:
        click.echo("Nothing of it is stored any more. Close its account at your own broker too.")


@device.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
@click.pass_obj
def list_devices(settings: Settings, as_json: bool) -> None:
    """List the enrolled trackers and their missions."""
    db = connect(database_url(settings))
    enrolled = sorted(missions.enrolments(db).items())
    known, trusted = logins.logins(db), trust.kept(db)
    db.close()
    if as_json:
        told = [
            {
                "name": name,
                "mission": of.mission,
                **of.rights._asdict(),
                **trust.in_json(trusted[name]),
                **_login(known[name]),
            }
            for name, of in enrolled
        ]
        click.echo(json.dumps(told))
        return
    headings = ("device", "mission", "role", "guarantee", "clock", "logs in by", "heard")
    rows = []
    for name, of in enrolled:
        one, of_it = _login(known[name]), trusted[name]
        by = f"certificate until {one['certificate_until']}" if one["certificate_until"] else "password"
        state = f"REVOKED {one['revoked_at']}" if one["revoked_at"] else by
        role = f"{of.rights.role} {of.rights.facility or ''}".strip()
        mark = GUARANTEES[of_it.guarantee][0] if of_it.guarantee else ""
        marks = mark, trust.clock_words(of_it.clock), state, one["heard_at"]
        rows.append((name, of.mission, role, *marks))
    tables.show(tables.grid(headings, rows))


def _login(one: logins.Login) -> dict[str, str | None]:
    at = {"revoked_at": one.revoked_at, "heard_at": one.heard_at}
    told = {name: f"{when:%FT%TZ}" if when else None for name, when in at.items()}
    return {**told, "certificate_until": one.certificate.split()[0] if one.certificate else None}


@device.command()
@click.argument("name")
@click.option(
    "--password",
    envvar="CASEVAC_DEVICE_PASSWORD",
    help="Better in CASEVAC_DEVICE_PASSWORD: others on this machine can read arguments.",
)
@click.option(
    "--broker",
    "address",
    help="HOST:PORT, or mqtts://HOST:PORT for TLS; default the broker of this installation.",
)
@click.option("--ca", help="File of the authority that certifies the broker (casevac ca show).")
@click.option("--certificate", help="File of its certificate, instead of a password; with --key.")
@click.option("--key", help="File of the key of --certificate.")
@click.option("--gpx", type=click.Path(path_type=Path), help="Replay this GPX track.")
@click.option("--route", nargs=2, metavar="FROM TO", help="Follow the roads between two LON,LAT.")
@click.option("--profile", default="ambulance", help="Vehicle profile on --route.", show_default=True)
@click.option("--speed", default=1.0, help="How many times faster than real.", show_default=True)
@click.option("--every", default=5.0, help="Seconds between two reports.", show_default=True)
@click.option("--spool", type=click.Path(path_type=Path), help="File that keeps what has no receipt yet.")
@click.pass_obj
def run(
    settings: Settings,
    name: str,
    password: str | None,
    address: str | None,
    ca: str | None,
    certificate: str | None,
    key: str | None,
    gpx: Path | None,
    route: tuple[str, str] | None,
    profile: str,
    speed: float,
    every: float,
    spool: Path | None,
) -> None:
    """Be the reference tracker NAME: report along a GPX track or a route until its end."""
    log_to_stderr(settings)
    if not password and not certificate:
        raise BadSetting(f"set CASEVAC_DEVICE_PASSWORD to what was printed by: casevac device add {name}")
    if gpx is None and route is None:
        raise BadSetting("say where to go: --gpx FILE or --route LON,LAT LON,LAT")
    way = along_gpx(gpx, speed) if gpx else _by_road(settings, route or ("", ""), profile, speed)
    spool = spool or settings.home / "spools" / f"{name}.sqlite"
    address = address or (_secure_door(settings, certificate) if ca else None)
    url = with_tls(_url(settings, name, password or "", address), ca, certificate, key)
    memory = Spool(spool)
    tracker = Device(
        name,
        url,
        memory,
        on_task=lambda task: _show_task(tracker, task),
        on_notice=lambda notice: click.echo("\n".join(notice_lines(notice))),
    )
    watch = _Watch(tracker, memory)
    tracker.start()
    try:
        Follow(tracker, way, every).run(watch.tell)
    except KeyboardInterrupt:
        click.echo("\nStopped.", err=True)
    finally:
        tracker.close()
    click.echo(f"\n{tracker.unreceipted()} reports wait for their receipt in {spool}.", err=True)


def _show_task(tracker: Device, task: Task | None) -> None:
    """A task came or was taken back; whoever reads it here has seen it."""
    click.echo("\n".join(task_lines(task)))
    if task and task.get("recalled"):
        tracker.has_seen(task)


class _Watch:
    """How far the tracker is, and once each what its user must know: a wrong clock, a full spool."""

    def __init__(self, tracker: Device, spool: Spool) -> None:
        self._tracker, self._spool = tracker, spool
        self._warned: set[str] = set()

    def tell(self, done: float, waiting: int) -> None:
        click.echo(f"\r{done:6.1%} of the way, {waiting} without receipt ", nl=False, err=True)
        self._warn("clock", self._tracker.clock.warning)
        thinned = self._spool.thinned()
        self._warn("spool", f"{thinned} old positions were thinned out of a full spool" if thinned else "")

    def _warn(self, about: str, words: str) -> None:
        if words and about not in self._warned:
            self._warned.add(about)
            click.echo(f"\nwarning: {words}", err=True)


def _url(settings: Settings, name: str, password: str, address: str | None) -> str:
    if address is None:
        address = settings.mqtt_url or f"127.0.0.1:{broker.running(Home(settings.home)).port}"
    return with_login(address if "://" in address else f"mqtt://{address}", name, password)


def _secure_door(settings: Settings, certificate: str | None) -> str:
    """The door over TLS of this installation; raises BadSetting when it is shut."""
    open_ = remembered(Home(settings.home))
    port = open_.certificates if certificate else open_.mqtts
    if port is None:
        raise BadSetting(
            "no door over TLS is open here: start with 'casevac up --lan', or name one by --broker"
        )
    return f"mqtts://{LOOPBACK}:{port}"


def _by_road(settings: Settings, route: tuple[str, str], profile: str, speed: float) -> Way:
    start, end = route
    found = route_router(settings, None).route(read_place(start), read_place(end), profile)
    return along_path(found.path, found.seconds_p50 / speed)
