"""``dataset-profiler inspect`` says how files are read, one record a file."""

import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest

from airflow_provider_profiler.cli.main import main
from airflow_provider_profiler.profiling.readers.inspecting import DistinctTexts, texts_of


def records(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    main(["inspect", "--json", *arguments])
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.fixture
def ports(tmp_path: Path) -> Path:
    path = tmp_path / "ports.csv"
    path.write_text('id;name;note\n1;Σύρος;"a ""b"""\n2;Νάξος;\n3;Σύρος ;"a ""b"""\n4;x\n', encoding="utf-8")
    return path


def test_one_line_a_file(ports: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (record,) = records(capsys, str(ports))
    dialect = record.pop("dialect")
    assert record == {
        "file": str(ports),
        "encoding": "utf-8",
        "columns": ["id", "name", "note"],
        "rows": 3,
        "distinct": [3, 3, 1],  # raw texts: neither stripped nor typed
        "rejected": 1,
        "notes": [],
    }
    assert (dialect["delimiter"], dialect["quote"], dialect["header"], dialect["line_ending"]) == (";", '"', True, "lf")


def test_every_format_that_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = b"a,b\n1,x\n2,x\n2,\n"
    (tmp_path / "packed.csv.gz").write_bytes(gzip.compress(text))
    (tmp_path / "packed.csv.zst").write_bytes(bytes(pa.compress(text, "zstd", asbytes=True)))
    (tmp_path / "lines.jsonl").write_text('{"a": 1, "b": "x"}\n{"a": 2, "b": "x"}\n{"a": 2}\n')
    (tmp_path / "no_extension").write_bytes(text)
    table = pa.table({"a": [1, 2, 2], "b": pa.array(["x", "x", None]).dictionary_encode()})
    pa.parquet.write_table(table, tmp_path / "table.parquet")
    files = sorted(str(file) for file in tmp_path.iterdir())
    found = records(capsys, *files)
    assert [record["file"] for record in found] == files
    assert [(record["columns"], record["rows"], record["distinct"]) for record in found] == [
        (["a", "b"], 3, [2, 1])
    ] * 5
    (parquet,) = [record for record in found if record["file"].endswith(".parquet")]
    assert (parquet["encoding"], parquet["dialect"]) == (None, None)


def test_what_cannot_be_read_says_why(ports: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 but not really")
    (tmp_path / "image.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(50))
    bad = [str(tmp_path / name) for name in ("broken.parquet", "image.png", "missing.csv", "")]
    assert main(["inspect", "--json", *bad]) == 3
    errors = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [set(record) for record in errors] == [{"file", "error"}] * 4
    for record, why in zip(errors, ["as Parquet", "image/png", "No such file", "is no file"], strict=True):
        assert why in record["error"]
    assert main(["inspect", "--json", str(ports), bad[2]]) == 1
    assert main(["inspect", str(ports)]) == 0
    assert main(["inspect"]) == 2


def test_a_few_lines_for_people(ports: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", str(ports), "/no/such.csv"]) == 1
    printed = capsys.readouterr().out
    assert f"{ports}: 3 rows, 3 columns; utf-8, delimiter ';', quote \", a header" in printed
    assert "1 row could not be read" in printed
    assert "  name: 3 distinct" in printed
    assert "/no/such.csv: cannot be read" in printed


def test_options_tell_how_to_read(ports: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (record,) = records(capsys, str(ports), "--delimiter", ",", "--no-header", "--quote", "", "--skip-lines", "1")
    assert (record["dialect"]["delimiter"], record["dialect"]["quote"]) == (",", None)
    assert (record["columns"], record["rows"]) == (["column_1"], 4)
    assert main(["inspect", str(ports), "--delimiter", "ab"]) == 2
    assert "--delimiter" in capsys.readouterr().err
    assert main(["inspect", str(ports), "--encoding", "klingon"]) == 2


def test_links_are_followed(ports: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "link.csv").symlink_to(ports)
    (record,) = records(capsys, str(tmp_path / "link.csv"))
    assert record["rows"] == 3


def test_distinct_texts_are_counted_over_batches() -> None:
    counter = DistinctTexts()
    for start in range(0, 300_000, 50_000):
        counter.add(pa.array([str(number) for number in range(start, start + 75_000)]))
    counter.add(pa.array(["", None], pa.string()))
    assert counter.count() == 325_000


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        (pa.array([1, 1, None, 20]), {"1", "20"}),
        (pa.array([1.5, 2.0]), {"1.5", "2"}),
        (pa.array([True, False, None]), {"true", "false"}),
        (pa.array([b"\x00\xff", b"", None]), {"00ff"}),
        (pa.array([[1, 2], [1, 2], None]), {"[1,2]"}),
        (pa.array([{"a": 1}, {"a": None}]), {'{"a":1}', '{"a":null}'}),
        (pa.array(["x", "", None, "x "]), {"x", "x "}),
        (pa.array([2**62], pa.timestamp("us")), None),
    ],
)
def test_the_texts_of_values(values: pa.Array, texts: set[str] | None) -> None:
    found = texts_of(values)
    assert len(found) == 1 if texts is None else found == texts
