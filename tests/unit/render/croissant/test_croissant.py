"""The document: ids, keys, references, sets of files, compressed files, and what is only described."""

import gzip
import json
import os

import pandas
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_profiler.profiling import profile as profile_of
from airflow_provider_profiler.render.croissant import CROISSANT, croissant_document, croissant_renderer
from airflow_provider_profiler.render.croissant.names import Names
from tests.unit.docs.fences import blocks


def test_a_rich_profile_is_taken_without_a_complaint(profile, load, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    load(CROISSANT.render(profile), empty)


def test_equal_profiles_give_equal_bytes(profile):
    assert CROISSANT.render(profile) == CROISSANT.render(profile.model_copy(deep=True))


@given(st.lists(st.text(max_size=8), max_size=12))
def test_ids_are_unique_and_have_no_blanks(parts):
    names = Names()
    given_ids = [names.give(part) for part in parts]
    assert len(set(given_ids)) == len(given_ids)
    for identity in given_ids:
        assert identity
        assert not any(character.isspace() or character in ":#?%<>\"'" for character in identity)
        assert not {"", ".", ".."} & set(identity.split("/"))


@pytest.fixture
def islands(tmp_path):
    """Two tables, one of which refers to the other."""
    folder = tmp_path / "islands"
    folder.mkdir()
    names = ["syros", "naxos", "paros", "tinos", "milos"]
    ports = "".join(f"port {number},{names[number % 5]}\n" for number in range(40))
    (folder / "ports.csv").write_text(f"port,island\n{ports}")
    (folder / "islands.csv").write_text(
        "island,people\n" + "".join(f"{name},{1000 + place}\n" for place, name in enumerate(names))
    )
    return folder


def test_a_reference_is_followed_and_every_row_is_there_once(islands, load, rows_of):
    profile = profile_of(islands).model
    content = CROISSANT.render(profile)
    tables = {item["@id"]: item for item in json.loads(content)["recordSet"]}
    assert tables["ports"]["field"][1]["references"] == {"field": {"@id": "islands/island"}}
    dataset = load(content, islands)
    rows = rows_of(dataset, content, "ports")
    assert rows[:2] == [[b"port 0", b"syros"], [b"port 1", b"naxos"]]
    assert len(rows) == 40
    assert rows_of(dataset, content, "islands")[:2] == [[b"syros", 1000], [b"naxos", 1001]]


def test_a_table_of_several_files_is_loaded_from_their_set(tmp_path, load, rows_of):
    folder = tmp_path / "months"
    folder.mkdir()
    for month, ships in ((1, 12), (2, 7)):
        (folder / f"calls_2026-{month:02}.csv").write_text(f"port,ships\nSyros,{ships}\n")
    content = CROISSANT.render(profile_of(folder).model)
    (table,) = json.loads(content)["recordSet"]
    assert "fileSet" in table["field"][0]["source"]
    assert rows_of(load(content, folder), content, table["@id"]) == [[b"Syros", 12], [b"Syros", 7]]
    elsewhere = json.loads(croissant_renderer("../months/").render(profile_of(folder).model))
    assert "recordSet" not in elsewhere, "readers look for sets beneath the document alone"


def test_a_file_whose_name_is_not_utf_8_is_not_claimed_to_load(tmp_path):
    folder = tmp_path / "odd"
    folder.mkdir()
    (folder / os.fsdecode(b"\xff.csv")).write_text("port,ships\nSyros,12\nNaxos,7\n")
    document = croissant_document(profile_of(folder).model)
    assert "recordSet" not in document
    assert "not UTF-8" in document["distribution"][0]["description"]


def test_a_compressed_table_is_loaded(tmp_path, load, rows_of):
    folder = tmp_path / "zipped"
    folder.mkdir()
    (folder / "ports.csv.gz").write_bytes(gzip.compress(b"port,ships\nSyros,12\n"))
    content = CROISSANT.render(profile_of(folder).model)
    (table,) = json.loads(content)["recordSet"]
    assert rows_of(load(content, folder), content, table["@id"]) == [[b"Syros", 12]]


def test_json_lines_are_loaded_where_pandas_leaves_them_alone(tmp_path, load, rows_of):
    folder = tmp_path / "lines"
    folder.mkdir()
    (folder / "ports.jsonl").write_text('{"port": "Syros", "ships": 12}\n{"port": "Naxos", "ships": 7}\n')
    (folder / "codes.jsonl").write_text('{"code": "007"}\n{"code": "008"}\n')
    (folder / "dated.jsonl").write_text('{"date": "x"}\n{"date": "y"}\n')
    content = CROISSANT.render(profile_of(folder).model)
    assert [item["@id"] for item in json.loads(content)["recordSet"]] == ["ports"]
    assert rows_of(load(content, folder), content, "ports") == [[b"Syros", 12], [b"Naxos", 7]]


def test_integers_beside_missing_values_are_not_claimed_where_doubles_would_round_them(tmp_path):
    frame = pandas.DataFrame({"n": pandas.array([2**53 + 1, None], dtype="Int64"), "m": [1, 2]})
    frame.to_parquet(tmp_path / "t.parquet")
    document = croissant_document(profile_of(tmp_path / "t.parquet").model)
    assert "recordSet" not in document
    assert "doubles cannot hold" in document["distribution"][0]["description"]


def test_a_light_profile_has_files_alone(islands):
    document = croissant_document(profile_of(islands, light=True).model)
    assert len(document["distribution"]) == 2
    assert not {"recordSet", "variableMeasured"} & document.keys()


def test_what_nobody_stated_has_a_stand_in(islands):
    document = croissant_document(profile_of(islands).model)
    assert document["license"] == "Not stated"
    assert document["version"] == "1.0.0"
    assert document["citeAs"] == "islands"
    assert len(document["datePublished"]) == 10


def test_the_python_block_of_the_guide_loads_the_rows(tmp_path, monkeypatch):
    (tmp_path / "stations").mkdir()
    (tmp_path / "stations" / "stations.csv").write_text("line,name\n1,Pireas\n2,Anthoupoli\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    profile_of("stations").save("out")
    (tmp_path / "out" / "croissant.json").rename("stations/croissant.json")
    (code,) = blocks("documents.md", "python")
    names = {}
    exec(code, names)
    assert sorted(names["record"].values(), key=str) == [2, b"Anthoupoli"]
