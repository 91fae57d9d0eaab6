"""`casevac log`: the watch log, what people wrote in it and what happened; write an entry."""

import click

from casevac.picture import fold
from casevac.roof.seat import asked, echo_json, reading, seated
from casevac.roof.tables import grid, show, time
from casevac.roof.tellings import group
from casevac.roof.times import instant_of
from casevac.settings import Settings
from casevac.store import log as stored
from casevac.store import snapshots
from maps.diary import TOPICS, watch_line

log = group("log", "The watch log: write an entry, list and search it.")


@click.pass_obj
def _list(
    settings: Settings,
    topic: str | None,
    text: str,
    who: str,
    since: str | None,
    until: str | None,
    limit: int,
) -> None:
    with seated(settings) as desk, desk.db:
        wanted = stored.Asked(
            TOPICS[topic] if topic else None, text, who,
            instant_of(since) if since else None, instant_of(until) if until else None,
        )  # fmt: skip
        start = snapshots.picture(desk.db, desk.mission)
        picture = fold(start, stored.read(desk.db, desk.mission, after=start.seq))
        found = stored.page(desk.db, desk.mission, 2**62, limit, wanted)
    lines = [watch_line(event, picture) for event in reversed(found)]
    if asked().as_json:
        return echo_json(lines)
    rows = [[time(one["at"]), one["entry"] or "", one["by"] or one["actor"], _words(one)] for one in lines]
    return show(grid(["at", "entry", "who", "what"], rows))


def _words(one: dict[str, object]) -> str:
    flag = f"{str(one['flag']).upper()} " if one["flag"] not in (None, "note") else ""
    fate = f" (corrected by {one['corrected_by']})" if one["corrected_by"] else ""
    return f"{flag}{one['text']}{fate}"


log.add_command(
    click.Command(
        "list",
        params=[
            click.Option(["--topic"], type=click.Choice(list(TOPICS)), help="Only what is about this."),
            click.Option(["--text"], default="", help="Only what holds this text."),
            click.Option(["--who"], default="", help="Only what this person or device told."),
            click.Option(["--since"], help="ISO 8601 or HH:MM, UTC."),
            click.Option(["--until"], help="ISO 8601 or HH:MM, UTC."),
            click.Option(["--limit"], type=click.IntRange(1, 10_000), default=100, show_default=True),
            *reading(),
        ],
        callback=_list,
        help="The newest lines of the log, the newest last.",
    )
)
