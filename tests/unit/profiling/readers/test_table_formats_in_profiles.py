"""JSON, ORC, Avro and Arrow as their datasets' profiles show them: selection, damage, documents."""

import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fastavro
import pyarrow as pa
import pyarrow.feather
import pyarrow.orc
import pytest

from airflow_provider_profiler.contract.profile import DatasetProfile, DataType, Distribution, RecordSet
from airflow_provider_profiler.profiling.inspection import inspect_file
from airflow_provider_profiler.render.moma import HEAVY

Named = Callable[[DatasetProfile, str], RecordSet]
Placed = Callable[[DatasetProfile, str], Distribution]
ROWS = 1000
TABLE = pa.table(
    {
        "id": pa.array(range(ROWS)),
        "port": pa.array([("Syros", "Naxos", None, "Paros")[number % 4] for number in range(ROWS)]),
        "price": pa.array([None if number % 10 == 9 else number / 4 for number in range(ROWS)]),
    }
)
AVRO_SCHEMA = {
    **{"type": "record", "name": "R"},
    "fields": [
        {"name": "id", "type": "long"},
        {"name": "port", "type": ["null", "string"]},
        {"name": "price", "type": ["null", "double"]},
    ],
}


def as_orc(table: pa.Table) -> bytes:
    out = io.BytesIO()
    pa.orc.write_table(table, out, stripe_size=1024, batch_size=100)
    return out.getvalue()


def as_avro(table: pa.Table) -> bytes:
    out = io.BytesIO()
    fastavro.writer(out, AVRO_SCHEMA, table.to_pylist(), codec="deflate", sync_interval=500)
    return out.getvalue()


def as_arrow(table: pa.Table) -> bytes:
    out = io.BytesIO()
    pa.feather.write_feather(table, out, chunksize=100)
    return out.getvalue()


def as_stream(table: pa.Table) -> bytes:
    out = io.BytesIO()
    with pa.ipc.new_stream(out, table.schema) as writer:
        writer.write_table(table, max_chunksize=100)
    return out.getvalue()


FORMATS: dict[str, Callable[[pa.Table], bytes]] = {
    "a.json": lambda table: json.dumps(table.to_pylist(), indent=1).encode(),
    "b.json": lambda table: json.dumps({"n": 1, "rows": table.to_pylist()}).encode("utf-16"),
    "a.orc": as_orc,
    "a.avro": as_avro,
    "a.feather": as_arrow,
    "a.arrows": as_stream,
}


@pytest.mark.parametrize("name", FORMATS)
def test_what_is_selected(bench: Any, name: str) -> None:
    (bench.dataset / name).write_bytes(FORMATS[name](TABLE))

    def profile(**options: Any) -> RecordSet:
        (found,) = bench.heavy(**options).record_sets
        return found

    whole = profile()
    fields = {field.name: field for field in whole.fields}
    assert (whole.name, whole.row_count, list(fields)) == (name[0], ROWS, TABLE.column_names)
    assert [field.data_type for field in whole.fields] == [DataType.INTEGER, DataType.TEXT, DataType.FLOAT]
    assert (fields["port"].statistics.missing_count, fields["id"].statistics.distinct_count) == (250, ROWS)
    assert whole.examples[:2] == ((0, "Syros", 0.0), (1, "Naxos", 0.25))
    for size in (None, 900):
        table = profile(
            partition_bytes=size,
            selection={"columns": ["p*"], "where": "id >= 500 AND (port = 'Syros' OR port IS NULL)"},
        )
        assert (table.row_count, [field.position for field in table.fields]) == (250, [1, 2])
        taken = profile(partition_bytes=size, sampling={"method": "random", "rows": 150, "seed": 3})
        assert taken.row_count == 150
        if size is None:
            first = taken.examples
        assert taken.examples == first
    documents = {
        bench.heavy(partition_bytes=900, workers=workers).model_copy(update={"options": bench.options()}).to_document()
        for workers in (1, 2)
    }
    assert len(documents) == 1


def test_tables_of_a_json_document(bench: Any, of_name: Named, of_path: Placed) -> None:
    document = {"features": [{"at": {"x": 1.5, "a b": "u"}}, 7, {"at": {"x": 2.5}}], "log": {"lines": [{"m": "é"}]}}
    (bench.dataset / "map.geojson").write_text(json.dumps(document), encoding="utf-8")
    (bench.dataset / "config.json").write_text('{"host": "localhost", "ports": [1, 2]}')
    (bench.dataset / "torn.json").write_text('[{"a": 1}, {"a"')
    profile = bench.heavy()
    features, lines = of_name(profile, "map/features"), of_name(profile, "map/log.lines")
    assert (features.json_path, features.row_count, features.rejected_rows) == ("$.features[*]", 2, 1)
    assert (lines.json_path, lines.row_count) == ("$.log.lines[*]", 1)
    assert [(field.name, field.json_path, field.data_type) for field in features.fields] == [
        ("at.x", "$.features[*].at.x", DataType.FLOAT),
        ("at.a b", "$.features[*].at['a b']", DataType.TEXT),
    ]
    (fault,) = [error for error in features.quality if "Items of the array" in error.description]
    assert [(example.row, example.value) for example in fault.examples] == [(2, "7")]
    found = {
        item.path: (item.status.value, item.reason and item.reason.code.value, item.reading and item.reading.json_path)
        for item in profile.distributions
    }
    assert found == {
        "map.geojson": ("profiled", None, "$.features[*]"),
        "config.json": ("listed", "unsupported_format", None),
        "torn.json": ("failed", "malformed", None),
    }
    assert DatasetProfile.from_document(profile.to_document()) == profile
    assert len(json.loads(HEAVY.render(profile))["recordSet"]) == 2


def test_a_merge_keeps_the_paths(bench: Any, tmp_path: Path) -> None:
    from airflow_provider_profiler.profiling.api import profile
    from airflow_provider_profiler.profiling.merging.merge import merge

    for month in ("may", "june"):
        folder = bench.dataset / month
        folder.mkdir()
        (folder / "trips.json").write_text(json.dumps({"trips": [{"at": {"x": len(month)}}]}))
        profile(folder, states=tmp_path / f"{month}.bin")
    (table,) = merge(tmp_path / "may.bin", tmp_path / "june.bin").model.record_sets
    assert (table.row_count, table.json_path) == (2, "$.trips[*]")
    assert [field.json_path for field in table.fields] == ["$.trips[*].at.x"]


def test_real_json(bench: Any, of_name: Named, shared_data: Path) -> None:
    for name in ("cars", "earthquakes", "us-state-capitals"):
        (bench.dataset / f"{name}.json").write_bytes((shared_data / f"mixed_media/{name}.json").read_bytes())
    profile = bench.heavy(partition_bytes=1 << 17)
    assert {table.name: table.row_count for table in profile.record_sets} == {
        **{"cars": 406, "earthquakes": 1707, "us-state-capitals": 50}
    }
    assert not any(table.rejected_rows for table in profile.record_sets)
    types = {field.name: field.data_type for table in profile.record_sets for field in table.fields}
    assert types["Year"] is DataType.DATE
    assert (types["properties.mag"], types["lat"]) == (DataType.FLOAT, DataType.FLOAT)
    assert types["geometry.coordinates"] is DataType.TEXT


def test_inspecting_them(tmp_path: Path, bench: Any) -> None:
    for name, write in FORMATS.items():
        (tmp_path / name).write_bytes(write(TABLE))
        found = inspect_file(tmp_path / name, bench.options().reading)
        assert not isinstance(found, str), found
        (table,) = found
        assert (table.rows, table.distinct) == (ROWS, (ROWS, 3, 900))


DAMAGE = """
import sys
from pathlib import Path
from hypothesis import given, settings, HealthCheck, strategies as st
from airflow_provider_profiler.contract.options import ExecutionOptions, ReadingOptions
from airflow_provider_profiler.profiling.formats import media_type_of
from airflow_provider_profiler.profiling.readers.reader import TooMuchData, UnreadableFile, UnsupportedContent
from airflow_provider_profiler.profiling.readers.registry import entry_for, reader_named
from airflow_provider_profiler.profiling.source import FileSource
from airflow_provider_profiler.storage.opening import FileStamp

good = {path: path.read_bytes() for path in sorted(Path(sys.argv[1]).iterdir())}
outcomes = {path.name: set() for path in good}
damaged = Path(sys.argv[2])

@given(st.data())
@settings(max_examples=int(sys.argv[3]), deadline=None, database=None, derandomize=True,
          suppress_health_check=list(HealthCheck))
def read(data):
    for path, content in good.items():
        content = bytearray(content)
        if data.draw(st.booleans()):
            del content[data.draw(st.integers(0, len(content))):]
        else:
            for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=6)):
                content[place] = data.draw(st.integers(0, 255))
        file = damaged / path.name
        file.write_bytes(content)
        source = FileSource(damaged, file.name, file.name, media_type_of(file.name), FileStamp.of(file.stat()))
        reader = reader_named(entry_for(source.media_type).name)
        try:
            for table in reader.tables(source, ReadingOptions(), ExecutionOptions()):
                for partition in table.partitions:
                    for batch in reader.read(source, table, partition):
                        batch.rows.validate(full=True)
            outcomes[file.name].add("read")
        except (UnreadableFile, UnsupportedContent, TooMuchData) as error:
            assert str(error).startswith(file.name), error
            outcomes[file.name].add(type(error).__name__)

read()
print({name: sorted(found) for name, found in outcomes.items()})
"""


def test_damage_of_any_kind_is_a_reason(tmp_path: Path) -> None:
    # In a process of its own: a crash in a library must fail this test and not end the suite.
    good, damaged = tmp_path / "good", tmp_path / "damaged"
    good.mkdir()
    damaged.mkdir()
    for name, write in FORMATS.items():
        (good / name).write_bytes(write(TABLE[:60]))
    done = subprocess.run(
        [sys.executable, "-c", DAMAGE, str(good), str(damaged), "30"],
        capture_output=True,
        text=True,
        check=False,
        timeout=250,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    outcomes = eval(done.stdout)
    assert all("UnreadableFile" in found for found in outcomes.values()), outcomes
