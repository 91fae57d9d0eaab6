"""`casevac shift`: hand the watch over, take it over, list the hand-overs."""

import click

from casevac import coordination
from casevac.roof.seat import asked, echo_json, reading, seated
from casevac.roof.tables import grid, show, time
from casevac.roof.tellings import group
from casevac.settings import Settings
from maps.diary import shift_json

shift = group("shift", "Hand the watch over, take it over, list the hand-overs.")


@click.pass_obj
def _list(settings: Settings) -> None:
    with seated(settings) as desk:
        picture = coordination.present(desk)
    found = sorted((shift_json(picture, key) for key in picture.shifts), key=lambda one: one["at"] or "")
    if asked().as_json:
        return echo_json(found)
    rows = [
        [one["id"], time(one["at"]), one["outgoing"], one["incoming"], time(one["taken_at"])] for one in found
    ]
    return show(grid(["shift", "signed", "outgoing", "incoming", "taken over"], rows))


shift.add_command(click.Command("list", params=reading(), callback=_list, help="List the hand-overs."))
