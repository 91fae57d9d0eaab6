"""`casevac exercise`: the part that is every crew, patrol and theatre of the demo exercise."""

import click

from casevac.roof.demo import accounts, demo_mission
from casevac.roof.doors import opened
from casevac.roof.home import Home
from casevac.roof.parts_run import run_part
from casevac.script import read_script
from casevac.settings import Settings
from casevac.shipped import shipped
from tracker.exercise import Exercise, Place


@click.command()
@click.pass_obj
def exercise(settings: Settings) -> None:
    """Simulate the vehicles and incidents of the demo through MQTT; runs until it is stopped."""
    settings = opened(settings)
    place = Place(
        home=settings.home,
        database_url=settings.database_url or "",
        mqtt_url=settings.mqtt_url or "",
        mission=demo_mission().id,
        accounts=accounts(Home(settings.home)),
    )
    script = read_script((shipped("demo") / "exercise.json").read_bytes())
    run_part(settings, "exercise", Exercise(place, script))
