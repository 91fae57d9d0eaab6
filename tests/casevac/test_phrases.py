"""What a spoken place says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casevac.phrases import POINTS, Along, Offset, read
from geo.errors import BadPlace


@pytest.mark.parametrize(
    "text",
    [
        "12 km NE of Bria",
        "12 km NE from Bria",
        "12km north-east Bria",
        "12 km north east of Bria",
        "12 km to the northeast of Bria",
        "12 km au nord-est de Bria",
        "Bria + 12 km NE",
        "Bria 12 km NE",
        "Bria, 12 km north-east",
        "Bria NE 12 km",
        "12000 m ne of Bria",
        "12,0 km NE of Bria",
        "12 km from Bria towards the north-east",
    ],
)
def test_so_far_in_a_direction(text):
    assert read(text) == Offset("Bria", 12_000.0, 45.0, 22.5)


@pytest.mark.parametrize(
    "text", ["Bria 12 km 045", "12 km 045° of Bria", "Bria 045/12 km", "Bria bearing 045 12 km"]
)
def test_so_far_on_a_bearing(text):
    assert read(text) == Offset("Bria", 12_000.0, 45.0, 5.0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("3 nm NNW of Obo", Offset("Obo", 5556.0, 337.5, 11.25)),
        ("12 km SSO d'Obo", Offset("Obo", 12_000.0, 202.5, 11.25)),
        ("5 km à l'est de Garoua Boulaï", Offset("Garoua Boulaï", 5000.0, 90.0, 22.5)),
        ("15 km from Bria", Offset("Bria", 15_000.0, None, 180.0)),
        ("12 km E of 20.6,5.7", Offset("20.6,5.7", 12_000.0, 90.0, 22.5)),
        ("RN2 + 15 km from Bria", Along("RN2", 15_000.0, "Bria", "")),
        ("RN2 km 15 from Bria towards Bambari", Along("RN2", 15_000.0, "Bria", "Bambari")),
        ("RN2 PK 15 de Bria vers Bambari", Along("RN2", 15_000.0, "Bria", "Bambari")),
        ("RN2, 15 km from Bria to Bambari", Along("RN2", 15_000.0, "Bria", "Bambari")),
        ("15 km along RN2 from Bria towards Bambari", Along("RN2", 15_000.0, "Bria", "Bambari")),
        ("15 km from Bria on RN2", Along("RN2", 15_000.0, "Bria", "")),
        ("15 km from Bria towards Bambari", Along("", 15_000.0, "Bria", "Bambari")),
        ("Bria - Bambari km 15", Along("Bria - Bambari", 15_000.0, "", "")),
        ("Bria – Bambari, 15 km", Along("Bria - Bambari", 15_000.0, "", "")),
        ("RN2 km 1.5", Along("RN2", 1500.0, "", "")),
    ],
)
def test_forms(text, said):
    assert read(text) == said


@pytest.mark.parametrize(
    "text", ["Bria", "PK 12", "Km 5", "12 km Nola", "", "20.6,5.7", "34NDM6408937563", "NE of Bria"]
)
def test_other_texts_are_left_alone(text):
    assert read(text) is None


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("Bria 12 km 400", "bearing of 400"),
        ("12 km NEE of Bria", "'NEE' is no direction"),
        ("9000 km N of Bria", "too far"),
    ],
)
def test_what_cannot_be_meant_says_so(text, fault):
    with pytest.raises(BadPlace, match=fault):
        read(text)


def test_compass_points_are_where_they_are():
    north_first = [
        POINTS[word][0]
        for word in (
            "n",
            "nne",
            "ne",
            "ene",
            "e",
            "ese",
            "se",
            "sse",
            "s",
            "ssw",
            "sw",
            "wsw",
            "w",
            "wnw",
            "nw",
            "nnw",
        )
    ]
    assert north_first == [22.5 * at for at in range(16)]
    assert POINTS["nordouest"] == POINTS["northwest"] == POINTS["no"]


@given(st.text(max_size=60))
def test_any_text_is_read_or_a_fault_in_words(text):
    try:
        read(text)
    except BadPlace as fault:
        assert str(fault)
