"""NMEA 0183 logs: the sentences every manual prints, midnight, lost weeks, and lines that say nothing."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casevac.errors import BadFile
from tracker import nmea
from tracker.follow import along_nmea
from tracker.nmea import Fix, checksum

# As the manuals of receivers print them, with their checksums.
RMC = "$GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*6A"
GGA = "$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47"
GLL = "$GPGLL,4916.45,N,12311.12,W,225444,A,*1D"


def sentence(body: str) -> str:
    """A sentence with its checksum."""
    return f"${body}*{checksum(body):02X}"


def rmc(clock: str, day: str, lat: str = "0421.673,N", lon: str = "01833.298,E") -> str:
    return sentence(f"GNRMC,{clock},A,{lat},{lon},010.0,090.0,{day},,")


def gga(clock: str, lat: str = "0421.673,N", lon: str = "01833.298,E") -> str:
    return sentence(f"GNGGA,{clock},{lat},{lon},1,09,1.1,389.2,M,11.4,M,,")


def test_the_sentences_of_every_manual() -> None:
    (fix,), left_out = nmea.read([RMC, GGA])
    assert fix.at == datetime(1994, 3, 23, 12, 35, 19, tzinfo=UTC)
    assert (round(fix.lat, 6), round(fix.lon, 6)) == (48.1173, 11.516667)
    assert (fix.altitude, fix.course) == (545.4, 84.4)
    assert round(fix.speed or 0, 3) == 11.524  # 22.4 knots
    assert not left_out


def test_south_and_west_are_negative_and_other_sentences_are_passed_by() -> None:
    track = nmea.read([GLL, rmc("000000.25", "010226", "3351.500,S", "15112.600,W")])
    assert [(one.lat, one.lon) for one in track.fixes] == [(-33.858333333333334, -151.21)]
    assert track.fixes[0].at.microsecond == 250_000
    assert not track.left_out


def test_a_log_without_dates_goes_on_past_midnight() -> None:
    track = nmea.read([gga("235958"), gga("235959"), gga("000001"), gga("000002")], day=date(2026, 2, 28))
    assert [f"{one.at:%d %T}" for one in track.fixes] == [
        "28 23:59:58",
        "28 23:59:59",
        "01 00:00:01",
        "01 00:00:02",
    ]


def test_midnight_between_a_place_and_its_date() -> None:
    track = nmea.read([gga("235959"), rmc("000000", "010326"), gga("000000"), gga("000001")])
    assert [f"{one.at:%m-%d %T}" for one in track.fixes] == [
        "02-28 23:59:59",
        "03-01 00:00:00",
        "03-01 00:00:01",
    ]
    assert track.fixes[1].altitude == 389.2  # the place of the same moment told it


def test_a_receiver_that_loses_1024_weeks_goes_on_in_time() -> None:
    track = nmea.read([rmc("120000", "211126"), rmc("120001", "070407"), rmc("120002", "070407")])
    assert [one.at for one in track.fixes] == [datetime(2026, 11, 21, 12, 0, n, tzinfo=UTC) for n in range(3)]


def test_what_says_nothing_is_left_out_and_counted() -> None:
    track = nmea.read(
        [
            RMC[:-1] + "B",
            sentence("GPRMC,123519,V,,,,,,,230394,,"),
            sentence("GPGGA,123519,,,,,0,00,,,M,,M,,"),
            "$GPRMC,123519,A,4807.0",
            "no sentence at all",
            rmc("246060", "010126"),
            rmc("120000", "310226"),
            rmc("120000", "010126", "9001.000,N"),
            rmc("120000", "010126", "0460.000,N"),
            rmc("120000", "010126", "0421.673,X"),
            "",
            GGA.replace("*47", ""),  # the older standard let it be left out
        ]
    )
    assert dict(track.left_out) == {"checksum": 1, "no_fix": 2, "torn": 4, "out_of_range": 4}
    assert len(track.fixes) == 1


@given(
    st.text(max_size=300), st.lists(st.sampled_from([RMC, GGA, GLL, "$", "*", ",", "$GPRMC,"]), max_size=5)
)
def test_no_text_is_a_surprise(text: str, more: list[str]) -> None:
    for one in nmea.read([text, *more, "".join(more) + text]).fixes:
        assert isinstance(one, Fix)
        assert -90 <= one.lat <= 90
        assert -180 <= one.lon <= 180


def test_a_way_along_a_log(tmp_path: Path) -> None:
    log = tmp_path / "log.nmea"
    log.write_bytes(
        b"\xff\x00torn\r\n" + "\r\n".join([rmc("100000", "010126"), rmc("100010", "010126")]).encode()
    )
    assert [seconds for seconds, *_ in along_nmea(log, speed=5.0)] == [0.0, 2.0]
    log.write_text(RMC[:-1] + "B")
    with pytest.raises(BadFile, match=r"has no fix in RMC or GGA sentences \(1 checksum\)"):
        along_nmea(log)
    with pytest.raises(BadFile, match="is no NMEA log"):
        along_nmea(tmp_path / "none.nmea")
