"""The command line as a person or a script uses it: documents, summaries and exit codes."""

import json
import os
import re
from pathlib import Path

import pytest

from airflow_provider_profiler.cli.main import main
from airflow_provider_profiler.contract.identity import dataset_uuid
from airflow_provider_profiler.contract.profile import DatasetProfile


@pytest.fixture
def harbour(tmp_path: Path) -> Path:
    folder = tmp_path / "data" / "harbour"
    folder.mkdir(parents=True)
    (folder / "ports.csv").write_text("id,name\n001,Σύρος\n002,Νάξος\n", encoding="utf-8")
    (folder / "chart.bin").write_bytes(b"\x00\x01\x02")
    return folder


def test_profile_writes_every_document(harbour: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert main(["profile", str(harbour), "--out", str(out)]) == 0
    cdd = f"{dataset_uuid('harbour')}.json"
    names = {"profile.json", "moma_profile_light.json", "moma_profile_heavy.json", "croissant.json", "states.bin", cdd}
    assert {file.name for file in out.iterdir()} == names
    profile = DatasetProfile.from_document((out / "profile.json").read_bytes())
    assert profile.record_sets[0].fields[0].sample == ("001", "002")
    printed = capsys.readouterr().out
    assert "Σύρος" in printed or "ports" in printed
    assert str(out / "profile.json") in printed


def test_the_default_folder_is_named_after_the_dataset(
    harbour: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["profile", str(harbour), "--quiet"]) == 0
    assert (tmp_path / "profiles" / "harbour" / "profile.json").is_file()


def test_light_reads_no_tables(harbour: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert main(["profile", str(harbour), "--out", str(out), "--light", "--json"]) == 0
    assert {file.name for file in out.iterdir()} == {"profile.json", "moma_profile_light.json", "croissant.json"}
    report = json.loads(capsys.readouterr().out)
    assert report["kind"] == "light"
    assert report["summary"]["files"] == 2
    assert report["summary"]["record_sets"] == 0


def test_the_id_can_be_given(harbour: Path, tmp_path: Path) -> None:
    given = "8930240b-a0e8-46e7-ace8-aab2b42fcc01"
    assert main(["profile", str(harbour), "--out", str(tmp_path / "out"), "--id", given, "--quiet"]) == 0
    assert (tmp_path / "out" / f"{given}.json").is_file()


def test_one_file_is_a_dataset_too(harbour: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", str(harbour / "ports.csv"), "--out", str(tmp_path / "out"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["summary"]["rows"] == 2


def test_equal_input_gives_equal_bytes(harbour: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    documents = []
    for name in ("first", "second"):
        assert main(["profile", str(harbour), "--out", str(tmp_path / name), "--quiet"]) == 0
        documents.append({file.name: file.read_bytes() for file in (tmp_path / name).iterdir()})
    assert documents[0] == documents[1]
    assert all(b"2023-11-14T22:13:20" in content for name, content in documents[0].items() if "moma" in name)


def test_what_has_not_changed_is_not_read_again(
    harbour: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    for file in harbour.iterdir():
        os.utime(file, (1_600_000_000, 1_600_000_000))
    out = tmp_path / "out"
    command = ["profile", str(harbour), "--out", str(out), "--reuse"]
    assert main(command) == 0
    assert "0 files unchanged since the profile that was there, 2 files read." in capsys.readouterr().out
    before = {file.name: file.read_bytes() for file in out.iterdir() if file.name != "reuse.json"}
    assert main(command) == 0
    assert "2 files unchanged since the profile that was there, 0 files read." in capsys.readouterr().out
    assert before == {file.name: file.read_bytes() for file in out.iterdir() if file.name != "reuse.json"}
    (out / "states.bin").write_bytes(b"?")
    assert main(command) == 0
    assert "2 files read" in capsys.readouterr().out


def test_some_failed_is_exit_code_1(harbour: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (harbour / "broken.parquet").write_bytes(b"PAR1 but not really")
    out = tmp_path / "out"
    assert main(["profile", str(harbour), "--out", str(out), "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert [item["path"] for item in report["failed"]] == ["broken.parquet"]
    assert report["failed"][0]["reason"]["code"] == "malformed"
    assert (out / "moma_profile_heavy.json").is_file()


def test_nothing_profiled_is_exit_code_3(tmp_path: Path) -> None:
    folder = tmp_path / "only_broken"
    folder.mkdir()
    (folder / "broken.parquet").write_bytes(b"PAR1 but not really")
    assert main(["profile", str(folder), "--out", str(tmp_path / "out"), "--quiet"]) == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["profile"], "{path}"),
        (["profile", "/no/such/folder"], "/no/such/folder"),
        (["profile", ".", "--colour"], "--colour"),
        (["show", "/no/such/profile.json"], "/no/such/profile.json"),
        (["sail"], "sail"),
    ],
)
def test_wrong_usage_is_exit_code_2(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert said in capsys.readouterr().err


def test_documents_are_never_written_into_the_dataset(
    harbour: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(harbour)
    assert main(["profile", "."]) == 2
    assert "--out" in capsys.readouterr().err
    assert {file.name for file in harbour.iterdir()} == {"ports.csv", "chart.bin"}


@pytest.mark.parametrize("out", ["taken", "taken/below"])
def test_a_folder_that_cannot_be_written_is_exit_code_2(
    harbour: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], out: str
) -> None:
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    assert main(["profile", str(harbour), "--out", str(tmp_path / out)]) == 2
    error = capsys.readouterr().err
    assert f"Cannot write {tmp_path / out}" in error
    assert "Traceback" not in error


def test_show_tells_what_profile_told(harbour: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    main(["profile", str(harbour), "--out", str(out)])
    told = capsys.readouterr().out
    assert main(["show", str(out)]) == 0
    assert capsys.readouterr().out.strip() in told


def test_show_refuses_what_is_not_a_profile(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "profile.json").write_text('{"name": "x"}', encoding="utf-8")
    assert main(["show", str(tmp_path)]) == 2
    assert "not a profile" in capsys.readouterr().err


def test_settings_are_shown_masked(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("DATAGEMS_POSTGRES_PASSWORD", "hunter2")
    monkeypatch.setenv("DATA_ROOT_PATH", "/srv/data")
    assert main(["settings", "--json", "--port", "8080"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["DATA_ROOT_PATH"] == {"setting": "data_root", "value": "/srv/data", "source": "environment"}
    assert shown["DATAGEMS_POSTGRES_PASSWORD"]["value"] == "********"
    assert shown["PROFILER_PORT"] == {"setting": "port", "value": 8080, "source": "argument"}
    assert shown["PROFILER_MAX_RUNNING_JOBS"]["source"] == "default"
    assert main(["settings"]) == 0
    text = capsys.readouterr().out
    assert "hunter2" not in text
    assert re.search(r"^DATA_ROOT_PATH +environment +/srv/data$", text, re.MULTILINE)
    assert re.search(r"^PROFILER_HOST +default$", text, re.MULTILINE)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("dataset-profiler 0.")


@pytest.mark.parametrize(("raised", "code"), [(KeyboardInterrupt, 130), (ZeroDivisionError, 70)])
def test_an_end_that_was_not_planned_is_never_exit_code_1(
    raised: type[BaseException], code: int, harbour: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ends(*_: object, **__: object) -> None:
        raise raised

    monkeypatch.setattr("airflow_provider_profiler.cli.documents.profile_to_folder", ends)
    assert main(["profile", str(harbour), "--out", str(tmp_path / "out"), "--quiet"]) == code
