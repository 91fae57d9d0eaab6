"""The coordinator's commands on a real store: each row of the table, its example, its answers."""

import json
import shlex
from datetime import UTC, datetime

import click
import pytest
from click.testing import CliRunner, Result

from casevac.duties import DUTIES, Duty
from casevac.events import body_from
from casevac.roof import fields, tables
from casevac.roof.cli import main
from casevac.roof.commands import load
from casevac.roof.home import Home
from casevac.roof.times import instant_of
from casevac.zap import is_zap
from tests.maps.mission import Story, begin

WAYS = [pytest.param(duty, id=f"{duty.noun} {duty.verb}") for duty in DUTIES]


@pytest.fixture
def story(database_url: str, home: Home) -> Story:
    return begin(database_url, home.path)


def called(story: Story, *words: str) -> Result:
    environment = {"CASEVAC_HOME": str(story.home), "CASEVAC_DATABASE_URL": story.url, "COLUMNS": "160"}
    return CliRunner().invoke(main, words, env=environment)


def told(story: Story, *words: str) -> dict:
    done = called(story, *words, "--json")
    assert done.exit_code == 0, done.output
    found: dict = json.loads(done.stdout)
    return found


def alerted(story: Story) -> tuple[str, list[str]]:
    facts = ("--who", "PATROL 3", "--what", "mine", "--how-many", "2", "--lon", "19.1", "--lat", "5.75")
    found = told(story, "request", "alert", *facts)
    return next(iter(found["entities"]["requests"])), sorted(found["entities"]["casualties"])


@pytest.mark.parametrize("duty", WAYS)
def test_every_row_is_a_command_whose_example_is_read_as_in_the_table(duty: Duty) -> None:
    words = shlex.split(fields.example(duty))
    assert words[:3] == ["casevac", duty.shell_noun, duty.verb]
    group = load(duty.shell_noun)
    assert isinstance(group, click.Group)
    command = group.commands[duty.verb]
    given = command.make_context(duty.verb, list(words[3:])).params
    found = fields.collected(
        duty, {name: value for name, value in given.items() if name not in ("id_", "at_")}
    )
    shown = duty.shown_example.get(duty.field)
    assert body_from(duty.kind, duty.fields(shown, found)) == body_from(duty.kind, duty.shown_example)
    help_text = CliRunner().invoke(command, ["--help"]).output
    assert fields.example(duty) in help_text
    assert duty.summary.split()[0] in help_text


def test_what_was_told_is_a_line_or_json(story: Story) -> None:
    request, (first, _) = alerted(story)
    assert is_zap(first)
    done = called(story, "casualty", "triage", first.lower(), "--category", "t1", "--at", "2026-11-22T04:59")
    assert done.exit_code == 0, done.output
    assert done.stdout == f"2026-11-22T04:59:00Z  casualty triaged: {first}, T1\n"
    found = told(story, "casualty", "bleeding", first, "--speaker", "PATROL 3", "--actor", "duty officer")
    (line,) = found["events"]
    assert (line["actor"], line["source"]) == ("duty officer", "voice")
    assert told(story, "casualty", "show", first)["category"] == "T1"
    assert [one["id"] for one in json.loads(called(story, "request", "list", "--json").stdout)] == [request]


@pytest.mark.parametrize("width", [80, 240])
def test_the_list_of_casualties_has_three_whole_clocks_at_any_width(story: Story, width: int) -> None:
    _, (first, second) = alerted(story)
    told(story, "casualty", "bleeding", first)
    environment = {"CASEVAC_HOME": str(story.home), "CASEVAC_DATABASE_URL": story.url, "COLUMNS": str(width)}
    done = CliRunner().invoke(main, ["casualty", "list"], env=environment)
    assert done.exit_code == 0, done.output
    assert max(map(len, done.stdout.splitlines())) <= width
    words = done.stdout.split()
    known = {one["id"]: one for one in json.loads(called(story, "casualty", "list", "--json").stdout)}
    for one in (first, second):
        assert one in words
        status = {word for clock in known[one]["clocks"] for word in clock["status"].split("_")}
        assert status <= set(words)
    assert {"bleeding", "control", "advanced", "care", "surgery"} <= set(words)
    assert ("request" in words) == (width == 240)


def test_the_same_key_is_one_command(story: Story) -> None:
    _, (first, second) = alerted(story)
    once = told(story, "casualty", "bleeding", first, "--key", "k")
    again = told(story, "casualty", "bleeding", first, "--key", "k")
    assert once["events"] == again["events"]
    other = called(story, "casualty", "bleeding", second, "--key", "k")
    assert (other.exit_code, "another command" in other.stderr) == (1, True)


@pytest.mark.parametrize(
    ("words", "say"),
    [
        (("casualty", "bleeding", "ZGDF-7KWT"), "no casualty 'ZGDF-7KWT'"),
        (("casualty", "bleeding", "John"), "no ZAP id"),
        (("casualty", "show", "John"), "no casualty 'John'"),
        (("task", "accept", "T-NONE"), "no task 'T-NONE'"),
        (("task", "cancel", "T-NONE"), "no task 'T-NONE'"),
        (("plan", "choose", "D-NONE", "1"), "ask for options first"),
        (("plan", "explain", "D-NONE"), "ask for options first"),
        (("plan", "options", "R-NONE"), "no request 'R-NONE'"),
        (("request", "alert", "--who", "P", "--what", "w", "--how-many", "1"), "lon"),
        (
            ("request", "alert", "--who", "P", "--what", "w", "--how-many", "1", "--place", "Xanadu"),
            "no place",
        ),
        (("request", "alert", "--who", "P", "--what", "w", "--how-many", "0", "--place", "19,5"), ">= 1"),
        (("vehicle", "list", "--mission", "other"), "no mission 'other'"),
    ],
)
def test_a_fault_is_one_line(story: Story, words: tuple[str, ...], say: str) -> None:
    done = called(story, *words)
    assert done.exit_code == 1
    assert say in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [
        ("hazard", "report", "--hazard-kind", "closure", "--lon", "nan", "--lat", "5"),
        ("hazard", "report", "--hazard-kind", "closure", "--lon", "1e999", "--lat", "5"),
        ("hazard", "report", "--hazard-kind", "storm", "--lon", "1", "--lat", "5"),
        ("facility", "status", "bria", "--beds", "icu,empty=1"),
        ("facility", "status", "bria", "--stocks", "oxygen_hours"),
        ("facility", "status", "bria", "--tables", "two"),
        ("casualty", "bleeding", "ZGDF-7KWT", "--at", "noon"),
        ("casualty", "eligibility", "ZGDF-7KWT", "--eligible", "--authority", "x"),
    ],
)
def test_what_cannot_be_read_is_a_wrong_use(story: Story, words: tuple[str, ...]) -> None:
    done = called(story, *words)
    assert done.exit_code == 2, done.output
    assert "Traceback" not in done.output


@pytest.mark.parametrize(
    "noun",
    [
        "casualty",
        "request",
        "plan",
        "task",
        "facility",
        "vehicle",
        "team",
        "site",
        "hazard",
        "question",
        "alarm",
    ],
)
def test_every_list_is_a_table_or_json(story: Story, noun: str) -> None:
    alerted(story)
    assert called(story, noun, "list").exit_code == 0
    for one in json.loads(called(story, noun, "list", "--json").stdout):
        shown = called(story, noun, "show", one["id"])
        assert (shown.exit_code, one["id"] in shown.stdout) == (0, True)


def test_options_are_told_with_their_reasons_and_one_is_chosen(story: Story) -> None:
    for vehicle, lon in (("amb-1", 18.9), ("amb-2", 18.8)):
        story.move(vehicle, lon, 5.2)
    request, _ = alerted(story)
    table = called(story, "plan", "options", request)
    assert table.exit_code == 0, table.output
    decision = table.stdout.rpartition("choose ")[2].split()[0]
    assert called(story, "plan", "explain", decision).stdout == table.stdout
    chosen = told(story, "plan", "choose", decision, "1")
    (chain,) = chosen["entities"]["chains"].values()
    assert chain["status"] == "active"
    second = called(story, "plan", "choose", decision, "1")
    assert (second.exit_code, second.stderr.count("\n")) == (1, 1)
    tasks = json.loads(called(story, "task", "list", "--json").stdout)
    assert called(story, "task", "cancel", tasks[0]["id"], "--reason", "road blocked").exit_code == 0


def test_a_nine_line_is_told_and_read_as_text(story: Story) -> None:
    nine = "LINE 1 34NDM6408937563 LINE 2 38.65 PATROL 3 LINE 3 A1 LINE 4 A LINE 5 L1"
    found = told(story, "request", "nine-line", "--text", nine)
    (request,) = found["entities"]["requests"]
    read = called(story, "request", "text", request)
    assert (read.exit_code, "34NDM6408937563" in read.stdout) == (0, True)
    assert told(story, "request", "text", request)["text"] == read.stdout.rstrip("\n")
    assert "nobody told a methane" in called(story, "request", "text", request, "--form", "methane").stderr


def test_a_record_is_a_table_of_its_entries(story: Story) -> None:
    _, (first, _) = alerted(story)
    assert (
        called(
            story, "casualty", "mist", first, "--text", "M: mine I: left leg S: alert T: tourniquet"
        ).exit_code
        == 0
    )
    shown = called(story, "casualty", "record", first)
    assert (shown.exit_code, "left leg" in shown.stdout) == (0, True), shown.output
    assert told(story, "casualty", "record", first)["entries"]


def test_a_board_tells_who_is_on_the_way(story: Story) -> None:
    board = told(story, "facility", "board", "bria")
    assert (board["facility"]["id"], board["inbound"], board["patients"]) == ("bria", [], [])


def test_the_board_of_a_facility_is_printed_whole(story: Story) -> None:
    story.move("amb-1", 18.9, 5.2)
    request, (first, _) = alerted(story)
    told(story, "facility", "status", "bria", "--beds", "icu,staffed=4,free=1", "--stocks", "oxygen_hours=30",
         "--blood", "O-,units=6", "--queue", "3")  # fmt: skip
    told(story, "facility", "reserve", "bria", "--casualty", first, "--bed", "icu")
    told(story, "casualty", "precedence", first, "--precedence", "urgent")
    told(story, "casualty", "mist", first, "--text", "M: mine I: left leg S: alert T: tourniquet")
    decided = told(story, "plan", "options", request)
    option = next(one["id"] for one in decided["options"] if one["facility"] == "bria")
    told(story, "plan", "choose", decided["decision"], option)
    (coming, *_) = told(story, "facility", "board", "bria")["inbound"]
    shown = called(story, "facility", "board", "bria").stdout
    for words in (
        "oxygen hours 30",
        "O- 6",
        first,
        "M: mine",
        "urgent",
        coming["arrive_p50_at"][11:17],
        "icu",
    ):
        assert words in shown
    assert "B-" in called(story, "facility", "show", "bria").stdout


def test_a_casualty_and_its_request_are_shown_whole(story: Story) -> None:
    request, (first, _) = alerted(story)
    told(story, "casualty", "treat", first, "--treatment", "tourniquet", "--site", "left leg")
    told(story, "casualty", "vitals", first, "--pulse", "131")
    shown = called(story, "casualty", "show", first).stdout
    for words in ("bleeding control", "advanced care", "surgery", "left leg, on since", "pulse 131"):
        assert words in shown
    told(story, "request", "nine-line", request, "--text", "LINE 1 34NDM6408937563 LINE 2 38.65 PATROL 3")
    shown = called(story, "request", "show", request).stdout
    for words in ("34NDM6408937563", "missing: line 3", "heli-1", "no answer yet", "coordinator"):
        assert words in shown


def test_an_alert_says_ids_warnings_and_duplicates(story: Story) -> None:
    request, _ = alerted(story)
    facts = ("--who", "PATROL 4", "--what", "mine", "--how-many", "2", "--lon", "19.1", "--lat", "5.75")
    shown = called(story, "request", "alert", *facts).stdout
    other = next(one["id"] for one in told(story, "request", "list") if one["id"] != request)
    assert f"request {other}, casualties " in shown
    assert "heli-1 (vehicle)" in shown
    assert f"casevac request merge {request} --merged {other}" in shown


def test_a_divert_says_what_was_chosen(story: Story) -> None:
    story.move("amb-1", 18.9, 5.2)
    request, _ = alerted(story)
    decided = told(story, "plan", "options", request)
    (chain,) = told(story, "plan", "choose", decided["decision"], "1")["entities"]["chains"]
    done = called(story, "plan", "divert", chain, "--reason", "theatre lost")
    assert (done.exit_code, "nine in ten by" in done.stdout, "warning: " in done.stdout) == (0, True, True)


def test_times_of_today_have_no_date_and_nothing_nested_is_lost() -> None:
    now = datetime.now(UTC).replace(microsecond=5000)
    assert tables.time(now.isoformat().replace("+00:00", "Z")) == f"{now:%H:%M:%SZ}"
    assert tables.time("2020-01-02T03:04:05.123Z") == "2020-01-02 03:04:05Z"
    assert tables.time("2020-01-02 or so") == "2020-01-02 or so"
    assert tables.text([{"name": "x", "lon": 1.23456, "lat": 2.0}, {"path": [1], "more": {"n": 0}}]) == (
        "name x, at 1.235,2.000\nmore n 0"
    )


def test_a_flag_that_says_not_is_answered_without_it() -> None:
    triage = load("casualty")
    assert isinstance(triage, click.Group)
    shown = {word for one in triage.commands["triage"].params for word in (*one.opts, *one.secondary_opts)}
    assert {"--not-breathing", "--breathing"} <= shown
    assert not any("not-not" in word for word in shown)


def test_where_a_vehicle_is_comes_by_radio(story: Story) -> None:
    for _ in range(2):
        spot = ("vehicle", "position", "amb-1", "18.9,5.3", "--speaker", "AMB 1", "--key", "p")
        assert told(story, *spot)["position"]["accuracy"] == 1000.0
    assert story.count("SELECT count(*) FROM positions WHERE source = 'voice' AND speaker = 'AMB 1'") == 1
    unknown = called(story, "vehicle", "position", "amb-9", "18.9,5.3", "--speaker", "AMB 9")
    assert "no vehicle 'amb-9'" in unknown.stderr


def test_times_are_utc_and_of_today_when_only_hours_are_given() -> None:
    now = datetime(2026, 11, 22, 5, 30, tzinfo=UTC)
    assert instant_of("0510", now) == instant_of("05:10Z", now) == now.replace(minute=10)
    assert instant_of("06:10", now) == now.replace(day=21, hour=6, minute=10)
    assert instant_of("2026-11-22T06:10+01:00") == now.replace(minute=10)
    assert instant_of("2026-11-22T05:10") == now.replace(minute=10)
    assert instant_of("0001-01-01T00:00+14:00") == datetime(1970, 1, 1, tzinfo=UTC)


def test_the_table_of_a_facility_reads_in_words(story: Story) -> None:
    shown = called(story, "facility", "show", "bria").stdout
    assert "Bria Level 2" in shown
    assert "RESUS, DCR, DCS" in shown
