"""Arrays of objects in JSON documents arrive value for value, whatever their nesting, partitions and encoding."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airflow_provider_profiler.contract.options import ExecutionOptions, ReadingOptions
from airflow_provider_profiler.profiling.formats import GZIP
from airflow_provider_profiler.profiling.readers import json_document, json_items, json_tables
from airflow_provider_profiler.profiling.readers.compressed import CompressedReader
from airflow_provider_profiler.profiling.readers.json_document import JsonReader
from airflow_provider_profiler.profiling.readers.json_items import ItemScanner
from airflow_provider_profiler.profiling.readers.json_paths import json_path
from airflow_provider_profiler.profiling.readers.reader import (
    Batch,
    ChangedWhileRead,
    Reader,
    Table,
    TooMuchData,
    UnreadableFile,
    UnsupportedContent,
)
from airflow_provider_profiler.profiling.source import FileSource

Written = Callable[..., FileSource]
Row = dict[str, str | None]


def plan(
    source: FileSource, partition_bytes: int = 1 << 24, reader: Reader | None = None, **reading: object
) -> tuple[Table, ...]:
    # Partitions below what users may ask for, so that small files have many.
    execution = ExecutionOptions.model_construct(partition_bytes=partition_bytes)
    return (reader or JsonReader()).tables(source, ReadingOptions(**reading), execution)


def batches(source: FileSource, table: Table, reader: Reader | None = None) -> list[Batch]:
    return [batch for part in table.partitions for batch in (reader or JsonReader()).read(source, table, part)]


def rows_of(source: FileSource, table: Table, reader: Reader | None = None) -> list[Row]:
    names = [column.name for column in table.columns]
    return [
        dict(zip(names, row.values(), strict=True))
        for batch in batches(source, table, reader)
        for row in batch.rows.to_pylist()
    ]


def rejected(source: FileSource, table: Table) -> list[tuple[int, str]]:
    """Number and beginning of all rejected items, as items of the array."""
    found, items = [], 0
    for batch in batches(source, table):
        found += [(items + (item or 0), text) for item, text in batch.rejected.examples]
        items += batch.lines
    return found


def documents(written: Written, text: str | bytes, name: str = "d.json") -> FileSource:
    return written(text if isinstance(text, bytes) else text.encode(), name)


KEY = st.text(alphabet=st.sampled_from('abé🚇"\\\n'), max_size=2)
SCALAR = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.sampled_from('a1é🚇",[{\\\n '))
VALUE = st.recursive(SCALAR, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEY, inner, max_size=3))
OBJECTS = st.lists(st.dictionaries(KEY, VALUE, max_size=4), min_size=1, max_size=8)


def expected(value: Any) -> str | None:
    """The text of a cell."""
    if value is None or isinstance(value, str):
        return value
    text = json.dumps(value)
    return (
        json.dumps(nested(value), ensure_ascii=False, separators=(",", ":"), sort_keys=True) if text[0] == "[" else text
    )


def nested(value: Any) -> Any:
    """What canonical JSON holds for a nested value: numbers that JSON does not know are words."""
    match value:
        case dict():
            return {key: nested(item) for key, item in value.items()}
        case list():
            return [nested(item) for item in value]
        case float() if json.dumps(value) in ("NaN", "Infinity", "-Infinity"):
            return json.dumps(value)
        case _:
            return value


def leaves(value: dict[str, Any], before: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    """What each path of keys leads to, where that is no object."""
    found: dict[tuple[str, ...], Any] = {}
    for key, item in value.items():
        path = (*before, key)
        found |= leaves(item, path) if isinstance(item, dict) else {path: item}
    return found


@given(
    OBJECTS, st.integers(1, 60), st.sampled_from([None, 1, "\t"]), st.booleans(), st.sampled_from(["utf-8", "utf-16"])
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
def test_written_objects_read_back_value_for_value(
    written: Written, objects: list[Any], partition_bytes: int, indent: Any, ascii_only: bool, encoding: str
) -> None:
    text = json.dumps({"n": 1, "data": {"rows": objects}}, indent=indent, ensure_ascii=ascii_only)
    source = documents(written, text.encode(encoding))
    (table,) = plan(source, partition_bytes)
    assert (table.name, table.reading.json_path) == ("data.rows", "$.data.rows[*]")
    rows = [leaves(item) for item in objects]
    paths = {path for row in rows for path in row if row[path] is not None}
    known = {column.keys: column.name for column in table.columns}
    assert paths <= set(known)
    assert rows_of(source, table) == [{name: expected(row.get(path)) for path, name in known.items()} for row in rows]
    assert rejected(source, table) == []


@given(OBJECTS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
def test_arrow_and_python_find_the_same_columns(written: Written, objects: list[Any]) -> None:
    source = documents(written, json.dumps(objects))
    (quick,) = plan(source)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(ItemScanner, "_look_with_arrow", lambda *_: False)
        (slow,) = plan(source)
    assert quick == slow


def test_nested_objects_are_columns_and_lists_are_values(written: Written) -> None:
    items = [
        {"id": 1, "at": {"x": 1.50, "y": {"z": None}}, "tags": ["a", {"b": 1}], "a.b": 1},
        {"id": 2, "at": None, "more": {}, "a": {"b": 2}},
        {"id": 3, "at": "unknown", "more": None},
    ]
    source = documents(written, json.dumps(items), "stops.json")
    (table,) = plan(source)
    assert (table.name, table.reading.json_path, table.notes) == ("stops", "$[*]", ())
    assert [(column.name, json_path(column.keys)) for column in table.columns] == [
        ("id", "$.id"),
        ("at", "$.at"),
        ("at.x", "$.at.x"),
        ("at.y.z", "$.at.y.z"),
        ("tags", "$.tags"),
        ("a.b", "$['a.b']"),
        ("more", "$.more"),
        ("a.b_2", "$.a.b"),
    ]
    first, second, third = rows_of(source, table)
    assert first == {
        **{"id": "1", "at": None, "at.x": "1.5", "at.y.z": None, "tags": '["a",{"b":1}]', "a.b": "1", "more": None},
        "a.b_2": None,
    }
    assert (second["a.b_2"], second["more"], third["at"], third["at.x"]) == ("2", None, "unknown", None)


def test_a_column_that_holds_another_type_late_keeps_every_row(written: Written) -> None:
    items = [{"n": n} for n in range(40_000)] + [{"n": "late"}, {"n": {"deep": 1}}, {"n": 10**40}]
    source = documents(written, json.dumps(items))
    (table,) = plan(source, 1 << 16)
    assert len(table.partitions) > 5
    assert [column.name for column in table.columns] == ["n", "n.deep"]
    rows = rows_of(source, table)
    assert [row["n"] for row in rows] == [*map(str, range(40_000)), "late", None, str(10**40)]
    assert rows[-2]["n.deep"] == "1"


def test_several_tables_of_one_document(written: Written) -> None:
    document = {
        "meta": {"count": 2, "tags": ["x"]},
        "users": [{"id": 1}, {"id": 2}],
        "result": {"the items": [{"k": "v"}], "none": []},
        "points": [[1, 2], [3, 4]],
        "mixed": [1, {"a": 1}, "x"],
    }
    source = documents(written, json.dumps(document), "dump.json")
    users, items = plan(source)
    assert (users.name, users.reading.json_path) == ("users", "$.users[*]")
    assert (items.name, items.reading.json_path) == ("result.the items", "$.result['the items'][*]")
    assert rows_of(source, users) == [{"id": "1"}, {"id": "2"}]
    assert rows_of(source, items) == [{"k": "v"}]
    (note,) = users.notes
    assert note.endswith("meta.count, meta.tags, result.none, points, mixed")
    assert items.notes == ()


def test_geojson(written: Written, shared_data: Path, source_of: Callable[[Path], FileSource]) -> None:
    path = shared_data / "mixed_media/earthquakes.json"
    content = json.loads(path.read_bytes())
    for size in (1 << 24, 1 << 16):
        (table,) = plan(source_of(path), size)
        assert (table.name, table.reading.json_path) == ("features", "$.features[*]")
        names = [column.name for column in table.columns]
        assert {"properties.mag", "geometry.type", "geometry.coordinates", "id"} < set(names)
        rows = rows_of(source_of(path), table)
        assert [row["id"] for row in rows] == [item["id"] for item in content["features"]]
        assert [float(row["properties.mag"] or "nan") for row in rows[:50]] == [
            item["properties"]["mag"] for item in content["features"][:50]
        ]


def test_real_arrays(shared_data: Path, source_of: Callable[[Path], FileSource]) -> None:
    for name in ("cars", "flare", "movies", "us-state-capitals"):
        path = shared_data / f"mixed_media/{name}.json"
        content = json.loads(path.read_bytes(), parse_float=str, parse_int=str)
        (table,) = plan(source_of(path), 1 << 16)
        assert rows_of(source_of(path), table) == [
            {column.name: item.get(column.original_name) for column in table.columns} for item in content
        ]


def test_values_keep_what_is_written(written: Written) -> None:
    source = documents(
        written,
        '[{"v": NaN}, {"v": -Infinity}, {"v": 1.50}, {"v": 123456789012345678901234567890}, '
        '{"v": "\\ud83d\\ude87 \\ud800"}]',
    )
    (table,) = plan(source)
    assert [row["v"] for row in rows_of(source, table)] == [
        *("NaN", "-Infinity", "1.50", "123456789012345678901234567890", "🚇 ?")
    ]


@pytest.mark.parametrize(("encoding", "mark"), [("utf-8", "\ufeff"), ("utf-16-le", "\ufeff"), ("utf-16-be", "\ufeff")])
def test_encodings(written: Written, encoding: str, mark: str) -> None:
    text = mark + json.dumps([{"Σταθμός": f"Σύνταγμα 🚇 {n}"} for n in range(50)], ensure_ascii=False)
    source = documents(written, text.encode(encoding))
    (table,) = plan(source, 100)
    assert (table.reading.encoding, table.reading.byte_order_mark) == (encoding, True)
    assert len(table.partitions) > 10
    assert rows_of(source, table) == [{"Σταθμός": f"Σύνταγμα 🚇 {n}"} for n in range(50)]


def test_an_encoding_that_is_told_or_wrong(written: Written) -> None:
    source = documents(written, '[{"é": 1}]'.encode("latin-1"))
    with pytest.raises(UnreadableFile, match=r"not utf-8.* reading\.encoding"):
        plan(source)
    (table,) = plan(source, encoding="latin-1")
    assert rows_of(source, table) == [{"é": "1"}]
    with pytest.raises(UnsupportedContent, match="JSON in iso2022_jp is not read"):
        plan(source, encoding="iso2022_jp")


def test_items_that_are_no_objects_are_rejected_and_counted_with_their_numbers(written: Written) -> None:
    items = [
        '{"a": 1}',
        "null",
        '{"a": 01}',
        '{"a": 2, "a": 3}',
        '{"b": {"c": 1, "c": 2}}',
        '{"a": 4}',
        "[1]",
        '{"a": 5}',
    ]
    items += ['{"a": 6}'] * 3
    source = documents(written, "[" + ", ".join(items) + ",]")
    for partition_bytes in (1, 30, 1 << 20):
        (table,) = plan(source, partition_bytes)
        assert [column.name for column in table.columns] == ["a"]
        assert [row["a"] for row in rows_of(source, table)] == ["1", "4", "5", "6", "6", "6"]
        assert sum(batch.rejected.count for batch in batches(source, table)) == 6
    (table,) = plan(source, 1)
    assert rejected(source, table) == [
        *((2, "null"), (3, '{"a": 01}'), (4, '{"a": 2, "a": 3}'), (5, '{"b": {"c": 1, "c": 2}}'), (7, "[1]"), (12, ""))
    ]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ('{"host": "a", "ports": [1, 2]}', "it holds host, ports"),
        ('{"a": {"b": [[1]], "c": {}}}', "no array in it holds objects"),
        ("[1, 2, 3]", "no array"),
        ('["{", "}"]', "no array"),
        ('[1, 2, {"a": 1}]', "no array"),
        ("3.5", "no array"),
        ('"text [{"', "no array"),
        ("[" + "7, " * 5000 + "7]", "no array"),
        ("{}", "no array"),
        ('{"d": []}', "it holds d$"),
    ],
)
def test_a_document_without_a_table_is_not_read(written: Written, content: str, why: str) -> None:
    with pytest.raises(UnsupportedContent, match=why) as failure:
        plan(documents(written, content))
    assert str(failure.value).startswith("d.json: is JSON without a table: ")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "is empty"),
        ("  \n", "is empty"),
        ('[{"a": 1}, {"a": 2', "ends within an array or object"),
        ('[{"a": "x', "ends within a string"),
        ('{"a": [{"b": 1}]', "ends within an array"),
        ('[{"a": 1}]]', "closed that was never opened"),
        ('{"a": [{"b": 1}], b: 2}', "Expecting property name.*near"),
        ('{"a": [{"b": 1}], "a": 2}', "a key stands twice"),
        ("{'a': 1}", "Expecting property name"),
        ("[{'a': 1}, {'a': 2}]", "item 1 of an array is none"),
        ('[{"a": 1}] [{"a": 2}]', "more text stands behind its end"),
        ('[{"a": 1}] x', "Extra data, near 'x'"),
        ("x", "Expecting value"),
        ('[{"a": 1}}', "Expecting ',' delimiter"),
        (b"\x1f\x8b" + bytes(50), "is gzip data"),
        (b'[{"a": "\x00"}]', "NUL byte"),
    ],
)
def test_what_is_no_json(written: Written, content: str | bytes, why: str) -> None:
    with pytest.raises(UnreadableFile, match=why) as failure:
        plan(documents(written, content))
    assert str(failure.value).startswith("d.json: ")


def test_an_empty_array_is_an_empty_table(written: Written) -> None:
    (table,) = plan(documents(written, " [ ] "))
    assert (table.name, table.columns, table.partitions) == ("d", (), ())
    source = documents(written, "[{}, {}]")
    (table,) = plan(source)
    assert [batch.rows.num_rows for batch in batches(source, table)] == [2]


def test_json_lines_by_another_name(written: Written) -> None:
    source = documents(written, '{"a": 1, "b": {"c": 2}}\n{"a": 2}\nno\n')
    (table,) = plan(source)
    assert (table.reading.reader, table.reading.json_path) == ("json_lines", None)
    assert [row["a"] for row in rows_of(source, table)] == ["1", "2"]
    with pytest.raises(UnreadableFile, match="no line is a JSON object"):
        plan(documents(written, '{\n"a": 1}\n{\n"a": 2}\n'))


@pytest.mark.parametrize("opening", ['[{"a":', "[", '{"a":', '{"a":['])
def test_nesting_without_end(written: Written, opening: str) -> None:
    with pytest.raises(TooMuchData, match="more than 200 levels deep"):
        plan(documents(written, opening * 100_000))


def test_limits(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    many = documents(written, json.dumps([{f"k{n}": 1} for n in range(json_items.MOST_KEYS + 1)]))
    with pytest.raises(UnreadableFile, match="the keys are data"):
        plan(many)
    monkeypatch.setattr(json_tables, "MOST_TABLES", 3)
    with pytest.raises(TooMuchData, match="more than 3 arrays of objects"):
        plan(documents(written, json.dumps({f"t{n}": [{"a": 1}] for n in range(4)})))
    monkeypatch.setattr(json_tables, "MOST_SURROUNDINGS", 1 << 20)
    with pytest.raises(TooMuchData, match="more than 1 MiB outside of arrays"):
        plan(documents(written, json.dumps({"a": "x" * (1 << 20), "t": [{"a": 1}]})))
    monkeypatch.setattr(json_items, "_LONGEST_ITEM", 1 << 20)
    with pytest.raises(TooMuchData, match="item 2 of an array is longer than 1 MiB"):
        plan(documents(written, json.dumps([{"a": 1}, {"a": "x" * (2 << 20)}])))


def test_batches_within_a_partition(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_document, "_BATCH_BYTES", 20)
    monkeypatch.setattr(json_document, "_BLOCK", 7)
    source = documents(written, json.dumps([*({"n": n, "m": n} for n in range(40)), None, {"n": 41}]))
    (table,) = plan(source)
    (part,) = table.partitions
    found = batches(source, table)
    assert len(found) > 10
    assert [row["n"] for row in rows_of(source, table)] == [*map(str, range(40)), "41"]
    assert rejected(source, table) == [(41, "null")]
    assert sum(batch.bytes_read for batch in found) == part.stop - part.start
    monkeypatch.setattr(json_document, "_BATCH_CELLS", 2)
    assert {batch.lines for batch in batches(source, table)} == {1}


def test_compressed_documents_are_read_as_they_are(written: Written) -> None:
    text = json.dumps({"a": [{"n": n} for n in range(500)], "b": [{"m": str(n)} for n in range(300)]})
    content = text.encode()
    for name, packed in (
        ("d.json.gz", gzip.compress(content)),
        ("d.json.zst", pa.compress(content, "zstd", asbytes=True)),
    ):
        source = written(packed, name)
        reader = CompressedReader()
        first, second = plan(source, 1000, reader)
        assert (first.name, second.name, first.reading.content_media_type) == ("a", "b", "application/json")
        assert [row["n"] for row in rows_of(source, first, reader)] == [str(n) for n in range(500)]
        assert [row["m"] for row in rows_of(source, second, reader)] == [str(n) for n in range(300)]
    assert CompressedReader.media_types > {GZIP}


def test_a_file_that_was_cut_short_after_the_plan(written: Written) -> None:
    source = documents(written, '[{"a": 1}, {"a": 2}]')
    (table,) = plan(source)
    documents(written, '[{"a": 1}]')
    with pytest.raises(ChangedWhileRead):
        rows_of(source, table)


def test_the_plan_depends_on_content_and_partition_bytes_alone(written: Written) -> None:
    source = documents(written, json.dumps([{"a": n, f"k{n % 7}": 1} for n in range(3000)]))
    (table,) = plan(source, 1000)
    assert (table,) == plan(source, 1000)
    assert len(table.partitions) > 30
    assert [column.name for column in table.columns] == ["a", *(f"k{n}" for n in range(7))]
