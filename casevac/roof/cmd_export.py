"""`casevac export`: the replay, the log or the tracks of an interval as a file."""

from pathlib import Path
from typing import Any

import click

from casevac.roof.doors import database_url
from casevac.settings import Settings
from casevac.store import missions, networks
from casevac.store.connection import connect
from geo.drawing import roads_geojson
from maps import export as exporting
from maps.interval import Interval, moment, read
from maps.report import page
from maps.server import STATIC

MOST_ROADS = 5000


@click.command()
@click.argument("what", type=click.Choice(["replay", "log", "tracks"]))
@click.argument("start", metavar="FROM")
@click.argument("end", metavar="TO")
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--mission", "mission_id", help="Which mission; default the latest opened.")
@click.option("--force", is_flag=True, help="Overwrite OUT when it exists.")
@click.pass_obj
def export(
    settings: Settings, what: str, start: str, end: str, out: Path, mission_id: str | None, force: bool
) -> None:
    """Write what happened between FROM and TO (ISO 8601, UTC) to the file OUT.

    replay: OUT.html, one map with a time slider that needs no network. log, tracks: OUT.gpkg or OUT.csv.
    Casualties are pseudonymous ids; nobody's name and no free text leaves the store.
    """
    exporting.check_target(what, out, force=force)
    began, ended = moment(start), moment(end)
    db = connect(database_url(settings), autocommit=True)
    try:
        interval = read(db, missions.mission(db, mission_id).id, began, ended)
    finally:
        db.close()
    if what == "replay":
        text = page(interval, _roads(settings, interval), STATIC)
        exporting.write(out, lambda path: _write_text(path, text))
    else:
        rows = exporting.log_rows if what == "log" else exporting.track_rows
        exporting.write_table(out, what, rows(interval), interval)
    mark = " (EXERCISE)" if interval.exercise else ""
    click.echo(f"{out}: {len(interval.events)} events, {len(interval.tracks)} positions{mark}")


def _roads(settings: Settings, interval: Interval) -> dict[str, Any]:
    """The mission's roads; none when it has none."""
    picture = interval.after
    if picture.roads is None:
        return {"type": "FeatureCollection", "features": []}
    found = networks.open_network(settings.home, picture.roads.value.name)
    return roads_geojson(found, limit=MOST_ROADS, season=picture.mission.profile.season)


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
