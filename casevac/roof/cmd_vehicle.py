"""`casevac vehicle`: vehicles and aircraft, their state, and where they say they are."""

import click

from casevac import coordination
from casevac.roof.seat import acting, echo_json, place_of, seated
from casevac.roof.tellings import group, heard
from casevac.settings import Settings
from maps.spoken import speak_position

vehicle = group("vehicle", "Vehicles and aircraft: state, condition, answers, place.", "vehicles")


@click.pass_obj
def _position(settings: Settings, /, vehicle_id: str, place: str, speaker: str, at_: str | None) -> None:
    with seated(settings) as desk:
        picture = coordination.present(desk)
        lon, lat, within = place_of(settings, picture, spoken=True)(place)
        told = {"vehicle": vehicle_id, "lon": lon, "lat": lat, "uncertainty_m": within, "speaker": speaker}
        echo_json(speak_position(desk, picture, told, heard(at_)))


vehicle.add_command(
    click.Command(
        "position",
        params=[
            click.Argument(["vehicle_id"], metavar="VEHICLE"),
            click.Argument(["place"]),
            click.Option(["--speaker"], required=True, help="Who told it by radio."),
            click.Option(["--at", "at_"], help="When it was there: ISO 8601 or HH:MM, UTC; default now."),
            *acting(),
        ],
        callback=_position,
        help="Where VEHICLE is, as told by radio: LON,LAT, a grid or a name.",
    )
)
