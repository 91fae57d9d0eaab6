"""From a text to a place: names of the mission and of the land, ambiguity, phrases."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casevac.errors import AmbiguousPlace, UnknownPlace, status_of
from casevac.events import FacilityRegistered, SiteRegistered
from casevac.picture import empty
from casevac.shipped import shipped
from casevac.terms import SiteKind
from casevac.whereabouts import BARE, Ground, find, search
from geo.along import Tracks
from geo.errors import BadPlace, GeoError, OffNetwork, Unreachable
from geo.gazetteer import Entry, Gazetteer
from geo.lonlat import LonLat, bearing_deg, distance_m
from geo.national import read_geojson
from geo.towns import entries
from tests.casevac.scenes import ambulance, told

BRIA = LonLat(21.98633, 6.54233)


def place(name: str, lon: float, lat: float, kind: str = "village") -> Entry:
    return Entry((name,), kind, LonLat(lon, lat), 1000.0, "test")


@pytest.fixture(scope="module")
def land() -> Ground:
    roads = read_geojson(shipped("roads_car.geojson"))
    more = [
        place("Gbôkô", 20.0, 6.0),
        place("Gboko", 24.0, 6.0),
        place("Gbôko", 20.005, 6.0, "hamlet"),
        place("Nola Kété", 21.0, 5.0),
        place("PK 12", 18.5, 4.45, "suburb"),
    ]
    return Ground(Gazetteer([*entries(roads), *more]), Tracks(roads), 20_000.0)


@pytest.fixture(scope="module")
def picture():
    site = SiteRegistered(id="s1", name="North Strip", site_kind=SiteKind.LANDING, lon=20.5, lat=6.5)
    clinic = FacilityRegistered(
        id="l2", name="Bambari", lon=20.7, lat=5.8, level="L2", capabilities=(), demonstration=True
    )
    return told(empty("M"), (0, site), (0, clinic), (0, ambulance("V")))


@pytest.mark.parametrize("text", ["Bria", "bria ", "BRIA", " Bría"])
def test_a_town_is_as_uncertain_as_it_is_wide(picture, land, text):
    found = find(picture, text, land)
    assert (found.name, found.kind, found.uncertainty_m, found.source) == (
        "Bria",
        "town",
        2000.0,
        "road names",
    )
    assert distance_m(found.place, BRIA) < 100


def test_a_facility_comes_before_the_town_of_its_name(picture, land):
    found = find(picture, "bambari", land)
    assert (found.kind, found.place, found.uncertainty_m) == ("facility", (20.7, 5.8), 0.0)


def test_spellings(picture, land):
    assert find(picture, "bossembele", land).name == "Bossembélé"
    assert find(picture, "N'Délé", land).name == "Ndélé"
    assert find(picture, "nola ke", land).name == "Nola Kété"
    assert find(picture, "kete", land).name == "Nola Kété"
    assert find(picture, "PK 12", land).kind == "suburb"
    assert find(picture, "12 km S of PK 12", land).kind == "bearing"


def test_one_name_of_two_places_lists_them(picture, land):
    with pytest.raises(AmbiguousPlace) as fault:
        find(picture, "gboko", land, near=BRIA)
    said = str(fault.value)
    assert said.startswith("'gboko' may be 2 places: Gbôkô (village) 34NCM") and "\n" not in said
    assert "km away" in said and said.endswith("say which by its grid")
    first, second = fault.value.candidates  # the hamlet within the village's reach is the village
    assert first["distance_m"] < second["distance_m"]
    assert (first["lon"], second["lon"]) == (20.0, 24.0) or (first["lon"], second["lon"]) == (24.0, 20.0)
    assert find(picture, str(first["mgrs"]), land).place == pytest.approx(
        (first["lon"], first["lat"]), abs=1e-4
    )
    assert status_of(fault.value) == 409


def test_without_a_place_of_reference_no_distance_is_told(picture, land):
    with pytest.raises(AmbiguousPlace) as fault:
        find(picture, "Gboko", land)
    assert "away" not in str(fault.value)
    assert all("distance_m" not in one for one in fault.value.candidates)


def test_a_beginning_that_fits_many_lists_five(picture):
    land = Ground(Gazetteer([place(f"Boss{letter}", 20.0 + n, 5.0) for n, letter in enumerate("abcdefg")]))
    with pytest.raises(AmbiguousPlace, match=r"may be \d+ places: .* and \d+ more; say which") as fault:
        find(picture, "Bos", land)
    assert len(fault.value.candidates) == 5


@pytest.mark.parametrize(
    ("text", "meant"), [("Bambarri", "Bambari"), ("Berberatti", "Berbérati"), ("Bossangoaville", "Bossangoa")]
)
def test_a_misspelt_name_is_suggested_never_taken(picture, land, text, meant):
    with pytest.raises(UnknownPlace, match=f"did you mean .*{meant}") as fault:
        find(picture, text, land)
    assert meant in [one["name"] for one in fault.value.candidates]
    assert status_of(fault.value) == 404


@pytest.mark.parametrize("text", ["", "   ", "?!", "qqqq", "Atlantis", "b"])
def test_nothing_is_found_for_nothing(picture, land, text):
    with pytest.raises((UnknownPlace, BadPlace)):
        find(picture, text, land)


@pytest.mark.parametrize(
    ("text", "bearing", "radius"),
    [
        ("12 km NE of Bria", 45.0, 12_000 * 0.3826834 + 1200),
        ("Bria + 12 km NNE", 22.5, 12_000 * 0.1950903 + 1200),
        ("Bria 12 km 045", 45.0, 12_000 * 0.0871557 + 1200),
        ("12km west Bria", 270.0, 12_000 * 0.3826834 + 1200),
    ],
)
def test_a_direction_is_a_circle(picture, land, text, bearing, radius):
    found = find(picture, text, land)
    bria = find(picture, "Bria", land).place
    assert distance_m(bria, found.place) == pytest.approx(12_000, abs=1)
    assert bearing_deg(bria, found.place) == pytest.approx(bearing, abs=0.1)
    assert found.uncertainty_m == pytest.approx(radius, rel=1e-3)
    assert found.circle.vague


def test_a_short_way_from_a_town_is_no_surer_than_the_town(picture, land):
    assert find(picture, "1 km N of Bria", land).uncertainty_m == 2000.0
    around = find(picture, "15 km from Bria", land)
    assert around.place == find(picture, "Bria", land).place
    assert around.uncertainty_m == pytest.approx(15_000 * 1.1 + 2000)


def test_from_a_grid_or_coordinates_too(picture):
    for start in ("20.5,6.5", "34NDN4472618459", "North Strip", "6.5N 20.5E"):
        found = find(picture, f"12 km E of {start}")
        assert found.place == pytest.approx((20.6085, 6.5), abs=1e-3)


def test_along_a_road(picture, land):
    sibut = find(picture, "Sibut", land).place
    with pytest.raises(AmbiguousPlace, match=r"may be 2 points.*to the .*towards PLACE") as fault:
        find(picture, "RN2 + 15 km from Sibut", land)
    assert len(fault.value.candidates) == 2
    found = find(picture, "RN2 km 15 from Sibut towards 20.67565,5.76795", land)
    assert (found.kind, found.name, found.uncertainty_m) == ("road", "RN2 km 15 from Sibut", 2000.0)
    assert bearing_deg(sibut, found.place) < 180
    by_name = find(picture, "Sibut - Dékoa km 40", land)
    assert distance_m(sibut, by_name.place) < 40_000
    assert by_name.uncertainty_m == 4000.0
    over = find(picture, "Bria - Sibut km 15", land)  # no road has this name
    again = find(picture, "15 km from Bria towards Sibut", land)
    assert over.place == again.place


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("RN99 km 5 from Bria", UnknownPlace, "no road 'RN99'"),
        ("RN2 km 15", UnknownPlace, "does not say from where"),
        ("RN2 km 15 from Bria", OffNetwork, "RN2 does not go by Bria"),
        ("RN2 km 900 from Sibut towards Bangui", Unreachable, "is not towards Bangui"),
        ("Sibut - Bambari km 900", Unreachable, "that road goes"),
        ("RN2 km 5 from Nowhere", UnknownPlace, "no place 'Nowhere'"),
        ("12 km NE of 12 km NE of Bria", UnknownPlace, "no place"),
        ("Bria 12 km 400", BadPlace, "bearing of 400"),
        ("20,91", BadPlace, "91"),
        ("6°72'N 21°E", BadPlace, "minutes"),
    ],
)
def test_faults_say_what_to_give(picture, land, text, kind, words):
    with pytest.raises(kind, match=words) as fault:
        find(picture, text, land)
    assert "\n" not in str(fault.value)


def test_a_road_without_a_network_says_what_to_import(picture):
    with pytest.raises(UnknownPlace, match="casevac roads import"):
        find(picture, "RN2 km 5 from North Strip", BARE)


def test_a_list_for_typing_ahead(picture, land):
    found = [(one.name, one.kind, match) for one, match in search(picture, "bambari", land)]
    assert found[:2] == [("Bambari", "facility", "exact"), ("Bambari", "town", "exact")]
    assert [one.name for one, _ in search(picture, "bambarri", land)] == ["Bambari", "Bambari"]
    assert len(search(picture, "b", land, limit=3)) == 3
    assert search(picture, "", land) == []


@given(st.text(max_size=80))
def test_any_text_gives_a_place_or_a_fault_in_words(land, text):
    try:
        found = find(empty("M"), text, land)
    except (UnknownPlace, AmbiguousPlace, GeoError) as fault:
        assert str(fault) and "\n" not in str(fault).strip()
    else:
        assert -180 <= found.place.lon <= 180 and found.uncertainty_m >= 0
