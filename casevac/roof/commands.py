"""The table of commands: each is imported only when it is called, so that `casevac --help` is quick."""

import gc
import importlib
import importlib.util
from dataclasses import dataclass

import click


@dataclass(frozen=True)
class Entry:
    """Where a command is found (module:attribute of a click command) and its line in `casevac --help`."""

    place: str
    summary: str
    hidden: bool = False


COMMANDS = {
    "up": Entry("casevac.roof.cmd_up:up", "Start the whole system and keep it running."),
    "down": Entry("casevac.roof.cmd_down:down", "Stop the whole system."),
    "status": Entry("casevac.roof.cmd_status:status", "Show the state of every part."),
    "casualty": Entry("casevac.roof.cmd_casualty:casualty", "Casualties: list, triage, care, hand-over."),
    "request": Entry("casevac.roof.cmd_request:request", "Requests: alert, 9-line, options, warn."),
    "plan": Entry("casevac.roof.cmd_plan:plan", "Rescue chains: options, choose, approve, divert."),
    "task": Entry("casevac.roof.cmd_task:task", "Tasks: list, accept, decline, cancel."),
    "facility": Entry("casevac.roof.cmd_facility:facility", "Facilities: board, reservations, inbound."),
    "vehicle": Entry("casevac.roof.cmd_vehicle:vehicle", "Vehicles: state, condition, answers."),
    "team": Entry("casevac.roof.cmd_team:team", "Teams: state, answers."),
    "site": Entry("casevac.roof.cmd_site:site", "Landing sites: add, tell what was found there."),
    "hazard": Entry("casevac.roof.cmd_hazard:hazard", "Closures, weather, threats, slow and one-way roads."),
    "question": Entry("casevac.roof.cmd_question:question", "Questions to specialists."),
    "alarm": Entry("casevac.roof.cmd_alarm:alarm", "What needs a person now."),
    "log": Entry("casevac.roof.cmd_log:log", "The watch log: write an entry, list, search."),
    "brief": Entry("casevac.roof.cmd_brief:brief", "The hand-over brief, also without the store."),
    "shift": Entry("casevac.roof.cmd_shift:shift", "Hand the watch over, take it over."),
    "picture": Entry("casevac.roof.cmd_picture:picture", "Write the present picture as one HTML file."),
    "aside": Entry("casevac.roof.cmd_aside:aside", "Messages that were set aside: look at them."),
    "device": Entry("casevac.roof.cmd_device:device", "Add trackers; run the reference tracker."),
    "dialect": Entry("casevac.roof.cmd_dialect:dialect", "What devices may speak; maps of gateways' JSON."),
    "contract": Entry("casevac.roof.cmd_contract:contract", "The formats of trackers, as AsyncAPI."),
    "ca": Entry("casevac.roof.cmd_ca:ca", "The certificate by which devices and browsers know us."),
    "account": Entry("casevac.roof.cmd_account:account", "People who may log in at the page."),
    "roads": Entry("casevac.roof.cmd_roads:roads", "Import a road network."),
    "places": Entry("casevac.roof.cmd_places:places", "Import facilities, vehicles, names; find a place."),
    "route": Entry("casevac.roof.cmd_route:route", "The fastest route between two places."),
    "nearest": Entry("casevac.roof.cmd_nearest:nearest", "The nearest facilities that can treat a need."),
    "profile": Entry("casevac.roof.cmd_profile:profile", "How fast vehicles are: look, add your own."),
    "reach": Entry("casevac.roof.cmd_reach:reach", "What is within so many minutes, as a layer or a map."),
    "coverage": Entry("casevac.roof.cmd_coverage:coverage_", "What the golden hour covers of the land."),
    "export": Entry("casevac.roof.cmd_export:export", "Write a replay, the log or the tracks to a file."),
    "reader": Entry("casevac.roof.cmd_reader:reader", "A read-only login for QGIS."),
    "mission": Entry("casevac.roof.cmd_mission:mission", "Open missions, list them."),
    "ingest": Entry("casevac.roof.cmd_ingest:ingest", "Part: reports from the field into the store."),
    "serve": Entry("casevac.roof.cmd_serve:serve", "Part: the operations-centre page and API."),
    "watch": Entry("casevac.roof.cmd_watch:watch", "Part: alarms into the log, the picture every minute."),
    "cot": Entry("casevac.roof.cmd_cot:cot", "Part: TAK clients, by Cursor on Target."),
    "planner": Entry("casevac.roof.cmd_planner:planner", "Part: a plan of every mission, kept up to date."),
    "tasking": Entry("casevac.roof.cmd_tasking:tasking", "Part: tasks from the log to the vehicles."),
    "exercise": Entry("casevac.roof.cmd_exercise:exercise", "Part: the vehicles of the demo exercise."),
    "prepare": Entry("casevac.roof.cmd_prepare:prepare", "Migrate the store, load the demo.", hidden=True),
}


def exists(name: str) -> bool:
    """True when command `name` is in the table and its module is installed."""
    entry = COMMANDS.get(name)
    return entry is not None and importlib.util.find_spec(entry.place.partition(":")[0]) is not None


def load(name: str) -> click.Command | None:
    """The click command `name`, imported now; None when there is none."""
    if not exists(name):
        return None
    module, _, attribute = COMMANDS[name].place.partition(":")
    gc.disable()  # nothing that is imported is garbage, and looking for it takes a fifth of the start
    try:
        command = getattr(importlib.import_module(module), attribute)
    finally:
        gc.freeze()
        gc.enable()
    assert isinstance(command, click.Command), f"{COMMANDS[name].place} is no click command"  # noqa: S101
    return command
