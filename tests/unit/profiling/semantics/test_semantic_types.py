"""What columns stand for: each meaning where it is, none where it only might be, the same however rows are cut."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_profiler.contract.options import StatisticsOptions
from airflow_provider_profiler.contract.profile import SemanticType
from airflow_provider_profiler.profiling.semantics.column_type import describe
from airflow_provider_profiler.profiling.semantics.name_hints import name_words, names_identifier, subject_words
from airflow_provider_profiler.profiling.semantics.semantic_types import ORDER, Seen, semantic_types, with_type
from airflow_provider_profiler.profiling.statistics.column import ColumnAnalyzer, ColumnState

OPTIONS = StatisticsOptions()


def state_of(values: pa.Array, cuts: tuple[int, ...] = (), options: StatisticsOptions = OPTIONS) -> ColumnState:
    textual = pa.types.is_string(values.type)
    edges = [0, *sorted(cut % (len(values) + 1) for cut in cuts), len(values)]
    parts = [
        ColumnAnalyzer(textual=textual, options=options, partition_index=index).analyze(values.slice(low, high - low))
        for index, (low, high) in enumerate(pairwise(edges))
    ]
    merged = parts[0]
    for part in parts[1:]:
        merged = merged.merge(part)
    return merged


def types_of(columns: dict[str, Any], cuts: tuple[int, ...] = (), **options: Any) -> list[tuple[SemanticType, ...]]:
    chosen = StatisticsOptions(**options)
    seen = []
    for name, values in columns.items():
        array = values if isinstance(values, pa.Array) else pa.array([str(value) for value in values], pa.string())
        state = state_of(array, cuts, chosen)
        kind = "text" if pa.types.is_string(array.type) else str(array.type)
        seen.append(Seen(name, kind, state, describe(state, chosen)))
    return list(semantic_types(seen))


def names_of(name: str, values: Any, **options: Any) -> list[str]:
    return [item.type for item in types_of({name: values}, **options)[0]]


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("link", [f"https://example.org/{number}" for number in range(9)], ["url"]),
        ("site", ["www.example.org", "www.example.gr/a?b=c"], ["url"]),
        ("contact", ["a.b@example.org", "c+d@mail.example.co.uk"], ["email"]),
        ("thing", [str(UUID(int=number)) for number in range(5)], ["uuid"]),
        ("customer_id", range(500), ["identifier"]),
        ("ΚωδικόςΠελάτη", range(500), ["identifier"]),
        ("nummer", range(1000, 1100), ["identifier"]),
        ("population", range(1000, 1100), ["measure"]),
        ("agency", ["001", "002", "003"] * 9, ["identifier", "category"]),
        ("plate", [f"ΑΒ-{number}" for number in range(1000, 1040)], ["identifier"]),
        ("video", ["TyPRUjJ-Png", "yp5OGSMNmqI", "BMUYs5sIrZU"], ["identifier"]),
        ("sha", [f"{number * 7919:040x}" for number in range(2, 40)], ["identifier"]),
        ("phone", [f"+3021012345{number}" for number in range(10, 40)], []),
        ("tel", [f"0301234{number}" for number in range(10, 40)], []),
        ("height", ["1.5", "2.25", "3.75"], ["measure"]),
        ("price", ["$1.50", "$2.25", "$1.50"], ["measure"]),
        ("stars", [1, 2, 3, 4, 5] * 9, ["category"]),
        ("year", [1999, 2004, 2011] * 9, ["datetime"]),
        ("yield", [1999, 2004, 2011, 1777, 1555], ["measure"]),
        ("day", ["20240131", "20240201", "20240302", "20231224", "20240405"], ["datetime"]),
        ("created", [1517966773840, 1517966037750, 1517965273890], ["datetime"]),
        ("visits", [1517966773840, 1517966037750, 1517965273890], ["measure"]),
        ("when", ["2024-01-05", "2024-02-06"], ["datetime"]),
        ("when", ["01/02/2024", "03/04/2024"], ["datetime"]),
        ("arrival", ["23:59:00", "25:10:00"], ["datetime"]),
        ("open", ["yes", "no", "yes"], ["boolean"]),
        ("is_open", [0, 1] * 9, ["boolean"]),
        ("tsunami", [0, 1] * 9, ["category"]),
        ("remark", ["it rained a lot", "not at all", "we do not know yet"], ["text"]),
        ("colour", ["red", "green", "red", "red"], ["category", "text"]),
        ("ids", ["12;15;3", "4", "15;4", "7;8"], []),
        ("nothing", ["", "", ""], []),
        ("gaps", ["NA", "-", "n/a"], []),
    ],
)
def test_meanings(name: str, values: Any, expected: list[str]) -> None:
    assert names_of(name, values) == expected


@pytest.mark.parametrize(
    "values",
    [
        ["https://", "http:// a", "https//x.org", "see https://x.org", "www."],
        ["a@b", "a..b@c.de", "@x.org", "a@x.o rg", "mail a@b.de"],
        ["550e8400e29b41d4a716446655440000x", "550e8400-e29b-41d4-a716-44665544000"],
    ],
)
def test_what_only_resembles_an_address_is_none(values: list[str]) -> None:
    assert not {"url", "email", "uuid"} & set(names_of("value", values))


def test_coordinates_need_range_digits_and_a_name() -> None:
    lat, lon = ["38.0123", "37.9876", "40.6401"], ["23.7275", "23.6543", "22.9444"]
    assert types_of({"lat": lat, "lng": lon}) == [
        (SemanticType(type="latitude", share=1.0),),
        (SemanticType(type="longitude", share=1.0),),
    ]
    # The neighbour of a latitude, and words that mean width and length as often.
    assert [found[0].type for found in types_of({"latitude": lat, "value": lon})] == ["latitude", "longitude"]
    assert [found[0].type for found in types_of({"Breite": lat, "Länge": lon})] == ["latitude", "longitude"]
    for columns in (
        {"Breite": lat},
        {"x": lat, "y": lon},
        {"lat": ["1.5", "2.5", "3.5"]},
        {"lat": ["38.0123", "137.9876", "40.6401"]},
        {"lat": ["38", "37", "40"]},
    ):
        assert {item.type for found in types_of(columns) for item in found} == {"measure"}


def test_gaps_make_floats_of_codes_but_fares_stay_measures() -> None:
    codes = pa.array([1.0, 2.0, 3.0, None] * 9)
    assert names_of("passengers", codes) == ["category"]
    assert names_of("customer_id", codes) == ["identifier", "category"]
    assert names_of("surcharge", pa.array([0.0, 2.0, 5.0] * 9)) == ["measure"]
    assert names_of("surcharge", pa.array([0.0, 2.5, 5.0, None] * 9)) == ["measure"]


def test_shares_are_of_the_values_that_say_something() -> None:
    links = ["https://example.org/a"] * 3 + ["none so far"] + ["NA"] * 4
    (found,) = types_of({"link": links})
    assert found[0] == SemanticType(type="url", share=0.75)


def test_of_texts_that_are_too_many_a_sample_is_looked_at() -> None:
    links = [f"https://example.org/{number}" if number % 10 else f"page {number}" for number in range(3000)]
    (found,) = types_of({"link": links}, exact_values=1000)
    assert found[0].type == "url"
    assert found[0].share == pytest.approx(0.9, abs=1 / 32)
    assert found == types_of({"link": links}, cuts=(17, 1400), exact_values=1000)[0]


def test_binary_and_nested_values_stand_for_nothing() -> None:
    assert names_of("id", pa.array([b"AB1", b"AB2", b"AB3"])) == []
    assert names_of("id", pa.array([["AB1"], ["AB2"], ["AB3"]])) == []


CELLS = st.one_of(
    st.integers(0, 40).map(str),
    st.sampled_from(["", "NA", "x@y.de", "https://a.bc", "007", "12.5", "A-1", "red", "yes", "no", "2024-01-05"]),
    st.text(max_size=8),
)


@settings(max_examples=40)
@given(
    st.sampled_from(["id", "value", "lat", "is_it", "year"]),
    st.lists(CELLS, min_size=1, max_size=40),
    st.lists(st.integers(0, 40), max_size=3),
)
def test_shares_and_order_whatever_the_values(name: str, cells: list[str], cuts: list[int]) -> None:
    values = pa.array([cell.encode("utf-8", "replace").decode() for cell in cells], pa.string())
    (found,) = types_of({name: values})
    assert [item.type for item in found] == sorted((item.type for item in found), key=ORDER.index)
    assert all(0 < item.share <= 1 for item in found)
    assert types_of({name: values}, cuts=tuple(cuts))[0] == found


def test_a_type_that_joins_takes_its_place() -> None:
    found = with_type((SemanticType(type="text", share=0.5),), "file_reference", 0.9)
    assert [(item.type, item.share) for item in found] == [("file_reference", 0.9), ("text", 0.5)]
    assert with_type(found, "text", 0.2) == found


@pytest.mark.parametrize(
    ("name", "words", "identifies", "subject"),
    [
        ("PULocationID", ("pu", "location", "id"), True, {"pu", "location"}),
        ("codigo_postal", ("codigo", "postal"), True, {"postal"}),
        ("Video-IDs", ("video", "ids"), True, {"video"}),
        ("κωδικός", ("κωδικοσ",), True, set()),
        ("paid", ("paid",), False, {"paid"}),
        ("Länge 2", ("lange", "2"), False, {"lange"}),
        ("", (), False, set()),
    ],
)
def test_names(name: str, words: tuple[str, ...], identifies: bool, subject: set[str]) -> None:
    assert (name_words(name), names_identifier(name), subject_words(name)) == (words, identifies, subject)


def test_real_columns(shared_data: Path, text_columns: Callable[[Path], dict[str, pa.Array]]) -> None:
    taxi = text_columns(shared_data / "nyc_taxi" / "yellow_tripdata_sample_2019-01.csv")
    found = dict(zip(taxi, (item[0].type for item in types_of(taxi)), strict=True))
    fares = ("trip_distance", "fare_amount", "extra", "mta_tax", "tip_amount", "tolls_amount", "total_amount")
    assert {found[name] for name in fares} == {"measure"}
    assert (found["passenger_count"], found["payment_type"]) == ("category", "category")
    assert {found["vendor_id"], found["pickup_location_id"]} == {"identifier"}
    assert (found["pickup_datetime"], found["store_and_fwd_flag"]) == ("datetime", "boolean")
    subway = text_columns(shared_data / "subway_validations" / "subway_validations.csv")
    meant = {name: [item.type for item in types] for name, types in zip(subway, types_of(subway), strict=True)}
    assert meant["dv_agency"][0] == "identifier"
    assert meant["dv_platenum_station"] == ["category", "text"]
    assert (meant["dv_validations"], meant["dv_route"]) == (["measure"], [])
    airports = text_columns(shared_data / "mixed_media" / "airports.csv")
    kinds = {name: types[0].type for name, types in zip(airports, types_of(airports), strict=True)}
    assert kinds == {
        "iata": "identifier",
        "name": "text",
        "city": "text",
        "state": "category",
        "country": "category",
        "latitude": "latitude",
        "longitude": "longitude",
    }
