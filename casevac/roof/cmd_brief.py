"""`casevac brief`: the hand-over brief as text, of now or as it was signed, or the last one kept."""

from datetime import UTC, datetime

import click

from casevac import coordination
from casevac.brief import brief_json, made, text
from casevac.errors import StoreUnreachable, Unknown
from casevac.roof.home import Home
from casevac.roof.seat import asked, echo_json, reading, seated
from casevac.roof.state import GOOD, current
from casevac.roof.times import instant_of
from casevac.settings import Settings
from casevac.words import minutes
from maps.diary import signed_brief
from maps.keepsake import BRIEF, Keepsake
from maps.server import STATIC


@click.pass_obj
def _brief(settings: Settings, since: str | None, shift: str | None) -> None:
    try:
        with seated(settings) as desk:
            if shift is not None:
                return _signed(signed_brief(desk.db, desk.mission, shift), shift)
            view = coordination.looked_at(desk)
    except StoreUnreachable:
        return _kept(settings)
    parts = current(Home(settings.home))["parts"]
    lame = [f"{name} is {one['state']}" for name, one in parts.items() if one["state"] not in GOOD]
    found = made(view, instant_of(since) if since else None, lame)
    if asked().as_json:
        return echo_json(brief_json(found))
    return click.echo(text(found), nl=False)


def _signed(told: str, shift: str) -> None:
    if not told:
        raise Unknown(f"no hand-over {shift[:40]!r} in this mission; casevac shift list has them")
    click.echo(told, nl=False)


def _kept(settings: Settings) -> None:
    """Without the store: what was written with the last picture, and how old that is."""
    file = Keepsake(settings.home, STATIC).folder / BRIEF
    if not file.is_file():
        raise StoreUnreachable(
            "PostgreSQL does not answer, and no brief was kept yet: start it with: casevac up"
        )
    old = (datetime.now(UTC) - datetime.fromtimestamp(file.stat().st_mtime, UTC)).total_seconds()
    click.echo(f"PostgreSQL does not answer: this was written {minutes(old)} ago", err=True)
    click.echo(file.read_text(encoding="utf-8"), nl=False)


brief = click.Command(
    "brief",
    params=[
        click.Option(["--since"], help="From when on: ISO 8601 or HH:MM, UTC; default the last hand-over."),
        click.Option(["--shift"], help="The brief of this hand-over, as it was signed."),
        *reading(),
    ],
    callback=_brief,
    help="The hand-over brief on one page. Without the store: the one written with the last picture.",
)
