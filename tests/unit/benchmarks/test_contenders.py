"""Contenders tell of a table what is in it, in one form."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.accuracy import Accuracy, accuracies
from benchmarks.contenders.contender import CONTENDERS, FLOORS, USUAL, Entry
from benchmarks.contenders.parse_only import csv_chunks, parquet_shares, rows_of_chunk, rows_of_share
from benchmarks.exact import exact_columns
from benchmarks.inputs import Input, Workshop

ROWS = 1_000


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    return Workshop(tmp_path_factory.mktemp("inputs"))


def accuracy(name: str, file: Path) -> Accuracy:
    contender = CONTENDERS[name].make()
    contender.start(2)
    try:
        said = contender.facts(contender.profile(file).result)
    finally:
        contender.stop()
    return accuracies({name: said}, exact_columns(file, ROWS), ROWS)[name]


@pytest.mark.parametrize("ending", ["csv", "parquet"])
@pytest.mark.parametrize("name", ["us", "pandas", "polars", "duckdb-full"])
def test_all_is_told_and_near(name: str, ending: str, workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLARS_MAX_THREADS", "2")  # set by its contender, and not to stay
    found = accuracy(name, workshop.file(Input("taxi", ROWS, ending)))
    assert (found.rows_off, found.missing_off, found.extremes_wrong) == (0, 0, 0)
    assert found.mean_error is not None
    assert found.mean_error < 1e-12
    near = 0.15 if name == "duckdb-full" else 0.0011
    for error in (found.distinct_error, found.rank_error, found.mass_error):
        assert error is not None
        assert error <= near


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_what_summarize_tells(ending: str, workshop: Workshop) -> None:
    found = accuracy("duckdb", workshop.file(Input("taxi", ROWS, ending)))
    assert (found.rows_off, found.extremes_wrong, found.missing_off, found.mass_error) == (0, 0, None, None)
    assert found.mean_error is not None
    assert found.rank_error is not None
    assert found.mean_error < 1e-9
    assert found.rank_error < 0.05


@given(st.integers(1, 200_000))
def test_chunks_are_the_lines_after_the_header(workshop: Workshop, chunk_bytes: int) -> None:
    file = workshop.file(Input("taxi", ROWS))
    content = file.read_bytes()
    chunks = csv_chunks(file, max(chunk_bytes, 2_000))
    assert b"".join(content[chunk.start : chunk.stop] for chunk in chunks) == content[content.index(b"\n") + 1 :]
    assert all(content[chunk.start - 1] == ord("\n") for chunk in chunks)
    assert sum(rows_of_chunk(chunk) for chunk in chunks) == ROWS


@pytest.mark.parametrize("workers", [1, 2, 40])
def test_a_single_row_group_is_shared_out_by_columns(workers: int, workshop: Workshop) -> None:
    shares = parquet_shares(workshop.file(Input("taxi", ROWS, "one_group.parquet")), workers)
    assert len(shares) == min(workers, 18)
    assert len({column for share in shares for column in share.columns}) == 18
    assert sum(rows_of_share(share) for share in shares) == ROWS


def test_a_file_beyond_a_contender_is_not_given_to_it(tmp_path: Path) -> None:
    entry = Entry("", "", largest_csv=3)
    for name, size, taken in (("a.csv", 3, True), ("b.csv", 4, False), ("c.parquet", 4, True)):
        (tmp_path / name).write_bytes(b"x" * size)
        assert entry.takes(tmp_path / name) is taken


def test_names_lead_to_contenders() -> None:
    assert set(USUAL) | set(FLOORS) <= set(CONTENDERS)
