"""JSON Lines and compressed tables as their datasets' profiles and documents show them."""

import gzip
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa

from airflow_provider_profiler.contract.model import document_json
from airflow_provider_profiler.contract.profile import (
    DatasetProfile,
    DataType,
    Distribution,
    DistributionStatus,
    RecordSet,
)
from airflow_provider_profiler.profiling.engine import ProfilingEngine
from airflow_provider_profiler.profiling.observer import NullObserver
from airflow_provider_profiler.profiling.readers.json_paths import json_path
from airflow_provider_profiler.profiling.stored_states.reading import SavedStates
from airflow_provider_profiler.render.cdd import cdd_document
from airflow_provider_profiler.render.moma import HEAVY

Named = Callable[[DatasetProfile, str], RecordSet]
Placed = Callable[[DatasetProfile, str], Distribution]


def types_of(table: RecordSet) -> dict[str, DataType]:
    return {field.name: field.data_type for field in table.fields}


def test_types_are_decided_by_votes(bench: Any, of_name: Named) -> None:
    lines = [
        {
            "id": n if n % 2 else str(n),
            "price": n + 0.5,
            "open": n % 3 == 0,
            "since": f"2026-01-{n % 28 + 1:02}",
            "code": f"{n:04}",
            "where": {"y": n, "x": [n, None]},
            "mixed": [n, str(n), True, None, "word", 1.5][n % 6],
            "big": 10**30 + n,
        }
        for n in range(600)
    ]
    text = "\n".join(json.dumps(line) for line in lines)
    (bench.dataset / "stops.jsonl").write_text(f"{text}\n\nnot json\n")
    for partition_bytes in (4096, None):
        table = of_name(bench.heavy(partition_bytes=partition_bytes), "stops")
        assert types_of(table) == {
            "id": DataType.INTEGER,
            "price": DataType.FLOAT,
            "open": DataType.BOOLEAN,
            "since": DataType.DATE,
            "code": DataType.TEXT,
            "where": DataType.TEXT,
            "mixed": DataType.TEXT,
            "big": DataType.TEXT,
        }
        fields = {field.name: field for field in table.fields}
        assert fields["where"].sample[0] == '{"x":[0,null],"y":0}'
        assert (fields["mixed"].statistics.missing_count, fields["mixed"].physical_type) == (100, "json")
        assert (table.row_count, table.rejected_rows) == (600, 1)
        (fault,) = [error for error in table.quality if error.description.startswith("Lines that are not one JSON")]
        assert [(example.row, example.value) for example in fault.examples] == [(602, "not json")]


def test_columns_are_those_of_all_lines_and_nothing_depends_on_workers(bench: Any, of_name: Named) -> None:
    lines = [json.dumps({f"k{n // 500}": n, "n": n}) for n in range(5000)]
    (bench.dataset / "t.ndjson").write_text("\n".join(lines))
    documents = set()
    for workers in (1, 3):
        profile = bench.heavy(partition_bytes=4096, workers=workers)
        table = of_name(profile, "t")
        assert [field.name for field in table.fields] == ["k0", "n", *(f"k{n}" for n in range(1, 10))]
        assert {field.statistics.row_count for field in table.fields} == {500, 5000}
        documents.add(profile.model_copy(update={"options": bench.options()}).to_document())
    assert len(documents) == 1


def test_compression_is_found_by_content(bench: Any, of_path: Placed) -> None:
    content = b"a,b\n1,2\n3,4\n"
    zstd = bytes(pa.compress(content, "zstd", asbytes=True))
    files = {
        "named.csv.gz": gzip.compress(content),
        "named.csv.zst": zstd,
        "no_extension": gzip.compress(content),
        "only.csv": gzip.compress(content),
        "exchanged.csv.gz": zstd,
        "unpacked.csv.gz": content,
        "lines.jsonl.gz": gzip.compress(b'{"a": 1}\n'),
    }
    for name, data in files.items():
        (bench.dataset / name).write_bytes(data)
    profile = bench.heavy()
    assert {item.path for item in profile.distributions} == set(files)
    for name, data in files.items():
        item = of_path(profile, name)
        assert item.status is DistributionStatus.PROFILED, item.reason
        assert item.sha256 == hashlib.sha256(data).hexdigest()
        assert item.reading is not None
        codec = {"named.csv.zst": "zstd", "exchanged.csv.gz": "zstd", "unpacked.csv.gz": None}.get(name, "gzip")
        assert item.reading.compression == codec
        assert item.media_type == (f"application/{codec}" if codec else "text/csv")
    names = {table.path: table.name for table in profile.record_sets}
    assert (names["lines.jsonl.gz"], names["no_extension"]) == ("lines", "no_extension")
    assert {table.bytes_read for table in profile.record_sets if table.path == "named.csv.gz"} == {
        len(files["named.csv.gz"])
    }


def test_what_is_not_read_of_compressed_files(bench: Any, of_path: Placed) -> None:
    (bench.dataset / "code.tar.gz").write_bytes(gzip.compress(b"x"))
    (bench.dataset / "torn.csv.gz").write_bytes(gzip.compress(b"a,b\n1,2\n")[:-4])
    (bench.dataset / "large.csv.gz").write_bytes(gzip.compress(b"a,b\n" + b"1,2\n" * 1000))
    profile = bench.heavy(reading={"max_decompressed_bytes": 1000})
    found = {
        name: (of_path(profile, name).status.value, (reason := of_path(profile, name).reason) and reason.code.value)
        for name in ("code.tar.gz", "torn.csv.gz", "large.csv.gz")
    }
    assert found == {
        "code.tar.gz": ("listed", "unsupported_format"),
        "torn.csv.gz": ("failed", "malformed"),
        "large.csv.gz": ("failed", "too_large"),
    }


def test_the_documents_of_a_compressed_table(bench: Any) -> None:
    (bench.dataset / "t.csv.gz").write_bytes(gzip.compress(b"a,b\n1,2\n3,4\n"))
    (bench.dataset / "t.jsonl").write_text('{"a": 1}\n')
    profile = bench.heavy()
    moma = json.loads(HEAVY.render(profile))
    packed, lines = moma["distribution"]
    assert (packed["encodingFormat"], packed["dg:compression"]) == ("application/gzip", "gzip")
    assert (packed["dg:contentEncodingFormat"], packed["dg:csvDialect"]["dg:delimiter"]) == ("text/csv", ",")
    assert (lines["encodingFormat"], lines["dg:reader"]) == ("application/jsonlines", "json_lines")
    # The catalogue rejects datasets whose fields come from formats that it does not know.
    assert all("cr:field" in table and "field" not in table for table in moma["recordSet"])
    files = cdd_document(profile)["files"]
    assert [(file["original_format"], file["row_count"], len(file["columns"])) for file in files] == [
        ("gz", 2, 2),
        ("jsonl", 1, 1),
    ]
    assert DatasetProfile.from_document(profile.to_document()) == profile
    assert document_json(moma)


def test_halves_of_surrogate_pairs_among_the_keys_of_documents(bench: Any, tmp_path: Path) -> None:
    feature = r'{"properties": {"\udc80": "a", "\ud83d\ude00": "b"}}'
    (bench.dataset / "a.geojson").write_text(rf'{{"features\ud800": [{feature}]}}')
    engine = ProfilingEngine()
    light = bench.light(bench.options(), engine=engine)
    profile = engine.heavy(light, observer=NullObserver(), states=tmp_path / "states.bin")
    (table,) = profile.record_sets
    paths = [field.json_path for field in table.fields]
    assert paths == [rf"$['features\\ud800'][*].properties['{key}']" for key in (r"\\udc80", "😀")]
    assert [field.statistics.missing_count for field in table.fields] == [0, 0]
    assert DatasetProfile.from_document(profile.to_document()) == profile
    (stored,) = SavedStates.open(tmp_path / "states.bin").tables
    assert [json_path(column.keys, stored.reading.json_path) for column in stored.columns] == paths


def test_real_data_says_the_same_compressed_and_as_json_lines(bench: Any, of_name: Named, shared_data: Path) -> None:
    content = (shared_data / "subway_validations" / "subway_validations.csv").read_bytes()
    (bench.dataset / "plain.csv").write_bytes(content)
    (bench.dataset / "packed.csv.gz").write_bytes(gzip.compress(content, 1))
    (bench.dataset / "packed_2.csv.zst").write_bytes(bytes(pa.compress(content, "zstd", asbytes=True)))
    names, *rows = (line.split(",") for line in content.decode("utf-8-sig").splitlines())
    lines = (
        json.dumps({name: cell or None for name, cell in zip(names, row, strict=True)}, ensure_ascii=False)
        for row in rows
    )
    (bench.dataset / "lines.jsonl").write_text("\n".join(lines))
    profile = bench.heavy(partition_bytes=256 * 1024)

    def said(name: str) -> tuple[Any, ...]:
        table = of_name(profile, name)
        fields = [field.model_dump(exclude={"id", "physical_type"}) for field in table.fields]
        return table.row_count, table.examples, fields

    assert said("plain")[0] == 20357
    assert said("packed") == said("plain")
    assert said("packed_2") == said("plain")
    assert said("lines") == said("plain")
