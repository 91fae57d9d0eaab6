"""`casevac hazard`: closures, weather, threats, slow and one-way roads; what one would do if it were told."""

import click

from casevac import coordination
from casevac.duties import find
from casevac.entities import Json
from casevac.preview import foreseen, preview_json
from casevac.roof import fields
from casevac.roof.seat import asked, echo_json, place_of, reading, router, seated
from casevac.roof.tables import grid, show
from casevac.roof.tellings import group
from casevac.settings import Settings

_REPORT = find("hazard", "report")
EXAMPLES = """

\b
casevac hazard add --hazard-kind bridge --name "Ouaka bridge" --place Bambari --radius-m 300
casevac hazard add --hazard-kind threat --severity 20 --source drone --lon 21.9 --lat 6.51 --radius-m 2000
casevac hazard add --hazard-kind slow --speed-factor 0.5 --name dust --place Bria --radius-m 5000
casevac hazard add --hazard-kind oneway --lon 21.9 --lat 6.5 --line 21.9,6.5 --line 21.95,6.52 --radius-m 30
casevac hazard add --hazard-kind closure --name curfew --place Sibut --since 18:00 --until 22:00
"""

hazard = group("hazard", "Closures, weather, threats, slow and one-way roads.", "hazards")
_report = hazard.commands["report"]
_report.help = f"{_report.help}{EXAMPLES}"
hazard.add_command(_report, "add")


@click.pass_obj
def _preview(settings: Settings, /, **given: object) -> None:
    told = _REPORT.fields(None, fields.collected(_REPORT, given))
    with seated(settings) as desk:
        view = coordination.looked_at(desk)
        where = place_of(settings, view.picture, spoken=bool(told.get("speaker")))
        found = foreseen(view, router(settings, desk), _REPORT.with_place(told, where))
    shown = preview_json(view, found)
    if asked().as_json:
        return echo_json(shown)
    return _draw(shown)


def _draw(told: Json) -> None:
    if not told["touches_roads"]:
        click.echo("It touches no road: is it where you meant?")
    if not told["changed"]:
        click.echo(f"No chain under way would change ({len(told['unchanged'])} running).")
        return
    rows = [
        (
            one["chain"],
            one["facility"],
            one["arrive_p50_at"],
            one["then_p50_at"] or "never",
            "\n".join(one["words"]),
        )
        for one in told["changed"]
    ]
    show(grid(("chain", "facility", "arrives", "would arrive", "what changes"), rows))
    click.echo(f"{len(told['unchanged'])} other running chains stay as they are. Nothing was stored.")


hazard.add_command(
    click.Command(
        "preview",
        params=[*fields.options(_REPORT), *reading()],
        callback=_preview,
        help="What a hazard would do to the chains under way if it were reported now; nothing is stored."
        "\n\nExample:\n\n\b\ncasevac hazard preview --hazard-kind closure --place Bria --radius-m 500",
        short_help="What a hazard would do, before it is told.",
    )
)
