"""A profile that reuses what has not changed is, byte for byte, the one that reads everything."""

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import PIL.Image
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from airflow_provider_profiler.contract.profile import DistributionStatus
from airflow_provider_profiler.profiling.engine import ProfilingEngine
from airflow_provider_profiler.profiling.executor import InProcess
from airflow_provider_profiler.profiling.observer import NullObserver
from airflow_provider_profiler.profiling.table_state import decode_result, encode_result
from tests.unit.profiling.readers.workbook_files import write_workbook

SKETCHED = {"statistics": {"exact_values": 16, "correlations": "both"}}
OPTIONS: list[dict[str, Any]] = [
    {},
    SKETCHED,
    {"execution": {"columns_per_task": 1}, **SKETCHED},
    {"partition_bytes": 65_536, **SKETCHED},
    {"partition_bytes": 65_536, "sampling": {"method": "random", "rows": 20}},
    {"sampling": {"method": "head", "rows": 5}, "selection": {"columns": ["n", "t*"]}},
    {"partition_bytes": 65_536, "selection": {"where": "n > 10"}},
    {"discovery": {"checksum": False, "shards": "off"}},
]


def delimited(seed: int) -> bytes:
    rows = (f"{number * seed % 97},text {number % (seed + 2)},{number / (seed + 1)}" for number in range(30 + seed))
    return "\n".join(["n,t,x", *rows, ""]).encode()


def long(seed: int) -> bytes:
    return b"n,t,x\n" + b"".join(b"%d,text number %d,%d\n" % (row, row % 40, row * seed) for row in range(5500))


def parquet(seed: int) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table({"n": list(range(seed, seed + 40)), "t": [f"v{row % 5}" for row in range(40)]}), file)
    return file.getvalue()


def packed(seed: int) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(3):
            archive.writestr(f"in_{number}.csv", delimited(seed + number))
        inner = io.BytesIO()
        with zipfile.ZipFile(inner, "w") as nested:
            nested.writestr("n.jsonl", json_lines(seed))
        archive.writestr("nested.zip", inner.getvalue())
    return file.getvalue()


def json_lines(seed: int) -> bytes:
    return b"".join(
        json.dumps({"n": row, "t": {"a": row % seed if seed else None}}).encode() + b"\n" for row in range(20)
    )


def several_tables(seed: int) -> bytes:
    return json.dumps(
        {"a": [{"n": row} for row in range(9)], "b": [{"t": f"{seed}-{row}"} for row in range(5)]}
    ).encode()


def workbook(seed: int) -> bytes:
    file = io.BytesIO()
    rows = [["n", "t"], *[[row * seed, f"text {row}"] for row in range(12)]]
    write_workbook(file, {"first": rows, "second": rows[:seed]})  # type: ignore[arg-type]
    return file.getvalue()


def image(seed: int) -> bytes:
    file = io.BytesIO()
    PIL.Image.new("RGB", (8 + seed, 8), (seed * 9 % 255, 3, 4)).save(file, "PNG")
    return file.getvalue()


def text(seed: int) -> bytes:
    return f"# Ferries\n\nThe ferry number {seed} leaves at noon.\n\nIt arrives in the evening.\n".encode()


def damaged(seed: int) -> bytes:
    return b"PAR1" + bytes([seed]) * 40


MAKERS: dict[str, Callable[[int], bytes]] = {
    "single.csv": delimited,
    "long.csv": long,
    **{f"shards/part-{number}.csv": delimited for number in range(3)},
    **{f"keyed/year=20{number}/a.csv": delimited for number in (19, 20)},
    "table.parquet": parquet,
    "lines.jsonl": json_lines,
    "tables.json": several_tables,
    "packed.zip": packed,
    "damaged.parquet": damaged,
    "empty.csv": lambda seed: b"n,t\n" if seed % 2 else b"",
    "notes.xyz": text,
}
#: Slower to read: not in every example.
OTHERS = {"book.xlsx": workbook, "image.png": image, "document.md": text}

edits = st.lists(
    st.tuples(
        st.sampled_from(sorted(MAKERS)), st.sampled_from(["write", "write", "remove", "touch"]), st.integers(0, 4)
    ),
    min_size=1,
    max_size=5,
)


@settings(
    max_examples=3,
    deadline=None,
    # Every example takes seconds: to look for smaller ones would take minutes.
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(
    files=st.sets(st.sampled_from(sorted(MAKERS)), min_size=3, max_size=7),
    nights_edits=st.lists(edits, min_size=1, max_size=1),
    options=st.sampled_from(OPTIONS),
    compare=st.sampled_from(["stamp", "content"]),
)
def test_over_random_edits(nights: Any, files: set[str], nights_edits: Any, options: Any, compare: str) -> None:
    for name in MAKERS:
        (nights.dataset / name).unlink(missing_ok=True)
    for name in sorted(files):
        nights.write(name, MAKERS[name](1))
    last = nights.profile(**options)
    for changes in nights_edits:
        for name, what, seed in changes:
            there = (nights.dataset / name).exists()
            if what == "write":
                nights.write(name, MAKERS[name](seed))
            elif there and what == "remove":
                (nights.dataset / name).unlink()
            elif there:
                nights.touch(name)
        last = nights.profile(last, compare=compare, **options)
        assert last.documents() == nights.profile(**options).documents()
        assert not last.outcome.unused


@pytest.fixture
def everything(nights: Any) -> Any:
    for name, maker in {**MAKERS, **OTHERS}.items():
        if maker is not damaged:
            nights.write(name, maker(2))
    return nights


def test_of_every_kind_of_file_one_changes(everything: Any) -> None:
    before = everything.profile()
    for name in ("shards/part-1.csv", "keyed/year=2020/a.csv", "packed.zip", "book.xlsx", "document.md"):
        everything.write(name, {**MAKERS, **OTHERS}[name](3))
    after = everything.profile(before)
    assert after.documents() == everything.profile().documents()
    files = len(MAKERS) + len(OTHERS) - 1
    assert (after.outcome.read, after.outcome.unchanged) == (5, files - 5)


def test_where_nothing_changes_nothing_is_read(everything: Any, recording: Any) -> None:
    before = everything.profile()
    # Had a single file been opened, the profile would be another one, or it would fail.
    for name, maker in {**MAKERS, **OTHERS}.items():
        if maker is not damaged:
            size = (everything.dataset / name).stat().st_size
            everything.overwrite_unseen(name, b"\xff" * size)
    observer = recording()
    after = everything.profile(before, observer=observer)
    assert after.documents() == before.documents()
    assert after.outcome.everything
    assert after.outcome.unchanged == len(MAKERS) + len(OTHERS) - 1
    assert observer.progress[-1] == (0, 0, 100.0)


def test_other_metadata_are_told_and_nothing_is_read(everything: Any) -> None:
    before = everything.profile()
    for name in ("single.csv", "packed.zip"):
        everything.overwrite_unseen(name, b"\xff" * (everything.dataset / name).stat().st_size)
    after = everything.profile(before, metadata={"name": "Ferries", "description": "of the Aegean"})
    assert after.outcome.everything
    assert after.profile.specification.name == "Ferries"
    assert after.profile.record_sets == before.profile.record_sets
    assert b"of the Aegean" in (after.folder / "croissant.json").read_bytes()


@pytest.mark.parametrize(
    ("options", "read"),
    [
        ({"statistics": {"top_values": 3}}, True),
        ({"reading": {"null_tokens": ("text 1",)}}, True),
        ({"partition_bytes": 65_536}, True),
        ({"selection": {"where": "n > 3"}}, True),
        ({"execution": {"deadline_seconds": 500.0}}, False),
        ({"discovery": {"modified_within_days": 9000.0}}, False),
    ],
)
def test_options_that_bear_on_the_result_have_files_read_again(nights: Any, options: Any, read: bool) -> None:
    for name in ("single.csv", "shards/part-0.csv", "shards/part-1.csv"):
        nights.write(name, delimited(1))
    after = nights.profile(nights.profile(), **options)
    assert after.outcome.read == (3 if read else 0)
    assert after.documents() == nights.profile(**options).documents()


def test_languages_that_are_declared_bear_on_the_result(nights: Any) -> None:
    nights.write("single.csv", delimited(1))
    after = nights.profile(nights.profile(), metadata={"languages": ("el",)})
    assert after.outcome.read == 1


def test_mirrors_lie_beside_the_new_profile_too(nights: Any) -> None:
    nights.write("single.csv", delimited(1))
    nights.write("table.parquet", parquet(1))
    options = {"output": {"parquet_mirror": True}}
    before = nights.profile(**options)
    again = nights.profile(before, **options)
    assert again.outcome.everything
    assert again.documents() == before.documents()
    nights.write("single.csv", delimited(2))
    changed = nights.profile(again, **options)
    assert changed.documents() == nights.profile(**options).documents()
    plain = nights.profile(changed)
    assert plain.documents() == nights.profile().documents()


def test_without_states_of_single_files_the_whole_table_is_read(nights: Any) -> None:
    for number in range(3):
        nights.write(f"part-{number}.csv", delimited(number))
    before = nights.profile(parts=False)
    assert nights.profile(before, parts=False).outcome.everything
    nights.write("part-1.csv", delimited(4))
    after = nights.profile(before)
    assert after.outcome.read == 3
    assert after.documents() == nights.profile().documents()


def test_what_a_file_adds_to_a_table_does_not_depend_on_the_others(nights: Any) -> None:
    for number in range(2, 9):
        nights.write(f"part-{number}.csv", delimited(number))
    before = nights.profile(**SKETCHED)
    nights.write("part-1.csv", delimited(1))
    after = nights.profile(before, **SKETCHED)
    assert (after.outcome.read, after.outcome.unchanged) == (1, 7)
    assert after.documents() == nights.profile(**SKETCHED).documents()


def test_a_file_that_failed_is_read_again(nights: Any) -> None:
    nights.write("damaged.parquet", damaged(1))
    nights.write("single.csv", delimited(1))
    before = nights.profile()
    assert [item.status for item in before.profile.distributions] == [
        DistributionStatus.FAILED,
        DistributionStatus.PROFILED,
    ]
    good = parquet(1)
    nights.write("damaged.parquet", good[:4] + b"?" * (len(good) - 4))
    before = nights.profile(before)
    nights.overwrite_unseen("damaged.parquet", good)
    after = nights.profile(before)
    assert (after.outcome.read, after.profile.summary().failed) == (1, 0)
    assert after.profile.record_sets == nights.profile().profile.record_sets


class Told(NullObserver):
    """Keeps which tables, documents and images ended, and which of them were reused."""

    def __init__(self) -> None:
        self.ended: dict[str, bool] = {}

    def table_finished(self, name: str, *, reused: bool = False, **_: Any) -> None:
        self.ended[name] = reused


def test_an_observer_is_told_what_was_reused(nights: Any) -> None:
    for name in ("a.csv", "part-1.csv", "part-2.csv"):
        nights.write(name, delimited(1))
    nights.write("document.md", text(1))
    first, second, third = Told(), Told(), Told()
    before = nights.profile(observer=first)
    nights.profile(before, observer=second)
    nights.write("part-1.csv", delimited(2))
    nights.profile(before, observer=third)
    names = {"a.csv", "part-*.csv", "document.md"}
    assert first.ended == dict.fromkeys(names, False)
    assert second.ended == dict.fromkeys(names, True)
    assert third.ended == {**second.ended, "part-*.csv": False}


class Encoding(InProcess):
    """Holds states as bytes, as a cluster does."""

    def map(self, function: Any, tasks: Any) -> Any:
        yield from map(function, tasks)

    def run(self, function: Any, tasks: Any) -> Any:
        for note, unit in map(function, tasks):
            yield note, encode_result(unit)

    def merge(self, function: Any, held: Any) -> Any:
        return encode_result(function([decode_result(item) for item in held]))

    def hold(self, unit: Any) -> Any:
        return encode_result(unit)

    def fetch(self, held: Any) -> Any:
        return decode_result(held)


@pytest.mark.parametrize("options", [{}, {"execution": {"columns_per_task": 1}, **SKETCHED}])
def test_states_that_are_held_elsewhere_come_in_as_well(nights: Any, options: Any) -> None:
    for number in range(4):
        nights.write(f"part-{number}.csv", delimited(number))
    engine = ProfilingEngine(Encoding())
    before = nights.profile(engine=engine, **options)
    nights.write("part-2.csv", delimited(7))
    after = nights.profile(before, engine=engine, **options)
    assert after.outcome.unchanged == 3
    assert after.documents() == nights.profile(**options).documents()
