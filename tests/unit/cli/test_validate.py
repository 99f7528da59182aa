"""``dataset-profiler validate``: its answers and exit codes."""

import json

import pytest

from airflow_provider_profiler.cli.main import main


@pytest.fixture
def documents(tmp_path):
    """The documents of a small dataset."""
    data = tmp_path / "harbour"
    data.mkdir()
    (data / "ports.csv").write_text("port,ships\nSyros,12\nNaxos,7\n")
    assert main(["profile", str(data), "--out", str(tmp_path / "out"), "--quiet"]) == 0
    return tmp_path / "out"


def test_all_documents_of_a_profile_are_valid(documents, capsys):
    files = sorted(documents.glob("*.json"))
    assert main(["validate", *map(str, files)]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == len(files) == 5
    assert all(": valid (" in line for line in printed)


def test_a_fault_is_printed_with_its_place_and_the_others_are_still_looked_at(documents, capsys):
    broken = documents / "moma_profile_heavy.json"
    document = json.loads(broken.read_text())
    document["recordSet"][0]["field"][1]["statistics"]["uniqueCount"] = 2.5
    broken.write_text(json.dumps(document))
    assert main(["validate", str(broken), str(documents / "profile.json")]) == 1
    faulty, valid = capsys.readouterr().out.splitlines()
    assert "$.recordSet[0].field[1].statistics.uniqueCount: 2.5 is not" in faulty
    assert valid.endswith("valid (profile.json)")


def test_quiet_prints_what_is_wrong_alone(documents, capsys):
    (documents / "x.json").write_text("{}")
    assert main(["validate", "--quiet", str(documents / "x.json"), str(documents / "profile.json")]) == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert "none of profile.json" in line


def test_what_cannot_be_read_is_a_fault_of_the_call(tmp_path, capsys):
    assert main(["validate", str(tmp_path / "nothing.json")]) == 2
    assert "Cannot read" in capsys.readouterr().err


@pytest.mark.parametrize("base", ["dataset", "out"])
def test_names_in_croissant_are_relative_to_the_dataset_or_to_the_documents(tmp_path, base):
    data = tmp_path / "harbour"
    data.mkdir()
    (data / "ports.csv").write_text("port,ships\nSyros,12\n")
    out = tmp_path / "a" / "out"
    assert main(["profile", str(data), "--out", str(out), "--quiet", "--croissant-base", base]) == 0
    (file,) = json.loads((out / "croissant.json").read_text())["distribution"]
    assert ((data if base == "dataset" else out) / file["contentUrl"]).resolve() == (data / "ports.csv").resolve()


def test_another_base_is_refused(tmp_path, capsys):
    (tmp_path / "ports.csv").write_text("port,ships\nSyros,12\n")
    out = tmp_path / "out"
    assert main(["profile", str(tmp_path / "ports.csv"), "--out", str(out), "--croissant-base", "here"]) == 2
    assert "dataset or out" in capsys.readouterr().err


def test_mirrors_are_written_and_named(tmp_path, capsys):
    (tmp_path / "ports.csv").write_text("port;code\nSyros;007\n")
    out = tmp_path / "out"
    assert main(["profile", str(tmp_path / "ports.csv"), "--out", str(out), "--parquet-mirror"]) == 0
    assert str(out / "mirror" / "ports.parquet") in capsys.readouterr().out
    (table,) = json.loads((out / "croissant.json").read_text())["recordSet"]
    assert table["field"][0]["source"]["fileObject"] == {"@id": "mirror/ports.parquet"}
