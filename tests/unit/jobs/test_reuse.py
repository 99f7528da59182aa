"""Jobs that do not read again what has not changed, and what they say of that."""

import os
import shutil
from pathlib import Path

import pytest

from airflow_provider_profiler.contract.profile import DatasetProfile
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.jobs.control import JobControl
from airflow_provider_profiler.jobs.lifecycle import JobLifecycle
from airflow_provider_profiler.jobs.reuse import choose_reuse
from airflow_provider_profiler.profiling.engine import ProfilingEngine
from airflow_provider_profiler.storage.results import MOMA_LIGHT, PARTS, PROFILE, REUSE, STATES

DAY = 86_400
ROWS = "n,t\n" + "".join(f"{row},v{row % 3}\n" for row in range(30))


@pytest.fixture
def dataset(settings) -> Path:
    folder = Path(settings.data_root) / "ferries"
    (folder / "a.csv").unlink()
    for name in ("a.csv", "part-1.csv", "part-2.csv"):
        put(folder / name, ROWS)
    return folder


@pytest.fixture
def run(store, results, settings, clock, claimed, dataset):
    lifecycle = JobLifecycle(store, results, ProfilingEngine(), settings, clock=clock)

    def carry_out(**request):
        clock.advance(60)
        ended = lifecycle.run(claimed(**request), JobControl())
        assert ended.state in (JobState.HEAVY_PROFILES_READY, JobState.LIGHT_PROFILE_READY), ended.reason
        return ended

    return carry_out


@pytest.fixture
def documents(results, settings):
    def of(record) -> dict[str, bytes]:
        folder = settings.results_folder / str(record.dataset_id) / str(record.revision)
        names = [path.name for path in folder.iterdir() if path.suffix in (".json", ".bin")]
        return {name: (folder / name).read_bytes() for name in names if name not in (REUSE, "stages.json")}

    return of


def put(path: Path, content: str) -> None:
    path.write_text(content)
    os.utime(path, (1_700_000_000, 1_700_000_000))


def overwrite_unseen(path: Path) -> None:
    put(path, "?" * path.stat().st_size)


def codes(record) -> set[str]:
    return {warning.code for warning in record.warnings}


def model(results, record) -> DatasetProfile:
    return DatasetProfile.from_document(results.read(record.dataset_id, record.revision, PROFILE))


def test_nothing_is_reused_unless_it_is_asked_for(run, dataset, results):
    first = run()
    put(dataset / "a.csv", ROWS.replace("v0", "w0"))
    second = run()
    assert model(results, first).record_sets != model(results, second).record_sets
    assert (second.reused, second.reused_from, codes(second)) == (False, None, codes(first))


def test_a_reused_job_is_a_new_revision_that_says_so(run, dataset, store, documents, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    first = run(reuse_unchanged=True)
    assert (first.reused, first.reused_from) == (False, None)
    for path in dataset.iterdir():
        overwrite_unseen(path)
    second = run(reuse_unchanged=True)
    assert (second.revision, second.reused, second.reused_from) == (2, True, 1)
    assert second == store.get(second.job_id)
    assert documents(second) == documents(first)
    assert store.published_revision(second.dataset_id) == 2
    assert run(reuse_unchanged=True).reused_from == 2


def test_what_has_changed_is_read_and_the_rest_is_not(run, dataset, documents, monkeypatch, caplog):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    run(reuse_unchanged=True)
    put(dataset / "part-2.csv", ROWS + "99,x\n")
    caplog.set_level("INFO")
    second = run(reuse_unchanged=True)
    assert (second.reused, second.reused_from) == (False, None)
    assert "2 files unchanged since revision 1; 1 file read." in caplog.messages
    assert documents(second) == documents(run(reuse_unchanged=True, force=True))


def test_force_reads_everything(run, dataset, results):
    first = run(reuse_unchanged=True)
    put(dataset / "a.csv", ROWS.replace("v0", "w0"))
    forced = run(reuse_unchanged=True, profiled_since_days=3, force=True)
    assert model(results, forced).record_sets != model(results, first).record_sets
    assert forced.reused_from is None


def test_checksums_are_compared_where_that_is_asked_for(run, dataset, results):
    first = run(reuse_unchanged=True)
    put(dataset / "a.csv", ROWS.replace("v0", "w0"))
    believed, compared = run(reuse_unchanged=True), run(reuse_unchanged="content")
    assert (believed.reused_from, compared.reused_from) == (1, None)
    assert model(results, compared).record_sets != model(results, first).record_sets
    os.utime(dataset / "a.csv", (1_600_000_000, 1_600_000_000))
    assert run(reuse_unchanged="content").reused_from == 3


def test_other_metadata_are_written_anew(run, results, request_for):
    first = run(reuse_unchanged=True)
    second = run(reuse_unchanged=True, specification={"description": "of the Aegean"})
    assert second.reused_from == 1
    assert model(results, second).specification.description == "of the Aegean"
    assert model(results, second).generated_at > model(results, first).generated_at
    assert b"of the Aegean" in results.read(second.dataset_id, 2, second.cdd_revision_path.rpartition("/")[2])


def test_a_young_profile_is_told_again_without_a_look_at_the_files(run, dataset, results, clock, caplog):
    first = run()
    light = results.read(first.dataset_id, 1, MOMA_LIGHT)
    shutil.rmtree(dataset)
    clock.advance(2 * DAY)
    caplog.set_level("INFO")
    second = run(profiled_since_days=3, specification={"description": "of the Aegean"})
    assert (second.reused, second.reused_from, second.summary) == (True, 1, first.summary)
    told = model(results, second)
    assert (told.record_sets, told.distributions) == (
        model(results, first).record_sets,
        model(results, first).distributions,
    )
    (warning,) = [item for item in told.warnings if item.code == "files_not_looked_at"]
    assert warning in second.warnings
    assert "revision 1" in warning.message
    assert warning.message in caplog.messages
    # Not even a set of files that only the heavy profile knows is in the light one.
    again = results.read(second.dataset_id, 2, MOMA_LIGHT)
    assert again.count(b"part-") == light.count(b"part-")
    assert results.read(second.dataset_id, 2, STATES)


def test_telling_a_profile_again_makes_it_no_younger(run, dataset, clock, results):
    run()
    clock.advance(2 * DAY)
    assert run(profiled_since_days=3).reused_from == 1
    clock.advance(2 * DAY)
    put(dataset / "a.csv", ROWS.replace("v0", "w0"))
    third = run(profiled_since_days=3)
    assert (third.reused_from, codes(third) & {"files_not_looked_at"}) == (None, set())
    assert run(profiled_since_days=3).reused_from == 3


def test_a_young_profile_is_told_once_more_with_one_warning(run, clock, results):
    run()
    run(profiled_since_days=3)
    third = run(profiled_since_days=3)
    assert [item.code for item in model(results, third).warnings].count("files_not_looked_at") == 1
    assert run(reuse_unchanged=True).reused_from == 3
    assert not model(results, third.model_copy(update={"revision": 4})).warnings


def test_a_young_profile_of_other_options_is_not_told_again(run, results):
    run()
    second = run(profiled_since_days=3, options={"statistics": {"top_values": 2}})
    assert second.reused_from is None
    (warning,) = [item for item in second.warnings if item.code == "files_looked_at"]
    assert "options differ" in warning.message
    assert warning not in model(results, second).warnings


def test_a_young_profile_that_lacks_a_file_is_not_told_again(run, dataset):
    (dataset / "b.parquet").write_bytes(b"PAR1 and no more")
    run()
    (dataset / "b.parquet").unlink()
    second = run(profiled_since_days=3)
    assert second.reused_from is None
    (warning,) = [item for item in second.warnings if item.code == "files_looked_at"]
    assert "could not be read" in warning.message
    assert run(profiled_since_days=3).reused_from == 2


def test_a_young_profile_whose_mirror_is_gone_is_not_told_again(run, settings):
    mirrored = {"options": {"output": {"parquet_mirror": True}}, "profiled_since_days": 3}
    first = run(**mirrored)
    gone, *_ = (settings.results_folder / str(first.dataset_id) / "1" / "mirror").iterdir()
    gone.unlink()
    second = run(**mirrored)
    assert second.reused_from is None
    assert "reuse_not_possible" in codes(second)
    assert run(**mirrored).reused_from == 2


def test_a_light_profile_takes_over_what_is_known_of_the_files(run, dataset, results):
    run()
    overwrite_unseen(dataset / "a.csv")
    light = run(only_light_profile=True, reuse_unchanged=True)
    assert light.reused_from == 1
    # And one that lies between two heavy ones keeps nothing from the second.
    assert run(reuse_unchanged=True).reused_from == 1
    assert run(only_light_profile=True, profiled_since_days=1).reused_from == 3


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        *((REUSE, damage) for damage in ("gone", "flipped", "cut", "foreign")),
        *((STATES, damage) for damage in ("gone", "flipped")),
        (PARTS, "cut"),
        (PROFILE, "foreign"),
    ],
)
def test_whatever_is_wrong_with_what_was_kept_everything_is_read(
    run, results, settings, documents, name, damage, monkeypatch
):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    first = run(reuse_unchanged=True)
    before = documents(first)
    path = settings.results_folder / str(first.dataset_id) / "1" / name
    content = path.read_bytes()
    if damage == "gone":
        path.unlink()
    else:
        middle = len(content) // 2
        flipped = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
        path.write_bytes({"flipped": flipped, "cut": content[:middle], "foreign": b"{}"}[damage])
    second = run(reuse_unchanged=True)
    assert second.reused_from is None
    assert documents(second) == before
    (warning,) = [item for item in second.warnings if item.code == "reuse_not_possible"]
    assert "revision 1" in warning.message
    assert str(settings.home) not in warning.message


def test_an_earlier_revision_that_is_removed_meanwhile_is_no_loss(
    run, results, store, settings, dataset, clock, claimed
):
    first = run(reuse_unchanged=True)

    class Removing(ProfilingEngine):
        def heavy(self, *args, **kwargs):
            shutil.rmtree(settings.results_folder / str(first.dataset_id) / "1")
            return super().heavy(*args, **kwargs)

    put(dataset / "new.csv", ROWS)
    ended = JobLifecycle(store, results, Removing(), settings, clock=clock).run(
        claimed(reuse_unchanged=True), JobControl()
    )
    assert ended.state is JobState.HEAVY_PROFILES_READY
    assert "reuse_not_possible" not in codes(ended)


def test_what_was_taken_over_does_not_stay_in_the_scratch_folder(run, results, settings):
    run(reuse_unchanged=True)
    run(reuse_unchanged=True)
    assert not list((settings.home / "scratch").iterdir())


def test_a_job_without_an_earlier_profile_reads_everything(store, results, claimed, tmp_path, clock):
    chosen = choose_reuse(store, results, claimed(reuse_unchanged=True), tmp_path, clock())
    assert (chosen.ledger.earlier, chosen.revision, chosen.warnings) == (None, None, ())
