"""What an earlier profile left behind is believed only where all of it fits; otherwise everything is read."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airflow_provider_profiler.profiling.reuse import layout
from airflow_provider_profiler.profiling.reuse.earlier import EarlierProfile
from airflow_provider_profiler.profiling.reuse.unusable import UnusableEarlier
from airflow_provider_profiler.profiling.stored_states.reading import SavedStates
from airflow_provider_profiler.storage.results import PARTS, PROFILE, REUSE, STATES

ROWS = b"n,t\n" + b"".join(b"%d,v%d\n" % (row, row % 3) for row in range(40))


@pytest.fixture
def two_nights(nights: Any) -> Any:
    """A dataset with a table of one file and one of several, profiled once; and a file that has changed since."""
    for name in ("single.csv", "part-1.csv", "part-2.csv"):
        nights.write(name, ROWS)
    before = nights.profile()
    nights.write("new.csv", ROWS)
    return nights, before


def rewritten(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the content of ``reuse.json`` and let its checksum fit again."""
    content = json.loads((folder / REUSE).read_bytes())["content"]
    change(content)
    text = json.dumps(content).encode()
    digest = hashlib.sha256(text).hexdigest().encode()
    (folder / REUSE).write_bytes(b'{"version":1,"sha256":"%s","content":' % digest + text + b"}")


@pytest.mark.parametrize("name", [REUSE, STATES, PARTS])
def test_what_is_missing_is_told(two_nights: Any, name: str) -> None:
    _, before = two_nights
    (before.folder / name).unlink()
    with pytest.raises(UnusableEarlier, match=name) as refused:
        EarlierProfile.open(before.folder)
    assert str(before.folder) not in str(refused.value)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7), cut=st.booleans())
def test_no_damage_of_what_was_noted_goes_unseen(two_nights: Any, place: float, bit: int, cut: bool) -> None:
    _, before = two_nights
    whole = (before.folder / REUSE).read_bytes()
    position = int(place * len(whole))
    damaged = whole[:position] if cut else bytearray(whole)
    if not cut:
        damaged[position] ^= 1 << bit
    with pytest.raises(UnusableEarlier):
        layout.decoded(io.BytesIO(damaged))


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content.update(engine="0.0.9"),
        lambda content: content.update(unheard_of=1),
        lambda content: content.update(states="0" * 64),
        lambda content: content.update(generated_at="2020-01-01T00:00:00Z"),
        lambda content: content["files"][0].update(size=-1),
    ],
)
def test_what_does_not_fit_is_refused(two_nights: Any, change: Any) -> None:
    _, before = two_nights
    rewritten(before.folder, change)
    with pytest.raises(UnusableEarlier):
        EarlierProfile.open(before.folder)


def test_another_version_is_named(two_nights: Any) -> None:
    _, before = two_nights
    whole = (before.folder / REUSE).read_bytes()
    (before.folder / REUSE).write_bytes(whole.replace(b'"version":1', b'"version":7', 1))
    with pytest.raises(UnusableEarlier, match="version 7"):
        EarlierProfile.open(before.folder)


@pytest.mark.parametrize("name", [STATES, PARTS])
@pytest.mark.parametrize("gone", [True, False])
def test_states_that_turn_out_damaged_or_gone_have_everything_read(
    two_nights: Any, name: str, gone: bool, caplog: Any
) -> None:
    nights, before = two_nights
    earlier = EarlierProfile.open(before.folder)
    if gone:
        (before.folder / name).unlink()
    else:
        # Of the last table, for those of several files are in one file merged, and in the other one by one.
        content = bytearray((before.folder / name).read_bytes())
        content[SavedStates.open(before.folder / name).tables[-1].offset + 20] ^= 1
        (before.folder / name).write_bytes(content)
    after = nights.profile(earlier)
    assert after.outcome.unused
    assert after.outcome.unchanged == 0
    assert after.documents() == nights.profile().documents()
    assert "Everything is read" in caplog.text


@pytest.mark.parametrize("victim", ["single.csv", "part-1.csv"])
def test_states_of_another_table_do_not_fail_this_one(nights: Any, victim: str) -> None:
    for name in ("single.csv", "part-1.csv", "part-2.csv"):
        nights.write(name, ROWS)
    nights.write("wide.csv", b"a,b,c,d\n1,2,3,4\n")
    before = nights.profile()
    nights.write("new.csv", ROWS)

    def swap(content: dict[str, Any]) -> None:
        files = {file["path"]: file["tables"][0] for file in content["files"]}
        files[victim] |= {name: files["wide.csv"][name] for name in ("states", "path")}

    rewritten(before.folder, swap)
    after = nights.profile(before)
    assert after.outcome.unused
    assert after.documents() == nights.profile().documents()


def test_a_profile_of_another_night_is_not_told_again(two_nights: Any) -> None:
    nights, before = two_nights
    (nights.dataset / "new.csv").unlink()
    told = json.loads((before.folder / PROFILE).read_bytes())
    told["distributions"][0]["name"] = "another.csv"
    (before.folder / PROFILE).write_bytes(json.dumps(told).encode())
    after = nights.profile(before)
    assert after.outcome.unused
    assert after.documents() == nights.profile().documents()


def test_no_path_that_was_noted_is_opened(nights: Any) -> None:
    secret = nights.folder / "secret.csv"
    secret.write_bytes(b"password\nhunter2\n")
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.csv", ROWS)
    nights.write("z.zip", file.getvalue())
    nights.write("b.csv", ROWS)
    before = nights.profile()
    way = "../../nights/secret.csv"

    def lead_out(content: dict[str, Any]) -> None:
        archive, table = (
            next(item for item in content["files"] if item["path"] == name) for name in ("z.zip", "b.csv")
        )
        archive["listing"]["members"][0]["path"] = f"z.zip/{way}"
        archive["plans"], archive["tables"] = [], []
        table["path"] = way

    rewritten(before.folder, lead_out)
    after = nights.profile(before)
    assert b"hunter2" not in b"".join(after.documents().values())


def test_another_version_of_a_library_that_reads_files_is_another_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    before = layout._libraries_digest()
    monkeypatch.setattr(layout.metadata, "version", lambda name: "0" if name == "python-calamine" else version(name))
    assert layout._libraries_digest() != before
