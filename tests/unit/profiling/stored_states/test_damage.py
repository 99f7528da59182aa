"""Files that are cut, damaged, foreign or made up end in one clear error that names them, in little memory."""

import hashlib
import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import msgpack
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airflow_provider_profiler.contract.errors import ProfilerError
from airflow_provider_profiler.contract.model import canonical_json
from airflow_provider_profiler.profiling.stored_states import layout
from airflow_provider_profiler.profiling.stored_states.layout import HEAD, MAGIC, TAIL, UnusableStates
from airflow_provider_profiler.profiling.stored_states.reading import SavedStates

FUZZED = settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
TABLE = {"port": pa.array(["Syros", "Naxos", None]), "level": pa.array([1.5, 2.5, 3.5])}


def read(file: Path) -> None:
    """Everything that is in a file."""
    states = SavedStates.open(file)
    for table in states.tables:
        states.state(table)


def refused(file: Path, content: bytes) -> str:
    """What is said of a file with this content."""
    file.write_bytes(content)
    with pytest.raises(UnusableStates) as caught:
        read(file)
    message = str(caught.value)
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, ProfilerError)
    assert message.startswith(str(file))
    return message


@pytest.fixture
def sound(saved) -> bytes:
    return saved.profile({"tides.csv": TABLE})[1].read_bytes()


def test_every_cut_is_found(sound, tmp_path):
    for length in range(0, len(sound), 7):
        refused(tmp_path / "cut.bin", sound[:length])
    assert "cut short" in refused(tmp_path / "cut.bin", sound[:-1])


@FUZZED
@given(data=st.data())
def test_every_changed_bit_is_found(sound, tmp_path, data):
    place = data.draw(st.integers(0, len(sound) - 1))
    bit = data.draw(st.integers(0, 7))
    changed = bytearray(sound)
    changed[place] ^= 1 << bit
    refused(tmp_path / "flipped.bin", bytes(changed))


@FUZZED
@given(data=st.data())
def test_every_inserted_or_removed_piece_is_found(sound, tmp_path, data):
    start = data.draw(st.integers(0, len(sound)))
    stop = data.draw(st.integers(start, len(sound)))
    piece = data.draw(st.binary(max_size=40))
    changed = sound[:start] + piece + sound[stop:]
    if changed != sound:
        refused(tmp_path / "spliced.bin", changed)


@FUZZED
@given(content=st.binary(max_size=200))
def test_other_bytes_are_no_states(tmp_path, content):
    refused(tmp_path / "other.bin", content)


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"PAR1\x00\x00PAR1", b"\x80\x04\x95pickled."])
def test_foreign_files_are_no_states(tmp_path, content):
    assert "holds no states" in refused(tmp_path / "foreign", content)


def test_another_version_is_told_with_its_number(sound, tmp_path):
    other = HEAD.pack(MAGIC, layout.VERSION + 1, 0) + sound[HEAD.size :]
    message = refused(tmp_path / "next.bin", other)
    assert f"version {layout.VERSION + 1}" in message
    assert "Profile the data again" in message


# --- made up: all hashes fit, only the content cannot be ---


def made_up(sound: bytes, change: Callable[[dict], None], body: bytes | None = None) -> bytes:
    """The file with another description, sealed as the real one is."""
    place, length, _, _, _ = TAIL.unpack(sound[-TAIL.size :])
    description = json.loads(sound[place : place + length])
    body = sound[HEAD.size : place] if body is None else body
    change(description)
    tables = [layout.StoredTable.model_construct(**table) for table in description["tables"]]
    for table in tables:
        table.__dict__["columns"] = [layout.StoredColumn(**column) for column in table.columns]
    description["content_sha256"] = layout.content_hash(tables)
    return sealed(HEAD.pack(MAGIC, layout.VERSION, 0) + body, canonical_json(description))


def sealed(start: bytes, document: bytes) -> bytes:
    whole = len(start) + len(document) + TAIL.size
    tail = TAIL.pack(len(start), len(document), hashlib.sha256(document).digest(), whole, MAGIC)
    return start + document + tail


def test_the_same_description_sealed_again_is_sound(sound, tmp_path):
    (tmp_path / "same.bin").write_bytes(made_up(sound, lambda description: None))
    read(tmp_path / "same.bin")


@pytest.mark.parametrize(
    "change",
    [
        lambda table: table.update(lengths=[2**62, *table["lengths"][1:]]),
        lambda table: table.update(lengths=[2**63 - 1] * 3),
        lambda table: table.update(lengths=[-1, *table["lengths"][1:]]),
        lambda table: table.update(lengths=table["lengths"][:-1]),
        lambda table: table.update(lengths=[]),
        lambda table: table.update(offset=0),
        lambda table: table.update(offset=2**62),
        lambda table: table.update(rows=-1),
        lambda table: table.update(sha256="0" * 64),
        lambda table: table.update(sha256="no hash"),
        lambda table: table.update(rows=4),
        lambda table: table.update(surplus=1),
    ],
)
def test_lengths_and_places_are_compared_with_the_file(sound, tmp_path, change):
    tracemalloc.start()
    try:
        refused(tmp_path / "bomb.bin", made_up(sound, lambda description: change(description["tables"][0])))
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_one_piece_of_the_file_is_not_taken_for_two_tables(sound, tmp_path):
    repeated = made_up(sound, lambda description: description["tables"].extend(description["tables"] * 3))
    assert "lie elsewhere" in refused(tmp_path / "repeated.bin", repeated)


def test_a_long_description_is_not_believed(sound, tmp_path):
    place, length, digest, whole, magic = TAIL.unpack(sound[-TAIL.size :])
    for claim in (2**63, 2**40, length + 1):
        refused(tmp_path / "long.bin", sound[: -TAIL.size] + TAIL.pack(place, claim, digest, whole, magic))
    refused(tmp_path / "far.bin", sound[: -TAIL.size] + TAIL.pack(2**63, length, digest, whole, magic))


@pytest.mark.parametrize(
    "document",
    [b"", b"null", b"[]", b"{}", b"[" * 100_000, b'{"profile":' * 50_000, b"\xff\xfe", b'{"tables": "x"}', b"1e999"],
)
def test_descriptions_of_another_kind(tmp_path, document):
    refused(tmp_path / "described.bin", sealed(HEAD.pack(MAGIC, layout.VERSION, 0), document))


def hostile_states() -> list[bytes]:
    """Pieces that no codec of states has written."""
    deep = b"\x91" * 100_000
    return [
        b"",
        b"\xc1",
        deep,
        b"\xdd\xff\xff\xff\xff",
        b"\xdd\x00\xff\xff\xff" * 500,
        b"\xdf\x7f\xff\xff\xff" * 500,
        b"\xc6\xff\xff\xff\xff",
        msgpack.packb([1, "state", [], [3, 0, 0], "no", []]),
        msgpack.packb({"columns": 10**18}),
        msgpack.packb([1, "failure", "malformed", "x"]),
    ]


@pytest.mark.parametrize("piece", hostile_states())
@pytest.mark.parametrize("position", [0, 1])
def test_states_that_nobody_wrote(sound, tmp_path, piece, position):
    def change(description: dict) -> None:
        table = description["tables"][0]
        pieces, start = [], table["offset"]
        for length in table["lengths"]:
            pieces.append(sound[start : start + length])
            start += length
        pieces[position] = piece
        table["lengths"] = [len(item) for item in pieces]
        table["sha256"] = hashlib.sha256(b"".join(pieces)).hexdigest()
        bodies.append(b"".join(pieces))

    bodies: list[bytes] = []
    made_up(sound, change)
    tracemalloc.start()
    try:
        assert "tides" in refused(tmp_path / "hostile.bin", made_up(sound, change, bodies[0]))
        assert tracemalloc.get_traced_memory()[1] < 100_000_000
    finally:
        tracemalloc.stop()


@FUZZED
@given(data=st.data())
def test_changed_states_under_a_fitting_hash_are_read_or_refused(saved, sound, tmp_path, data):
    """Whoever makes the hashes fit gets past them; the codecs must hold on their own."""

    def change(description: dict) -> None:
        table = description["tables"][0]
        table["sha256"] = hashlib.sha256(bytes(body)).hexdigest()

    place = TAIL.unpack(sound[-TAIL.size :])[0]
    body = bytearray(sound[HEAD.size : place])
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    file = tmp_path / "changed.bin"
    file.write_bytes(made_up(sound, change, bytes(body)))
    try:
        read(file)
    except UnusableStates as error:
        assert str(error).startswith(str(file))
