"""`casevac device run`: the reference tracker at the command line."""

from collections.abc import Callable
from pathlib import Path

import click

from casevac.errors import BadSetting
from casevac.roof import broker
from casevac.roof.home import Home
from casevac.roof.networks import route_router
from casevac.roof.outside import remembered
from casevac.roof.parts_run import log_to_stderr
from casevac.roof.ports import LOOPBACK
from casevac.settings import Settings
from geo.mgrs import read_place
from tracker.address import with_login
from tracker.device import Device, Task
from tracker.follow import Follow, Way, along_gpx, along_nmea, along_path
from tracker.shown import notice_lines, task_lines
from tracker.spool import Spool
from tracker.tls import with_tls


@click.command()
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
@click.option("--nmea", type=click.Path(path_type=Path), help="Replay this log of NMEA 0183 sentences.")
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
    nmea: Path | None,
    route: tuple[str, str] | None,
    profile: str,
    speed: float,
    every: float,
    spool: Path | None,
) -> None:
    """Be the reference tracker NAME: report along a GPX track, an NMEA log or a route until its end."""
    log_to_stderr(settings)
    if not password and not certificate:
        raise BadSetting(f"set CASEVAC_DEVICE_PASSWORD to what was printed by: casevac device add {name}")
    if sum(one is not None for one in (gpx, nmea, route)) != 1:
        raise BadSetting("say where to go: --gpx FILE, --nmea FILE or --route LON,LAT LON,LAT")
    way = _replayed(gpx, nmea, speed) or _by_road(settings, route or ("", ""), profile, speed)
    spool = spool or settings.home / "spools" / f"{name}.sqlite"
    address = address or (_secure_door(settings, certificate) if ca else None)
    url = with_tls(_url(settings, name, password or "", address), ca, certificate, key)
    _follow(name, url, spool, lambda tracker: Follow(tracker, way, every))


def _replayed(gpx: Path | None, nmea: Path | None, speed: float) -> Way | None:
    """The way of a file; None where there is none."""
    if nmea is not None:
        return along_nmea(nmea, speed)
    return along_gpx(gpx, speed) if gpx is not None else None


def _follow(name: str, url: str, spool: Path, begin: Callable[[Device], Follow]) -> None:
    """Report until the end of the way, or Ctrl-C; what has no receipt then stays in the spool."""
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
        begin(tracker).run(watch.tell)
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
