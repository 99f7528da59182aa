"""Files that were saved before are read, and equal data has the hash that it has always had."""

import importlib.util
import struct
from pathlib import Path
from types import ModuleType

import msgpack
import pytest

from airflow_provider_profiler.profiling import merge
from airflow_provider_profiler.profiling.statistics.column import encode_state
from airflow_provider_profiler.profiling.stored_states.reading import SavedStates
from airflow_provider_profiler.profiling.table_state import encode_result

FIXTURES = Path(__file__).parents[3] / "fixtures"
#: Of the known table's states. It may change only together with a version of the states, never with a library's.
KNOWN = "00e8169640a86defb378dbdd5eb2587754c0439b3366068ae10170807cda3ca4"


@pytest.fixture(scope="module")
def known() -> ModuleType:
    spec = importlib.util.spec_from_file_location("known_states", FIXTURES / "known_states.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_equal_data_has_the_hash_it_has_always_had(known, tmp_path):
    assert known.write_known_states(tmp_path / "states.bin") == KNOWN


def test_a_file_that_was_saved_before_is_read(known):
    saved = SavedStates.open(FIXTURES / "known_states.bin")
    assert saved.content_sha256 == KNOWN
    (table,) = saved.tables
    state = saved.state(table)
    assert (state.rows, len(state.columns)) == (known.ROWS, len(known.CELLS))


def test_a_file_that_was_saved_before_merges_with_a_new_one(known, tmp_path):
    known.write_known_states(tmp_path / "states.bin")
    (table,) = merge(FIXTURES / "known_states.bin", tmp_path).tables
    assert (table.row_count, table.duplicate_rows) == (2 * known.ROWS, known.ROWS)
    statistics = {field.name: field.statistics for field in table.fields}
    assert statistics["whole"].distinct_count == 3
    # Each number is there twice: what was sketched before meets what is sketched now.
    assert statistics["many_numbers"].distinct_count == pytest.approx(known.ROWS, rel=0.02)
    assert statistics["many_texts"].distinct_count == pytest.approx(known.ROWS, rel=0.02)
    assert statistics["mixed"].null_tokens[0].count == 2


def test_states_are_written_in_the_one_shortest_form(known):
    """Bytes that any encoder of msgpack gives that follows its rules: they do not depend on the one that is used."""
    saved = SavedStates.open(FIXTURES / "known_states.bin")
    state = saved.state(saved.tables[0])
    for column in state.columns:
        assert encode_state(column).endswith(shortest(column.encode()))
    assert encode_result(state) == shortest(msgpack.unpackb(encode_result(state)))


def shortest(value: object) -> bytes:  # noqa: PLR0911 - one for each of the format's kinds
    """A value in msgpack's shortest form, written from its specification alone."""
    match value:
        case None:
            return b"\xc0"
        case bool():
            return b"\xc3" if value else b"\xc2"
        case int():
            return _integer(value)
        case float():
            return b"\xcb" + struct.pack(">d", value)
        case str():
            data = value.encode()
            return _head(len(data), (0xA0, 32), {1: 0xD9, 2: 0xDA, 4: 0xDB}) + data
        case bytes():
            return _head(len(value), None, {1: 0xC4, 2: 0xC5, 4: 0xC6}) + value
        case list() | tuple():
            return _head(len(value), (0x90, 16), {2: 0xDC, 4: 0xDD}) + b"".join(map(shortest, value))
        case dict():
            members = (shortest(name) + shortest(member) for name, member in value.items())
            return _head(len(value), (0x80, 16), {2: 0xDE, 4: 0xDF}) + b"".join(members)
    raise AssertionError(f"{type(value)} is not a part of a state")


def _integer(value: int) -> bytes:
    if -32 <= value < 128:
        return bytes([value & 0xFF])
    signed = value < 0
    for power, mark in enumerate((0xD0, 0xD1, 0xD2, 0xD3) if signed else (0xCC, 0xCD, 0xCE, 0xCF)):
        size = 1 << power
        try:
            return bytes([mark]) + value.to_bytes(size, "big", signed=signed)
        except OverflowError:
            continue
    raise AssertionError(f"{value} does not fit 64 bits")


def _head(length: int, fixed: tuple[int, int] | None, marks: dict[int, int]) -> bytes:
    if fixed is not None and length < fixed[1]:
        return bytes([fixed[0] | length])
    for size, mark in marks.items():
        if length < 1 << (8 * size):
            return bytes([mark]) + length.to_bytes(size, "big")
    raise AssertionError(f"{length} does not fit 32 bits")
