"""Peak memory of writing the documents of very large profiles, each in a process of its own.

``python -m benchmarks.documents`` prints, for a profile of 100,000 files and for one of 10,000 columns, the size of the
model in memory and what writing each document takes on top of it.
"""

import json
import resource
import subprocess
import sys
import tempfile
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from airflow_provider_profiler.contract.identity import part_uuid
from airflow_provider_profiler.contract.options import ProfileOptions
from airflow_provider_profiler.contract.profile import (
    DatasetProfile,
    DataType,
    Distribution,
    DistributionKind,
    DistributionStatus,
    Field,
    Generator,
    RecordSet,
)
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.contract.states import Target
from airflow_provider_profiler.contract.statistics import ColumnStatistics, TopValue
from airflow_provider_profiler.render.documents import documents_of
from airflow_provider_profiler.storage.atomic import write_atomic

DATASET = UUID("7c4d20a0-33e8-471e-8a3f-a7a54aa09f68")
SHAPES = {"files": (100_000, 0), "columns": (1, 10_000)}
MIB = 1024 * 1024


def large_profile(files: int, columns: int) -> DatasetProfile:
    """A profile of so many files, the first of which is a table of so many columns."""
    distributions = tuple(
        Distribution(
            id=part_uuid(DATASET, "distribution", f"data/{number}.csv"),
            kind=DistributionKind.FILE,
            status=DistributionStatus.PROFILED,
            path=f"data/{number}.csv",
            name=f"{number}.csv",
            media_type="text/csv",
            content_url=f"data/{number}.csv",
            content_size=1000,
            sha256="ab" * 32,
        )
        for number in range(files)
    )
    fields = tuple(
        Field(
            id=part_uuid(DATASET, "field", str(number)),
            name=f"column {number}",
            original_name=f"column {number}",
            position=number,
            data_type=DataType.TEXT,
            physical_type="text",
            statistics=ColumnStatistics(
                row_count=1000,
                missing_count=0,
                distinct_count=10,
                top_values=tuple(TopValue(value=f"value {value}", count=100) for value in range(10)),
            ),
        )
        for number in range(columns)
    )
    table = RecordSet(
        id=part_uuid(DATASET, "record_set", "0"),
        name="0",
        distribution_id=distributions[0].id,
        path="data/0.csv",
        row_count=1000,
        bytes_read=1000,
        fields=fields,
    )
    return DatasetProfile(
        kind=Target.HEAVY,
        generated_at=datetime(2026, 11, 20, tzinfo=UTC),
        generator=Generator(name="benchmark", version="1"),
        specification=ProfileSpecification.for_path("large", dataset_id=str(DATASET)),
        options=ProfileOptions(),
        distributions=distributions,
        record_sets=(table,) if columns else (),
    )


def measure(shape: str) -> dict[str, object]:
    """Write the documents of a large profile in this process and say what that took, in MiB."""
    tracemalloc.start()
    profile = large_profile(*SHAPES[shape])
    model, _ = tracemalloc.get_traced_memory()
    written = {}
    with tempfile.TemporaryDirectory() as folder:
        for document in documents_of(profile):
            before, _ = tracemalloc.get_traced_memory()
            tracemalloc.reset_peak()
            path = Path(folder) / document.name
            write_atomic(path, document.chunks)
            _, peak = tracemalloc.get_traced_memory()
            size = round(path.stat().st_size / MIB, 1)
            written[document.name] = {"size": size, "memory": round((peak - before) / MIB, 1)}
    # Kibibytes on Linux.
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"model": round(model / MIB, 1), "documents": written, "resident": round(resident, 1)}


def main() -> None:
    """Measure every shape in a process of its own and print the numbers."""
    if len(sys.argv) > 1:
        print(json.dumps(measure(sys.argv[1])))
        return
    for shape, (files, columns) in SHAPES.items():
        command = [sys.executable, "-m", "benchmarks.documents", shape]
        result = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        print(
            f"{files:,} files, {columns:,} columns: the model has {result['model']} MiB (process: {result['resident']})"
        )
        for name, numbers in result["documents"].items():
            print(f"  {name:45} {numbers['size']:8} MiB written with {numbers['memory']:6} MiB")


if __name__ == "__main__":
    main()
