"""What was saved comes back; its hash is of the content alone; nothing else is taken for it."""

import pyarrow as pa
import pytest

from airflow_provider_profiler.contract.errors import InvalidRequest
from airflow_provider_profiler.contract.options import StatisticsOptions
from airflow_provider_profiler.profiling.stored_states.layout import UnusableStates
from airflow_provider_profiler.profiling.stored_states.reading import SavedStates
from airflow_provider_profiler.profiling.stored_states.writing import write_states
from airflow_provider_profiler.profiling.table_state import encode_result
from airflow_provider_profiler.storage.results import STATES

PORTS = {
    "id": pa.array(["001", "002", "003"]),
    "depth": pa.array([4.5, None, float("nan")]),
    "opened": pa.array([0, 1, 2], pa.date32()),
    "lit": pa.array([True, False, None]),
}


def test_states_and_their_description_come_back(saved):
    profile, file = saved.profile({"a/ports.csv": PORTS, "b.csv": {"x": pa.array([1, 2])}})
    back = SavedStates.open(file)
    assert back.profile == profile.model_copy(update={"record_sets": ()})
    assert [(table.path, table.name, table.rows) for table in back.tables] == [
        ("a/ports.csv", "ports", 3),
        ("b.csv", "b", 2),
    ]
    for table, (path, cells) in zip(
        back.tables, {"a/ports.csv": PORTS, "b.csv": {"x": pa.array([1, 2])}}.items(), strict=True
    ):
        described, state = saved.table(path, cells, StatisticsOptions())
        assert table.as_read() == described
        assert encode_result(back.state(table)) == encode_result(state)


def test_a_table_without_columns_and_a_profile_without_tables(saved):
    _, file = saved.profile({"empty.csv": {}})
    back = SavedStates.open(file)
    assert back.state(back.tables[0]).columns == ()
    assert SavedStates.open(saved.profile({})[1]).tables == ()


def test_a_folder_is_as_good_as_the_file_in_it(saved, tmp_path):
    _, file = saved.profile({"ports.csv": PORTS})
    file.rename(tmp_path / STATES)
    assert SavedStates.open(tmp_path).file == tmp_path / STATES


def test_the_hash_is_of_the_content_alone(saved):
    first = SavedStates.open(saved.profile({"ports.csv": PORTS})[1])
    again = SavedStates.open(saved.profile({"ports.csv": PORTS})[1])
    assert first.file.read_bytes() == again.file.read_bytes()
    profile, _ = saved.profile({"ports.csv": PORTS}, dataset="other")
    later = first.file.with_name("later")
    described, state = saved.table("ports.csv", PORTS, StatisticsOptions())
    with write_states(later) as writer:
        writer.add("ports.csv", described, state)
        assert writer.finish(profile) == first.content_sha256
    assert later.read_bytes() != first.file.read_bytes()
    assert SavedStates.open(later).content_sha256 == first.content_sha256


@pytest.mark.parametrize(
    "tables",
    [
        {"ports.csv": PORTS | {"depth": pa.array([4.5, None, 0.0])}},
        {"ports.csv": {("ID" if name == "id" else name): values for name, values in PORTS.items()}},
        {"harbours.csv": PORTS},
        {"ports.csv": PORTS, "more.csv": PORTS},
    ],
)
def test_other_content_has_another_hash(saved, tables):
    first = SavedStates.open(saved.profile({"ports.csv": PORTS})[1])
    assert SavedStates.open(saved.profile(tables)[1]).content_sha256 != first.content_sha256


def test_tables_of_files_that_failed_in_the_end_are_left_out(saved, tmp_path):
    profile, _ = saved.profile({"ports.csv": PORTS})
    described, state = saved.table("ports.csv", PORTS, StatisticsOptions())
    with write_states(tmp_path / "states") as writer:
        writer.add("broken.csv", described, state)
        writer.add("ports.csv", described, state)
        writer.finish(profile)
    back = SavedStates.open(tmp_path / "states")
    assert [table.path for table in back.tables] == ["ports.csv"]
    assert encode_result(back.state(back.tables[0])) == encode_result(state)


def test_an_earlier_file_stands_until_the_new_one_is_whole(saved):
    _, file = saved.profile({"ports.csv": PORTS})
    before = file.read_bytes()
    described, state = saved.table("ports.csv", PORTS, StatisticsOptions())
    with pytest.raises(OSError, match="disk"), write_states(file) as writer:
        writer.add("ports.csv", described, state)
        raise OSError("the disk is full")
    with pytest.raises(RuntimeError, match="not finished"), write_states(file) as writer:
        writer.add("ports.csv", described, state)
    assert file.read_bytes() == before
    assert [item.name for item in file.parent.iterdir()] == [file.name]


def test_a_missing_file_is_told_as_such(tmp_path):
    with pytest.raises(InvalidRequest, match=r"There is no .*states\.bin") as caught:
        SavedStates.open(tmp_path)
    assert not isinstance(caught.value, UnusableStates)
