"""Places by name: one spelling for many, the index, the names of real extracts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import BadRoadsFile
from geo.gazetteer import ARRAY, Entry, Gazetteer, distinct, packed, unpacked
from geo.lonlat import LonLat
from geo.osm import import_extract
from geo.placetags import read_name
from geo.roads import Roads
from geo.spelling import edits, plain, squeezed
from geo.towns import entries, towns


def entry(*names: str, kind: str = "village", at: tuple[float, float] = (20.0, 5.0)) -> Entry:
    return Entry(names, kind, LonLat(*at), 1000.0, "test")


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("bria ", "Bria"),
        ("BRIA", "Bria"),
        ("bossembele", "Bossembélé"),
        ("ndele", "N'Délé"),
        ("N Dele", "Ndélé"),
        ("kagabandoro", "Kaga-Bandoro"),
        ("Povoa de Varzim", "Póvoa de Varzim"),
        ("sao joao", "São João"),
        ("oerebro", "Œrebro"),
        ("aero", "Ærø"),
        ("strasse", "Straße"),
        ("lodz", "Łódź"),
        ("izmir", "İzmir"),
        ("diyarbakir", "Diyarbakır"),
        ("dakovo", "Đakovo"),
        ("cox s bazar", "Cox's Bazar"),
        ("km5", "Km 5"),
        ("ঈদগড়", "ঈদগড়"),
        ("محمد", "مُحَمَّد"),
        ("12", "১২"),
    ],
)
def test_one_place_is_written_in_many_ways(typed, written):
    assert squeezed(typed) == squeezed(written) != ""


def test_letters_that_tell_names_apart_stay():
    assert plain("পশ্চিমপাড়া") != plain("পশ্চিমপাড়")  # the vowel sign at the end
    assert plain("!?'-") == ""
    assert plain("  L'Haÿ-les-Roses ") == "l hay les roses"


words = st.text("abcde", max_size=9)


@given(words, words)
def test_edits_are_counted_as_the_definition_says(a, b):
    table = {(i, 0): i for i in range(len(a) + 1)} | {(0, j): j for j in range(len(b) + 1)}
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            table[i, j] = min(
                table[i - 1, j] + 1, table[i, j - 1] + 1, table[i - 1, j - 1] + (a[i - 1] != b[j - 1])
            )
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                table[i, j] = min(table[i, j], table[i - 2, j - 2] + 1)
    whole = table[len(a), len(b)]
    for most in (1, 2, 9):
        assert edits(a, b, most) == min(whole, most + 1)


def test_exact_before_beginning_before_word_and_by_kind():
    index = Gazetteer(
        [
            entry("Nola Bria"),
            entry("Briandou", kind="city"),
            entry("Bria", kind="hamlet"),
            entry("Bria", kind="town", at=(22.0, 6.5)),
            entry("Briare"),
        ]
    )
    found = [(hit.name, hit.entry.kind, hit.match) for hit in index.search("bria")]
    assert found == [
        ("Bria", "town", "exact"),
        ("Bria", "hamlet", "exact"),
        ("Briandou", "city", "prefix"),
        ("Briare", "village", "prefix"),
        ("Nola Bria", "village", "word"),
    ]
    assert [hit.name for hit in index.search("bria", 2)] == ["Bria", "Bria"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("Bambary", ["Bambari"]),
        ("Bmabari", ["Bambari"]),
        ("bambarri", ["Bambari"]),
        ("Berberti", ["Berbérati"]),
        ("Bossenbéllé", ["Bossembélé"]),  # two edits need nine letters
        ("Bambaty", []),
        ("Obu", []),  # three letters allow none
        ("", []),
        ("---", []),
    ],
)
def test_small_mistakes_are_forgiven_in_long_names(typed, found):
    index = Gazetteer([entry("Bambari"), entry("Berbérati"), entry("Bossembélé"), entry("Obo")])
    assert [hit.name for hit in index.search(typed)] == found


@given(st.lists(st.text("abé -'", min_size=1, max_size=12), max_size=30), words)
def test_the_index_finds_what_reading_every_name_finds(names, wanted):
    index = Gazetteer([entry(name, at=(float(n), 5.0)) for n, name in enumerate(names)])
    found = index.search(wanted, 100)
    key = squeezed(wanted)
    exact = [name for name in names if key and squeezed(name) == key]
    begun = [name for name in names if key and squeezed(name).startswith(key)]
    assert sorted(hit.name for hit in found if hit.match == "exact") == sorted(exact)
    assert sorted(hit.name for hit in found if hit.match in ("exact", "prefix")) == sorted(begun)
    assert len({hit.entry.place for hit in found}) == len(found)


def test_suggestions_share_the_beginning_of_a_word():
    index = Gazetteer([entry("Ponte da Arrábida"), entry("Bambari")])
    assert [hit.name for hit in index.nearest_spellings("arrabda")] == ["Ponte da Arrábida"]
    assert [hit.name for hit in index.nearest_spellings("bamako")] == ["Bambari"]
    assert index.nearest_spellings("xyz") == index.nearest_spellings("") == []


def test_every_place_comes_once_whatever_its_spellings():
    index = Gazetteer([entry("Kaga-Bandoro", "Fort Crampel", "Kaga Bandoro")])
    assert [hit.name for hit in index.search("kaga")] == ["Kaga-Bandoro"]
    assert [(hit.name, hit.entry.name) for hit in index.search("fort cr")] == [
        ("Fort Crampel", "Kaga-Bandoro")
    ]


def test_the_same_place_under_one_name_is_one():
    near, far = entry("Bria", kind="town", at=(21.99, 6.54)), entry("BRIA", at=(21.99, 6.548))
    other = entry("Bria", at=(25.0, 6.0))
    hits = Gazetteer([near, far, other]).search("bria")
    assert [hit.entry for hit in distinct(hits)] == [near, other]


def test_entries_survive_their_file():
    kept = [entry("Ndélé", "N'Délé", kind="town"), entry("ঈদগড়")]
    assert unpacked(packed(kept)) == kept
    with pytest.raises(BadRoadsFile, match=r"damaged.*import it again"):
        unpacked(np.frombuffer(b"[[1]]", dtype=np.uint8))


@pytest.mark.parametrize(
    ("tags", "found"),
    [
        ({"place": "town", "name": "Bria"}, ("town", ("Bria",))),
        ({"place": "farm", "name": "A", "name:fr": "B", "alt_name": "C; D"}, ("farm", ("A", "C", "D", "B"))),
        ({"place": "hamlet", "name:en": "Idgar"}, ("hamlet", ("Idgar",))),
        ({"place": "town", "name": "A", "name:etymology:x": "Q", "name:signed": "no"}, ("town", ("A",))),
        ({"place": "town"}, None),
        ({"place": "country", "name": "Andorra"}, None),
        ({"place": "quarter", "name": "PK 5"}, ("suburb", ("PK 5",))),
        ({"aeroway": "aerodrome", "name": "Bria", "icao": "FEFR"}, ("aerodrome", ("Bria", "FEFR"))),
        ({"ford": "yes", "name": "Gué de la Kotto"}, ("ford", ("Gué de la Kotto",))),
        ({"highway": "primary", "bridge": "yes", "name": "Ponte da X"}, ("bridge", ("Ponte da X",))),
        ({"highway": "primary", "bridge": "yes", "name": "Rua do Engenho"}, None),
        ({"highway": "primary", "bridge": "yes", "bridge:name": "Kotto"}, ("bridge", ("Kotto",))),
        ({"highway": "primary", "name": "Ponte"}, None),
        ({"man_made": "bridge", "name": "X"}, ("bridge", ("X",))),
        ({"man_made": "tower", "name": "X"}, None),
    ],
)  # fmt: skip
def test_what_tags_name(tags, found):
    assert read_name(tags) == found


DRAWN = """<?xml version='1.0' encoding='UTF-8'?><osm version="0.6">
<node id="1" version="1" lon="10.00" lat="5.0"/><node id="2" version="1" lon="10.02" lat="5.02"/>
<node id="3" version="1" lon="10.05" lat="5.0"><tag k="place" v="village"/><tag k="name" v="Gbôkô"/></node>
<node id="4" version="1" lon="10.01" lat="5.0"><tag k="highway" v="bus_stop"/><tag k="name" v="Stop"/></node>
<way id="1" version="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="primary"/><tag k="name" v="RN1"/></way>
<way id="2" version="1"><nd ref="1"/><nd ref="99"/><nd ref="2"/>
 <tag k="aeroway" v="aerodrome"/><tag k="name" v="Terrain"/></way>
<way id="3" version="1"><nd ref="98"/><nd ref="99"/><tag k="place" v="farm"/><tag k="name" v="Lost"/></way>
</osm>"""


def test_names_come_with_the_roads_and_do_not_change_the_network(tmp_path):
    path = tmp_path / "drawn.osm"
    path.write_text(DRAWN)
    roads = import_extract(path)
    found = {one.name: (one.kind, one.place) for one in entries(roads)}
    assert found == {"Gbôkô": ("village", (10.05, 5.0)), "Terrain": ("aerodrome", (10.01, 5.01))}
    path.write_text(DRAWN.replace("Gbôkô", "Elsewhere"))
    assert import_extract(path).digest == roads.digest
    roads.save(tmp_path / "x.roads")
    again = Roads.open(tmp_path / "x.roads", verify=True)
    assert ARRAY in again.arrays
    assert entries(again) == entries(roads)


@pytest.mark.parametrize(
    ("name", "typed", "found", "kind"),
    [
        ("porto", "ponte da arrabida", "Ponte da Arrábida", "bridge"),
        ("porto", "ALDEIA DE COUCE", "Aldeia de Couce", "village"),
        ("andorra-2023", "aubinya", "Aubinyà", "village"),
        ("andorra-2023", "Андорра-ла-Велья", "Andorra la Vella", "town"),
        ("andorra-2023", "andora la vella", "Andorra la Vella", "town"),
        ("bangladesh", "idgar", "ঈদগড়", "village"),
        ("bangladesh", "maheskhali", "মহেশখালী", "town"),
        ("bangladesh", "Coxs Bazar Airport", "কক্সবাজার বিমানবন্দর", "aerodrome"),
    ],
)
def test_names_of_real_extracts(extract, name, typed, found, kind):
    hit = Gazetteer(entries(extract(name))).search(typed)[0]
    assert (hit.entry.name, hit.entry.kind) == (found, kind)
    west, south, east, north = extract(name).bounds
    assert west - 0.1 < hit.entry.place.lon < east + 0.1
    assert south - 0.1 < hit.entry.place.lat < north + 0.1


def test_towns_of_a_network_without_places_come_from_its_road_names(national):
    index = Gazetteer(entries(national))
    assert index.entries == tuple(towns(national))
    assert [hit.name for hit in index.search("bossembele")] == ["Bossembélé"]
    assert [hit.name for hit in index.search("N'Délé")] == ["Ndélé"]
