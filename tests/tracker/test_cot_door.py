"""The door of TAK clients: what comes is stored as from any device, and each is shown what it may see."""

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from casevac.entities_request import nine_line_json
from casevac.request import RequestState
from casevac.terms import Precedence
from casevac.view import View
from tests.tracker.takking import CHIEF, MEDIC, House, Plain, here, house, packet, until
from tracker.dialects import cot, medevac, tak


@pytest.fixture
def open_house(database_url: str) -> Iterator[House]:
    with house(database_url) as made:
        yield made


def test_a_9_line_becomes_a_request_with_all_its_casualties_and_its_sender_hears_of_it(
    open_house: House,
) -> None:
    medic, chief, patrol = (Plain(open_house.port) for _ in range(3))
    medic.send(here(MEDIC, "MEDIC 2"))
    chief.send(here(CHIEF, "CHIEF"))
    patrol.send(here("ANDROID-patrol-9", "PATROL 9"))
    assert until(lambda: len(open_house.positions("MEDIC-2")) == 1)
    medic.send(packet("nine_line"))
    assert until(lambda: bool(open_house.picture().requests))
    picture = open_house.picture()
    [(key, request)] = picture.requests.items()
    assert key == medevac.request_id("m", "0b9c6f54-77f1-4d1e-8d52-6d6c1c9a20e7")
    assert len(picture.casualties) == 3
    assert sorted(one.mist.mechanism for one in picture.casualties.values()) == [
        "Blast",
        "Fall/MVA",
        "Frag Multiple",
    ]
    assert request.nine_line.precedences == {
        Precedence.URGENT: 1, Precedence.URGENT_SURGICAL: 1, Precedence.PRIORITY: 1,
    }  # fmt: skip
    assert request.nine_line.extra == {"team_colour": "cyan"}
    assert request.missing == ()
    assert until(lambda: any(key in line and "RECEIVED" in line for line in medic.lines()))
    # each sees what concerns it, and nothing else
    for client in (medic, chief, patrol):
        assert until(
            lambda client=client: bool(client.seen("a-f-G-E-V-U-A")) and bool(client.seen("a-f-G-I-X-H"))
        )
    for client in (medic, chief):
        assert until(lambda client=client: len({one.uid for one in client.seen("b-m-p-s-m")}) == 3)
        assert all(one.callsign.startswith("UNKNOWN ") for one in client.seen("b-m-p-s-m"))
    assert until(lambda: bool(chief.seen("b-r-f-h-c")))
    shown = chief.seen("b-r-f-h-c")[-1].child("_medevac_")
    assert shown is not None
    assert shown.attributes["urgent_surgical"] == "1"
    assert len(shown.children[0].children) == 3
    assert not medic.seen("b-r-f-h-c")  # it has its own on the map
    assert not patrol.seen("b-m-p-s-m")
    assert not patrol.seen("b-r-f-h-c")
    assert not patrol.lines()
    for client in (medic, chief, patrol):
        client.close()


def test_an_update_that_omits_a_count_means_none(open_house: House) -> None:
    client = Plain(open_house.port)
    client.send(here(MEDIC, "MEDIC 2"))
    client.send(packet("nine_line"))
    assert until(lambda: len(open_house.picture().casualties) == 3)
    client.send(packet("nine_line_omits_a_count"))
    [key] = open_house.picture().requests
    assert until(lambda: len(open_house.picture().requests[key].nine_lines) == 2)
    told = open_house.picture().requests[key].nine_line
    assert told.precedences == {Precedence.URGENT: 1}
    assert (told.litter, told.ambulatory) == (1, 0)
    assert told.equipment == ()
    assert told.patients == {}
    assert told.security is not None  # line 6 is no count: it stays as it was told
    assert len(open_house.picture().casualties) == 3  # a person decides whether somebody was counted twice
    client.close()


def test_half_a_9_line_is_kept_with_what_is_missing(open_house: House) -> None:
    client = Plain(open_house.port)
    client.send(here(MEDIC, "MEDIC 2"))
    client.send(packet("nine_line_half"))
    assert until(lambda: bool(open_house.picture().requests))
    [request] = open_house.picture().requests.values()
    assert [one.split(" (")[0] for one in request.missing] == ["line 3", "line 4", "line 5"]
    assert until(lambda: any("still missing" in line for line in client.lines()))
    client.close()


def test_a_bare_letter_is_named_and_not_guessed(open_house: House) -> None:
    client = Plain(open_house.port)
    client.send(here(MEDIC, "MEDIC 2"))
    client.send(packet("nine_line_letter"))
    assert until(lambda: bool(open_house.asides()))
    [request] = open_house.picture().requests.values()
    assert request.nine_line.precedences is None
    assert request.nine_line.extra == {"precedence": "B", "security": "P"}
    [(device, reason)] = open_house.asides()
    assert device == "MEDIC-2"
    assert "letter B means one thing to one force and another to the next" in reason
    client.close()


def test_a_letter_is_read_by_the_profile_that_its_sender_declares(open_house: House) -> None:
    client = Plain(open_house.port)
    client.send(here(MEDIC, "MEDIC 2"))
    declared = packet("nine_line_letter").replace(b'security="P"', b'profile="un-2020"')
    client.send(declared)
    assert until(lambda: bool(open_house.picture().requests))
    [request] = open_house.picture().requests.values()
    assert request.nine_line.precedences == {Precedence.PRIORITY: 1}
    client.close()


def test_an_emergency_told_every_few_seconds_is_one_request(open_house: House) -> None:
    client = Plain(open_house.port)
    client.send(here(MEDIC, "MEDIC 2"))
    for _ in range(3):
        client.send(packet("emergency"))
    assert until(lambda: bool(open_house.picture().requests))
    client.send(packet("emergency_cancelled"))
    client.send(here(MEDIC, "MEDIC 2"))

    def what() -> str:
        [one] = open_house.picture().casualties.values()
        return one.what.value

    assert until(lambda: what().startswith("CANCELLED"))
    [(key, request)] = open_house.picture().requests.items()
    assert request.alert.value.what == "911 Alert"
    assert View(open_house.picture(), request.opened_at).request_state(key) == RequestState.OPEN
    assert until(lambda: any(key in line for line in client.lines()))
    client.close()


def test_protobuf_is_agreed_upon_and_then_spoken_both_ways(open_house: House) -> None:
    client = Plain(open_house.port)
    assert until(lambda: bool(client.seen("t-x-takp-v")))
    client.send(
        cot.write(cot.read(packet("position")))
        .replace(b'type="a-f-G-U-C"', b'type="t-x-takp-q"')
        .replace(b"<detail>", b'<detail><TakControl><TakRequest version="1"/></TakControl>')
    )
    assert until(lambda: bool(client.seen("t-x-takp-r")))
    client.send(tak.streamed(tak.write(cot.read(here(MEDIC, "MEDIC 2")))))
    assert until(lambda: bool(client.seen("a-f-G-I-X-H")))
    assert all(isinstance(one, tak.Taken) for one in client.seen("a-f-G-I-X-H"))
    assert until(lambda: len(open_house.positions("MEDIC-2")) == 1)
    client.close()


def test_what_nobody_can_read_is_set_aside_and_disturbs_nobody(open_house: House) -> None:
    client, other = Plain(open_house.port), Plain(open_house.port)
    client.send(here(MEDIC, "MEDIC 2"))
    assert until(lambda: len(open_house.positions("MEDIC-2")) == 1)
    bomb = b'<?xml version="1.0"?><!DOCTYPE event [<!ENTITY a "aaaa">]><event uid="&a;"></event>'
    client.send(bomb + here("ANDROID-stranger", "STRANGER") + here(MEDIC, "MEDIC 2"))
    assert until(lambda: len(open_house.positions("MEDIC-2")) == 2)
    client.send(b"\xbf\x04\xff\xff\xff\xff")
    assert until(lambda: len(open_house.asides()) == 3)
    reasons = " | ".join(reason for _, reason in open_house.asides())
    assert "entities are refused" in reasons
    assert "cot/ANDROID-stranger is not enrolled" in reasons
    assert "no TAK protobuf" in reasons
    client.send(b"GET / HTTP/1.1\r\n\r\n")
    assert client.closed.wait(30)
    other.send(here(CHIEF, "CHIEF"))
    assert until(lambda: bool(other.seen("a-f-G-I-X-H")))
    other.close()


def test_two_missions_render_one_request_with_their_own_letters(open_house: House) -> None:
    client = Plain(open_house.port)
    client.send(here(MEDIC, "MEDIC 2"))
    client.send(packet("nine_line"))
    assert until(lambda: bool(open_house.picture().requests))
    client.close()
    picture = open_house.picture()
    [request] = picture.requests.values()

    def line_3(dialect: str) -> str:
        profile = replace(picture.mission.profile, nine_line=dialect)
        told = replace(picture, mission=replace(picture.mission, profile=profile))
        rendered = nine_line_json(View(told, request.opened_at), request)
        return next(row["text"] for row in rendered["lines"] if row["line"] == 3)

    assert sorted(line_3("us-atp").split()) == ["A1", "B1", "C1"]
    assert line_3("un-2020").startswith("A1")
    assert " B1" in line_3("un-2020")  # its B is priority
    assert "URGENT SURGICAL 1" in line_3("un-2020")  # for which it has no letter


def test_what_comes_while_the_store_is_away_is_stored_when_it_is_back(open_house: House) -> None:
    client = Plain(open_house.port)
    client.send(here(MEDIC, "MEDIC 2"))
    assert until(lambda: len(open_house.positions("MEDIC-2")) == 1)
    with open_house.db, open_house.db.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    client.send(packet("nine_line") + here(MEDIC, "MEDIC 2"))
    assert until(lambda: len(open_house.picture().casualties) == 3)
    assert until(lambda: len(open_house.positions("MEDIC-2")) == 2)
    assert until(lambda: any("RECEIVED" in line for line in client.lines()))
    client.close()
