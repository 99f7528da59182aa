"""``dataset-profiler merge``: documents, what is printed, and exit codes."""

import json
from pathlib import Path

import pytest

from airflow_provider_profiler.cli.main import main
from airflow_provider_profiler.contract.identity import dataset_uuid
from airflow_provider_profiler.contract.profile import DatasetProfile

MONTHS = {"january": "id,port\n1,Syros\n2,Naxos\n", "february": "id,port\n3,Syros\n"}


@pytest.fixture
def profiles(tmp_path: Path) -> dict[str, str]:
    """Folders of the profiles of two months."""
    for name, content in MONTHS.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "calls.csv").write_text(content, encoding="utf-8")
        assert main(["profile", str(tmp_path / name), "--out", str(tmp_path / f"{name}-profile"), "--quiet"]) == 0
    return {name: str(tmp_path / f"{name}-profile") for name in MONTHS}


def test_it_writes_what_profile_writes(profiles, tmp_path, capsys):
    out = tmp_path / "both"
    assert main(["merge", *profiles.values(), "--out", str(out), "--id", "harbours", "--name", "Harbours"]) == 0
    before = {file.name for file in Path(profiles["january"]).iterdir() if not file.name.startswith(".")}
    expected = {name for name in before if len(name) != 41} | {f"{dataset_uuid('harbours')}.json"}
    assert {file.name for file in out.iterdir()} == expected
    profile = DatasetProfile.from_document((out / "profile.json").read_bytes())
    assert (profile.specification.name, profile.record_sets[0].row_count) == ("Harbours", 3)
    printed = capsys.readouterr().out
    assert printed.startswith("Harbours\n")
    assert "*/calls.csv: 3 rows, 2 columns" in printed
    assert "merged_from  january: " in printed
    assert str(out / "states.bin") in printed


def test_json_and_quiet(profiles, tmp_path, capsys):
    states = [str(Path(folder) / "states.bin") for folder in profiles.values()]
    assert main(["merge", *states, "--out", str(tmp_path / "both"), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["summary"]["rows"], report["summary"]["files"], report["exit_code"]) == (3, 2, 0)
    assert len(report["files"]) == 6
    assert main(["merge", *states, "--out", str(tmp_path / "both"), "--quiet"]) == 0
    assert capsys.readouterr().out == ""


def test_a_total_grows_in_its_place(profiles, tmp_path):
    total = profiles["january"]
    assert main(["merge", total, profiles["february"], "--out", total, "--quiet"]) == 0
    assert DatasetProfile.from_document((Path(total) / "profile.json").read_bytes()).record_sets[0].row_count == 3


def test_failed_files_stay_failed(profiles, tmp_path):
    (tmp_path / "march").mkdir()
    (tmp_path / "march" / "calls.csv").write_text("id,port\n4,Delos\n")
    (tmp_path / "march" / "broken.parquet").write_bytes(b"PAR1 but not really")
    march = str(tmp_path / "march-profile")
    assert main(["profile", str(tmp_path / "march"), "--out", march, "--quiet"]) == 1
    assert main(["merge", profiles["january"], march, "--out", str(tmp_path / "all"), "--quiet"]) == 1


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda folder: (folder / "states.bin").unlink(), "There is no"),
        (lambda folder: (folder / "states.bin").write_bytes(b"id,port\n"), "holds no states"),
        (lambda folder: (folder / "states.bin").write_bytes((folder / "states.bin").read_bytes()[:-9]), "cut short"),
    ],
)
def test_what_cannot_be_merged_is_exit_code_2_and_leaves_nothing(profiles, tmp_path, capsys, damage, words):
    damage(Path(profiles["february"]))
    assert main(["merge", *profiles.values(), "--out", str(tmp_path / "both")]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert str(Path(profiles["february"]) / "states.bin") in error
    assert not (tmp_path / "both").exists()


def test_one_profile_is_not_enough(profiles, tmp_path, capsys):
    assert main(["merge", profiles["january"], "--out", str(tmp_path / "both")]) == 2
    assert "two or more" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_exit_code_2(profiles, tmp_path, capsys):
    (tmp_path / "taken").write_text("a file")
    assert main(["merge", *profiles.values(), "--out", str(tmp_path / "taken")]) == 2
    assert f"Cannot write {tmp_path / 'taken'}" in capsys.readouterr().err
