"""Keys, references and names of files, found in the tables of a dataset."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airflow_provider_profiler.contract.database import ForeignKey
from airflow_provider_profiler.contract.options import StatisticsOptions
from airflow_provider_profiler.contract.profile import DatasetProfile, Field, RecordSet
from airflow_provider_profiler.profiling.merging.merge import merge
from airflow_provider_profiler.profiling.relationships.relating import BUDGET, Relating
from airflow_provider_profiler.render.cdd import CDD
from airflow_provider_profiler.render.moma import HEAVY
from airflow_provider_profiler.render.summary import summary_text

CITIES = ["Athens", "Berlin", "Cairo", "Dakar", "Essen", "Fez", "Graz", "Hull"]
NUMBERS = [17, 204, 398, 511, 777, 1290, 4044, 9001]


def write(folder: Path, **tables: dict[str, list[Any]]) -> None:
    for name, columns in tables.items():
        rows = [",".join(columns), *(",".join(map(str, row)) for row in zip(*columns.values(), strict=True))]
        (folder / f"{name}.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")


def column(profile: DatasetProfile, table: str, name: str) -> Field:
    record_set = next(item for item in profile.record_sets if item.name == table)
    return next(field for field in record_set.fields if field.name == name)


def references(profile: DatasetProfile) -> dict[str, str]:
    """What refers to what, as ``table.column`` -> ``table.column``."""
    return {
        f"{table.name}.{field.name}": f"{item.record_set}.{item.field}"
        for table in profile.record_sets
        for field in table.fields
        for item in field.references
    }


def test_the_tables_of_a_real_dataset_refer_to_each_other(shared_data: Path, bench: Any) -> None:
    # The files that are named need not be opened.
    profile = type(bench)(shared_data / "mathe_integration_techniques").heavy(discovery={"max_file_size": 30_000})
    assert references(profile) == {
        "IntegrationTechniques.keywords": "Keywords.ID",
        "IntegrationTechniques.video_material": "Videos.id",
        "Videos.keywords": "Keywords.ID",
    }
    assert {table.name: table.key for table in profile.record_sets} == {
        "IntegrationTechniques": ("id",),
        "Keywords": ("ID",),
        "Videos": ("id",),
    }
    (keywords,) = column(profile, "IntegrationTechniques", "keywords").references
    assert (keywords.separator, keywords.declared, keywords.share) == (",", False, 1.0)
    assert column(profile, "IntegrationTechniques", "pdf_material").semantic_type == "file_reference"
    (table,) = (item for item in profile.record_sets if item.name == "IntegrationTechniques")
    assert {error.column: [example.value for example in error.examples] for error in table.quality} == {
        "pdf_material": ["13"],
        "video_material": ["545"],
    }
    text = summary_text(profile)
    assert "keywords -> Keywords.ID (found, 100.0% of the keys)" in text
    assert "\n  key     id\n" in text


def test_other_real_tables_do_not(shared_data: Path, bench: Any) -> None:
    for name in ("nyc_taxi", "mixed_media"):
        profile = type(bench)(shared_data / name).heavy(discovery={"include": ["*.csv", "*.tsv"]})
        assert references(profile) == {}


def test_a_reference_is_found_and_what_dangles_is_told(bench: Any) -> None:
    places = [NUMBERS[place % 8] for place in range(40)]
    places[7:10] = [5, 5, 6]
    write(bench.dataset, cities={"id": NUMBERS, "name": CITIES}, trips={"to": places, "fare": [1.5] * 40})
    profile = bench.heavy()
    (found,) = column(profile, "trips", "to").references
    assert (found.record_set, found.field, found.declared, found.separator) == ("cities", "id", False, "")
    assert found.share == pytest.approx(37 / 40)
    assert found.field_id == column(profile, "cities", "id").id
    assert "measure" not in {item.type for item in column(profile, "trips", "to").semantic_types}
    assert column(profile, "trips", "to").semantic_type == "identifier"
    (dangling,) = (
        error for table in profile.record_sets for error in table.quality if "cities.id" in error.description
    )
    assert dangling.description == "3 of 40 values are not in cities.id"
    assert [example.value for example in dangling.examples] == ["5", "6"]
    assert (dangling.error_type, dangling.affected_rows, dangling.column) == ("consistency_error", 3, "to")


@pytest.mark.parametrize(
    ("key", "others"),
    [
        (NUMBERS, [1, 2, 3, 4] * 10),  # not there
        (NUMBERS, [17, 204] * 20),  # two different values
        (NUMBERS, [17, 204, 398, 5, 6] * 8),  # three of five
        ([*NUMBERS[:7], 17], NUMBERS * 5),  # not unique
        (list(range(1, 9)), [1, 2, 3, 4] * 10),  # what counts from 1 to n is met by chance
        ([f"{number}.5" for number in NUMBERS], [f"{number}.5" for number in NUMBERS] * 5),  # no keys
    ],
)
def test_what_is_no_reference(bench: Any, key: list[Any], others: list[Any]) -> None:
    write(bench.dataset, cities={"id": key, "name": CITIES}, trips={"fare": others, "x": ["a"] * len(others)})
    assert references(bench.heavy()) == {}


def test_keys_that_count_are_referred_to_by_name(bench: Any) -> None:
    numbers = list(range(1, 9))
    write(
        bench.dataset,
        cities={"id": numbers, "name": CITIES},
        lines={"id": numbers, "colour": ["red", "blue"] * 4},
        trips={"city_id": numbers * 5, "city_size": numbers * 5, "age": numbers * 5},
    )
    assert references(bench.heavy()) == {"trips.city_id": "cities.id"}


def test_parts_of_one_table_do_not_refer_to_each_other_and_nothing_goes_in_circles(bench: Any) -> None:
    write(
        bench.dataset,
        cities_2023={"city": CITIES, "id": NUMBERS},
        cities_2024={"city": CITIES, "id": NUMBERS},
        mayors={"city": CITIES, "salary": [1.5] * 8},
        rivers={"city": CITIES, "length": [2.5] * 8},
    )
    found = references(bench.heavy())
    tables = {(source.split(".")[0], target.split(".")[0]) for source, target in found.items()}
    assert tables
    assert not {("cities_2023", "cities_2024"), ("cities_2024", "cities_2023")} & tables
    assert not {(target, source) for source, target in tables} & tables


@pytest.mark.parametrize(("separator", "blank"), [(";", ""), ("|", " "), (",", ""), (",", " ")])
def test_lists_of_keys(bench: Any, separator: str, blank: str) -> None:
    lists = [f"{separator}{blank}".join(map(str, NUMBERS[place : place + 1 + place % 3])) for place in range(6)] * 4
    write(bench.dataset, cities={"id": NUMBERS, "name": CITIES})
    cells = "\n".join(f'"{text}",1.5' for text in lists)
    (bench.dataset / "trips.csv").write_text(f"stops,fare\n{cells}\n", encoding="utf-8")
    (found,) = column(bench.heavy(), "trips", "stops").references
    assert (found.field, found.separator, found.share) == ("id", separator, 1.0)


def test_texts_refer_to_texts_and_whole_floats_to_integers(bench: Any) -> None:
    floats = [f"{number}.0" for number in NUMBERS[:6]] + ["", ""]
    write(
        bench.dataset,
        cities={"id": NUMBERS, "name": CITIES},
        people={"lives": CITIES * 2, "born": floats * 2},
    )
    assert references(bench.heavy()) == {"people.lives": "cities.name", "people.born": "cities.id"}


def test_files_are_named_with_extension_folder_or_neither(bench: Any) -> None:
    (bench.dataset / "scans").mkdir()
    for number in range(1, 6):
        (bench.dataset / "scans" / f"{number}.bin").write_bytes(bytes([number]))
    write(
        bench.dataset,
        cards={
            "picture": [f"{number}.bin" for number in (1, 2, 3, 4, 5, 9)],
            "old": [f"C:\\data\\scans\\{number}.BIN" for number in (1, 2, 3, 4, 5, 5)],
            "scan": [1, 2, 3, 4, 5, 5],
            "grade": [1, 2, 3, 4, 5, 5],
        },
    )
    profile = bench.heavy()
    found = {field.name: {item.type: item.share for item in field.semantic_types} for field in _fields(profile)}
    assert found["picture"]["file_reference"] == pytest.approx(5 / 6)
    assert found["old"]["file_reference"] == 1.0
    assert found["scan"]["file_reference"] == 1.0
    assert "file_reference" not in found["grade"]
    (error,) = (error for error in profile.record_sets[0].quality if error.column == "picture")
    assert (error.description, error.affected_rows) == ("1 of 6 values name no file of the dataset", 1)


def _fields(profile: DatasetProfile) -> tuple[Field, ...]:
    return profile.record_sets[0].fields


@pytest.mark.parametrize(
    ("columns", "key"),
    [
        ({"city_code": ["A1", "B2", "C3"], "id": [7, 8, 9]}, ("id",)),
        ({"city_code": ["A1", "B2", "C3"], "person_id": [7, 8, 9]}, ("person_id",)),
        ({"code": ["A1", "B2", "C3"], "other_id": [7, 8, 9]}, ("code",)),
        ({"id": [7, 8, 8]}, ()),
        ({"size": [7, 8, 9]}, ()),
        ({"name": CITIES[:3]}, ()),
    ],
)
def test_keys(bench: Any, columns: dict[str, list[Any]], key: tuple[str, ...]) -> None:
    columns["fare"] = ["1.5", "2.5", "3.5"]
    write(bench.dataset, persons=columns)
    assert bench.heavy().record_sets[0].key == key


def test_a_sample_has_no_key_and_is_not_referred_to(bench: Any) -> None:
    write(bench.dataset, cities={"id": NUMBERS, "name": CITIES}, trips={"city_id": NUMBERS * 5})
    profile = bench.heavy(sampling={"method": "head", "rows": 6})
    assert references(profile) == {}
    assert all(not table.key for table in profile.record_sets)


def test_partitions_and_merging_change_nothing(bench: Any, tmp_path: Path, saved: Any) -> None:
    write(
        bench.dataset,
        cities={"id": NUMBERS, "name": CITIES},
        trips={"city": [NUMBERS[place * 5 % 8] for place in range(400)], "fare": [1.5] * 400},
    )
    whole, cut = bench.heavy(), bench.heavy(partition_bytes=500)
    assert [table.fields for table in whole.record_sets] == [table.fields for table in cut.record_sets]
    assert [table.quality for table in whole.record_sets] == [table.quality for table in cut.record_sets]
    cities = {"id": pa.array(NUMBERS), "name": pa.array(CITIES)}
    _, one = saved.profile({"cities.csv": cities}, dataset="one")
    _, other = saved.profile({"trips.csv": {"city": pa.array(NUMBERS * 5)}}, dataset="other")
    assert references(merge(one, other).model) == {"trips.city": "cities.id"}


def test_declared_keys_get_their_share_and_no_rivals(saved: Any) -> None:
    options = StatisticsOptions()
    key = ForeignKey(name="lives", columns=("lives",), target_schema="", target_table="cities", target_columns=("id",))
    profile, _ = saved.profile(
        {
            "db/cities.csv": {"id": pa.array(NUMBERS), "name": pa.array(CITIES)},
            "db/people.csv": {"lives": pa.array([*NUMBERS[:4], *[3] * 4])},
        }
    )
    relating = Relating(profile.distributions, tables=2)
    taken: list[RecordSet] = []
    for record_set, cells in zip(
        profile.record_sets,
        (
            {"id": pa.array(NUMBERS), "name": pa.array(CITIES)},
            {"lives": pa.array([*NUMBERS[:4], *[3] * 4])},
        ),
        strict=True,
    ):
        table, state = saved.table(record_set.path, cells, options)
        declared = replace(table, foreign_keys=(key,) if "people" in record_set.path else ())
        taken.append(relating.take(record_set.model_copy(update={"path": "db"}), declared, state))
    (_, people), warnings = relating.finish(taken)
    (found,) = people.fields[0].references
    assert (found.declared, found.field, found.share) == (True, "id", 0.5)
    assert people.quality[-1].description == "4 of 8 values are not in cities.id"
    assert warnings == ()


def test_beyond_the_budget_columns_are_left_out_and_named(saved: Any) -> None:
    cells = {"cities.csv": {"id": pa.array(NUMBERS)}, "trips.csv": {"city": pa.array(NUMBERS * 5)}}
    profile, _ = saved.profile(cells)
    for budget, left_out in ((BUDGET, 0), (300, 1)):
        relating = Relating(profile.distributions, tables=2, budget=budget)
        taken = [
            relating.take(item, *saved.table(item.path, cells[item.path], StatisticsOptions()))
            for item in profile.record_sets
        ]
        _, warnings = relating.finish(taken)
        assert [warning.code for warning in warnings] == ["references_limited"] * left_out
    assert "trips.city" in warnings[0].message


def test_documents_tell_of_them(bench: Any) -> None:
    write(bench.dataset, cities={"id": NUMBERS, "name": CITIES}, trips={"city": NUMBERS * 5, "stops": ["a;b"] * 40})
    profile = bench.heavy()
    moma = json.loads(HEAVY.render(profile))
    tables = {item["name"]: item for item in moma["recordSet"]}
    fields = {name: {field["name"]: field for field in item["field"]} for name, item in tables.items()}
    target = fields["cities"]["id"]["@id"]
    assert tables["cities"]["key"] == [{"@id": target}]
    assert "key" not in tables["trips"]
    city = fields["trips"]["city"]
    assert city["dg:semanticType"] == "identifier"
    assert city["dg:semanticTypes"][0] == {"dg:type": "identifier", "dg:share": 1.0}
    assert city["references"] == {"field": {"@id": target}}
    assert city["dg:references"][0]["dg:recordSet"] == {"@id": tables["cities"]["@id"]}
    assert "references" not in fields["cities"]["name"]
    (trips,) = (item for item in json.loads(CDD.render(profile))["files"] if item["name"] == "trips.csv")
    assert (trips["columns"][0]["semantic_type"], trips["columns"][0]["semantic_types"][0]) == ("identifier",) * 2


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 60), min_size=1, max_size=30), st.lists(st.integers(0, 60), min_size=1, max_size=30))
def test_a_reference_holds_what_it_says(saved: Any, keys: list[int], values: list[int]) -> None:
    cells = {"cities.csv": {"id": pa.array(keys)}, "trips.csv": {"city_id": pa.array(values)}}
    profile, _ = saved.profile(cells)
    relating = Relating(profile.distributions, tables=2)
    taken = [
        relating.take(item, *saved.table(item.path, cells[item.path], StatisticsOptions()))
        for item in profile.record_sets
    ]
    (_, trips), _ = relating.finish(taken)
    held = [value in keys for value in values]
    distinct = {value in keys for value in set(values)}
    for reference in trips.fields[0].references:
        assert len(set(keys)) == len(keys)
        assert reference.share == pytest.approx(sum(held) / len(held))
        assert reference.share >= 0.9
        assert True in distinct
    if len(set(keys)) == len(keys) and len(set(values)) > 2 and all(held):
        assert trips.fields[0].references


def test_a_fault_over_references_costs_the_references_alone(bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError

    write(bench.dataset, people={"id": NUMBERS, "name": CITIES}, trips={"person_id": NUMBERS * 2})
    monkeypatch.setattr("airflow_provider_profiler.profiling.relationships.relating.found_inclusions", fails)
    profile = bench.heavy()
    assert [item.row_count for item in profile.record_sets] == [8, 16]
    assert references(profile) == {}
    assert [item.code for item in profile.warnings] == ["references_failed"]
