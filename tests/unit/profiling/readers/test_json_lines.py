"""JSON Lines arrive value for value, whatever their partitions; lines that are no objects are told by their number."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airflow_provider_profiler.contract.options import ExecutionOptions, ReadingOptions
from airflow_provider_profiler.profiling.readers import json_keys, json_lines
from airflow_provider_profiler.profiling.readers.json_keys import KeyScanner
from airflow_provider_profiler.profiling.readers.json_lines import JsonLinesReader
from airflow_provider_profiler.profiling.readers.json_text import NotAnObject, read_object
from airflow_provider_profiler.profiling.readers.reader import Batch, ChangedWhileRead, Table, UnreadableFile
from airflow_provider_profiler.profiling.source import FileSource

Written = Callable[..., FileSource]
Row = dict[str, str | None]


def plan(source: FileSource, partition_bytes: int = 1 << 24, **reading: object) -> Table:
    # Partitions below what users may ask for, so that small files have many.
    execution = ExecutionOptions.model_construct(partition_bytes=partition_bytes)
    (table,) = JsonLinesReader().tables(source, ReadingOptions(**reading), execution)
    return table


def batches(source: FileSource, table: Table) -> list[Batch]:
    reader = JsonLinesReader()
    return [batch for part in table.partitions for batch in reader.read(source, table, part)]


def rows_of(source: FileSource, table: Table) -> list[Row]:
    keys = [column.original_name for column in table.columns]
    return [
        dict(zip(keys, row.values(), strict=True)) for batch in batches(source, table) for row in batch.rows.to_pylist()
    ]


def read(source: FileSource, partition_bytes: int = 1 << 24, **reading: object) -> list[Row]:
    return rows_of(source, plan(source, partition_bytes, **reading))


def rejected(source: FileSource, table: Table) -> list[tuple[int, str]]:
    """Number and beginning of all rejected lines, as lines of the file."""
    found, lines = [], 0
    for batch in batches(source, table):
        found += [(lines + (line or 0), text) for line, text in batch.rejected.examples]
        lines += batch.lines
    return found


KEY = st.text(alphabet=st.sampled_from('abé√ 🚇"\\\n'), max_size=3)
SCALAR = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.sampled_from('a1é🚇"\\\n\r\u2028 '))
VALUE = st.recursive(SCALAR, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEY, inner, max_size=3))
OBJECTS = st.lists(st.dictionaries(KEY, VALUE, max_size=4), min_size=1, max_size=10)


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


def expected(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, dict | list):
        return json.dumps(nested(value), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return json.dumps(value)


@given(OBJECTS, st.integers(1, 60), st.booleans(), st.booleans(), st.sampled_from(["\n", "\r\n", "\n \n"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_written_objects_read_back_value_for_value(
    written: Written, objects: list[dict[str, Any]], partition_bytes: int, ascii_only: bool, ends: bool, line_end: str
) -> None:
    text = line_end.join(json.dumps(members, ensure_ascii=ascii_only) for members in objects) + line_end * ends
    source = written(text.encode(), "table.jsonl")
    table = plan(source, partition_bytes)
    keys = list(dict.fromkeys(key for members in objects for key in members))
    assert [column.original_name for column in table.columns] == keys
    assert rows_of(source, table) == [{key: expected(members.get(key)) for key in keys} for members in objects]
    assert sum(batch.bytes_read for batch in batches(source, table)) == len(text.encode())
    assert rejected(source, table) == []


@given(st.lists(st.sampled_from(['{"a":1}', '{"b":"x"}', '{"b":2,"c":1}', "{}", "x", '{"d":1,"d":1}']), max_size=9))
def test_blocks_and_lines_find_the_same_keys(lines: list[str]) -> None:
    scanners = KeyScanner("whole"), KeyScanner("torn")
    text = "\n".join(lines).encode()
    scanners[0].feed(text)
    for at in range(0, len(text), 5):
        scanners[1].feed(text[at : at + 5])
    for scanner in scanners:
        scanner.finish()
    whole, torn = scanners
    assert list(whole.keys) == list(torn.keys)
    assert (whole.objects, whole.first_bad_line) == (torn.objects, torn.first_bad_line)


def test_values_keep_what_is_written(written: Written) -> None:
    lines = [
        '{"v": 1}',
        '{"v": "1"}',
        '{"v": true}',
        '{"v": null}',
        '{"v": 1.50}',
        '{"v": 123456789012345678901234567890}',
        '{"v": 1e400}',
        '{"v": NaN}',
        '{"v": -Infinity}',
        '{"v": {"b": [1, 2.50, 1e400, NaN, null, true, -0], "a": "é"}}',
        '{"v": "\\ud83d\\ude87 \\ud800"}',
        '{"v": ""}',
        '{"w": ' + "9" * 5000 + "}",
    ]
    source = written("\n".join(lines).encode(), "table.jsonl")
    values = [row["v"] for row in read(source)]
    assert values == [
        *("1", "1", "true", None, "1.50", "123456789012345678901234567890", "1e400", "NaN", "-Infinity"),
        '{"a":"é","b":[1,2.5,"1e400","NaN",null,true,0]}',
        *("🚇 ?", "", None),
    ]
    assert read(source)[-1]["w"] == "9" * 5000


def test_bad_lines_are_rejected_and_counted_with_their_numbers(written: Written) -> None:
    deep = '{"a": ' + "[" * 300 + "]" * 300 + "}"
    lines = [
        '{"a": 1}',
        "",
        '{"a": 2',
        "[1]",
        '{"a": 1, "a": 2}',
        '{"a": 3} {"a": 4}',
        deep,
        '{"\\ud800": 1}',
        '{"b": 5}',
    ]
    source = written("\n".join(lines).encode(), "table.jsonl")
    for partition_bytes in (1, 12, 1 << 20):
        table = plan(source, partition_bytes)
        assert [column.name for column in table.columns] == ["a", "b"]
        assert rows_of(source, table) == [{"a": "1", "b": None}, {"a": None, "b": "5"}]
        assert sum(batch.rejected.count for batch in batches(source, table)) == 6
    assert [line for line, _ in rejected(source, plan(source, 1))] == [3, 4, 5, 6, 7, 8]
    assert rejected(source, plan(source))[0] == (3, '{"a": 2')


@pytest.mark.parametrize(
    "line",
    [
        *('{"a":1,"a":2}', '{"a" :1,"a":2}', '{"a"\t:1,"a":2}', '{"a": 1, "\\u0061": 2}', '{"a": "x:y", "a": 1}'),
        *('{"a": "\\":", "a": 1}', '{"b": {"a": 1, "a": 2}}', '{"b": [{"a": 1, "a": 2}]}', '{"a"\r:":","a":2}'),
    ],
)
def test_a_key_that_stands_twice(line: str) -> None:
    with pytest.raises(NotAnObject):
        read_object(line)


@pytest.mark.parametrize("line", ['{"a":"b:c"}', '{"a" : "b :c", "d": "[{"}', '{"a": "\\":", "b": 1}', '{":": 1}'])
def test_colons_in_values_are_no_keys(line: str) -> None:
    assert read_object(line) == {key: str(value) for key, value in json.loads(line).items()}


def test_a_line_so_deep_that_it_would_break_the_stack(written: Written) -> None:
    source = written(b'{"a": ' + b'{"b":' * 100_000 + b"1" + b"}" * 100_000 + b'}\n{"a": 1}\n', "table.jsonl")
    table = plan(source)
    assert rows_of(source, table) == [{"a": "1"}]
    assert [line for line, _ in rejected(source, table)] == [1]


def test_batches_within_a_partition(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_lines, "_BATCH_BYTES", 20)
    content = b"".join(b'{"n": %d}\n' % n for n in range(40)) + b'no\n{"n": 41}'
    source = written(content, "table.jsonl")
    table = plan(source)
    assert len(table.partitions) == 1
    assert len(batches(source, table)) > 10
    assert [row["n"] for row in read(source)] == [*map(str, range(40)), "41"]
    assert rejected(source, table) == [(41, "no")]
    assert sum(batch.bytes_read for batch in batches(source, table)) == len(content)
    monkeypatch.setattr(json_lines, "_BATCH_CELLS", 1)
    assert {batch.lines for batch in batches(source, table)} == {1}


@pytest.mark.parametrize(
    ("encoding", "mark", "name"),
    [
        ("utf-8", "\ufeff", "utf-8"),
        ("utf-8", "", "utf-8"),
        ("utf-16-le", "\ufeff", "utf-16-le"),
        ("utf-16-be", "", None),
    ],
)
def test_encodings(written: Written, encoding: str, mark: str, name: str | None) -> None:
    text = mark + '{"Σταθμός": "Σύνταγμα", "n": 1}\n{"n": 2}\n'
    source = written(text.encode(encoding), "table.jsonl")
    told = {} if name else {"encoding": encoding}
    for partition_bytes in (1, 1 << 20):
        table = plan(source, partition_bytes, **told)
        assert (table.reading.encoding, table.reading.byte_order_mark) == (name or encoding, bool(mark))
        assert rows_of(source, table) == [{"Σταθμός": "Σύνταγμα", "n": "1"}, {"Σταθμός": None, "n": "2"}]
    if encoding == "utf-8":
        with pytest.raises(UnreadableFile, match=r"not utf-8.* reading\.encoding"):
            plan(written('{"é": 1}\n'.encode("latin-1"), "latin.jsonl"))
        assert read(written('{"é": 1}\n'.encode("latin-1"), "l.jsonl"), encoding="latin-1") == [{"é": "1"}]


@pytest.mark.parametrize("content", [b"", b"\n\n \n", b"\xef\xbb\xbf"])
def test_nothing_in_the_file(written: Written, content: bytes) -> None:
    table = plan(written(content, "table.jsonl"))
    assert (table.columns, table.partitions) == ((), ())


def test_objects_without_keys_are_rows(written: Written) -> None:
    source = written(b"{}\n{}\n", "table.jsonl")
    assert [batch.rows.num_rows for batch in batches(source, plan(source))] == [2]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b'[{"a": 1},\n {"a": 2}]\n', "begins with an array.*jq -c"),
        (b'{\n "a": 1\n}\n', "no line is a JSON object, the first that is none is line 1"),
        (b"a,b\n1,2\n", "no line is a JSON object"),
        (b'{"a": "\x00"}\n', "NUL byte"),
        (b"\x1f\x8b" + bytes(50), "is gzip data"),
    ],
)
def test_what_is_no_json_lines(written: Written, content: bytes, why: str) -> None:
    with pytest.raises(UnreadableFile, match=why) as failure:
        plan(written(content, "table.jsonl"))
    assert str(failure.value).startswith("table.jsonl: ")


def test_keys_that_are_data(written: Written) -> None:
    many = {f"2026-{n}": n for n in range(json_keys.MOST_KEYS + 1)}
    with pytest.raises(UnreadableFile, match="the keys are data"):
        plan(written(json.dumps(many).encode(), "table.jsonl"))


def test_a_line_without_end(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_keys, "_LONGEST_LINE", 1 << 20)
    content = b'{"a": 1}\n{"a": "' + b"x" * (9 << 20) + b'"}\n'
    with pytest.raises(UnreadableFile, match="line 2 is longer than 1 MiB"):
        plan(written(content, "table.jsonl"))


def test_a_file_that_was_cut_short_after_the_plan(written: Written) -> None:
    source = written(b'{"a": 1}\n{"a": 2}\n', "table.jsonl")
    table = plan(source)
    written(b'{"a": 1}\n', "table.jsonl")
    with pytest.raises(ChangedWhileRead):
        rows_of(source, table)


def test_the_plan_depends_on_content_and_partition_bytes_alone(written: Written) -> None:
    content = b"".join(b'{"a": %d, "k%d": 1}\n' % (n, n % 7) for n in range(3000))
    table = plan(written(content, "table.jsonl"), 1000)
    assert table == plan(written(content, "table.jsonl"), 1000)
    assert len(table.partitions) > 30
    assert [column.name for column in table.columns] == ["a", *(f"k{n}" for n in range(7))]
