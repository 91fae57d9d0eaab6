"""`casevac device`: enrol trackers, list them, cut them off."""

import json
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import click

from casevac.errors import BadSetting, Unknown
from casevac.events import DeviceEnrolled
from casevac.mission import Rights
from casevac.roof import broker, credentials, speaking, tables
from casevac.roof.cmd_device_check import check
from casevac.roof.cmd_device_run import run
from casevac.roof.doors import database_url
from casevac.roof.networks import mission_picture
from casevac.settings import Settings
from casevac.store import dialogues, logins, missions, trust
from casevac.store.connection import connect
from casevac.store.dialogues import Speech
from casevac.terms import Role
from casevac.words import GUARANTEES
from tracker import wire
from tracker.dialects import DIALECTS, OWN

_NAMED = 20  # vehicles in a refusal
WRITES, READS = ("report", "event", "status", "batch"), ("task", "notice", "receipt")


@click.group()
def device() -> None:
    """Add trackers, list them, cut them off, run the reference tracker."""


device.add_command(check)
device.add_command(run)


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
@click.option("--dialect", type=click.Choice([*DIALECTS]), help="What it speaks, if not our own dialect.")
@click.option("--map", "map_name", metavar="MAP", help="With --dialect mapped: how its JSON is read.")
@click.option("--topic", metavar="FILTER", help="The MQTT filter on which it writes, if not the usual one.")
@click.option("--under", multiple=True, metavar="GATEWAY", help="A gateway that speaks for it; repeatable.")
@click.option("--id", "foreign", metavar="ID", help="With --under: what the gateway calls it.")
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
    dialect: str | None,
    map_name: str | None,
    topic: str | None,
    under: tuple[str, ...],
    foreign: str | None,
    renew: bool,
    as_json: bool,
) -> None:
    """Enrol a tracker; its password is shown once and works when this returns.

    A phone: --dialect owntracks. A gateway: --dialect mapped --map MAP, then each device that it speaks for:
    --under GATEWAY --id ID, which has no login of its own.
    """
    broker.check_name(name)
    wish = speaking.Wish(dialect, map_name, topic, under, foreign, renew)
    db = connect(database_url(settings))
    with db:
        mission = missions.mission(db, mission_id)
        missions.check_free(db, mission.id, name)
        credentials.check_renewed(db, name, renew=renew)
        before = missions.enrolled(db, mission.id, name) if renew or wish.is_through_gateway else None
        speech = speaking.speech(db, mission.id, name, wish)
    known = before or DeviceEnrolled(name=name)
    rights = Rights(Role(role or known.role), facility or known.facility)
    _check(settings, mission.id, rights, vehicle)
    # First: one that is not enrolled, or still revoked, is heard by nobody.
    account = speaking.give(settings, name, (wish, speech), renew, directory)
    now = datetime.now(UTC)
    with db:
        missions.enrol(db, mission.id, name, vehicle or known.vehicle, now, rights, speech=speech)
        if account is not None or renew:
            logins.admitted(db, name, account.certificate if account else None)
    db.close()
    _say(Enrolled(name, mission.id, rights, account, speech), as_json=as_json)


class Enrolled(NamedTuple):
    """What was done; `account` None: it has no login of its own, gateways speak for it."""

    name: str
    mission: str
    rights: Rights
    account: credentials.Account | None
    speech: Speech | None


def _say(done: Enrolled, *, as_json: bool) -> None:
    name, account, speech = done.name, done.account, done.speech or Speech()
    under = [" as ".join(one) for one in speech.under]
    if as_json:
        topics = {channel: wire.topic(name, channel) for channel in (*WRITES, *READS)}
        spoken = {"dialect": speech.dialect or OWN, "writes": list(speech.topics), "under": under}
        click.echo(json.dumps({**(account.told() if account else {}), "topics": topics, **spoken}))
    elif account is None:
        click.echo(f"{name} is heard through {', '.join(under)} for mission {done.mission}.")
    else:
        _tell(name, done.mission, done.rights, account)
        for line in speaking.lines(name, account, speech):
            click.echo(line)


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
    thrown_out = credentials.revoke(settings, broker.check_name(name))
    again = f"casevac device add {name} --renew"
    click.echo(f"{name} is revoked. To let it in again: {again} (a certificate: with --certificate DIR)")
    if not thrown_out:
        click.echo(
            "The broker does not run now, so nothing is connected; when it starts, it lets it in no more."
        )
    if settings.mqtt_url is not None:
        click.echo("Nothing of it is stored any more. Close its account at your own broker too.")


@device.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
@click.pass_obj
def list_devices(settings: Settings, as_json: bool) -> None:
    """List the enrolled trackers and their missions."""
    db = connect(database_url(settings))
    enrolled = sorted(missions.enrolments(db).items())
    known, trusted, under = logins.logins(db), trust.kept(db), dialogues.through(db)
    db.close()
    if as_json:
        told = [
            {
                "name": name,
                "mission": of.mission,
                **of.rights._asdict(),
                **trust.in_json(trusted[name]),
                **_login(known[name]),
                "dialect": of.dialect,
                "writes": list(of.topics),
                "under": under.get(name, []),
            }
            for name, of in enrolled
        ]
        click.echo(json.dumps(told))
        return
    headings = ("device", "mission", "role", "speaks", "guarantee", "clock", "logs in by", "heard")
    rows = []
    for name, of in enrolled:
        one, of_it = _login(known[name]), trusted[name]
        by = f"certificate until {one['certificate_until']}" if one["certificate_until"] else "password"
        by = f"through {', '.join(under[name])}" if name in under else by
        state = f"REVOKED {one['revoked_at']}" if one["revoked_at"] else by
        role = f"{of.rights.role} {of.rights.facility or ''}".strip()
        mark = GUARANTEES[of_it.guarantee][0] if of_it.guarantee else ""
        marks = mark, trust.clock_words(of_it.clock), state, one["heard_at"]
        rows.append((name, of.mission, role, of.dialect, *marks))
    tables.show(tables.grid(headings, rows))


def _login(one: logins.Login) -> dict[str, str | None]:
    at = {"revoked_at": one.revoked_at, "heard_at": one.heard_at}
    told = {name: f"{when:%FT%TZ}" if when else None for name, when in at.items()}
    return {**told, "certificate_until": one.certificate.split()[0] if one.certificate else None}
