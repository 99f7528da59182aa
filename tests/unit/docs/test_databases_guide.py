"""The guide to databases says what can be configured and told."""

import re
from pathlib import Path

from airflow_provider_profiler.config.databases import DatabaseEntry, read_entries
from airflow_provider_profiler.contract.options import DatabaseOptions
from airflow_provider_profiler.contract.specification import DatabaseConnection

GUIDE = (Path(__file__).resolve().parents[3] / "docs" / "databases.md").read_text(encoding="utf-8")


def test_every_option_is_explained_and_no_other() -> None:
    section = GUIDE.split("## Options\n")[1]
    first_cells = re.findall(r"^\| (`.*?`) \|", section, re.MULTILINE)
    assert [name for cell in first_cells for name in re.findall(r"`(\w+)`", cell)] == list(DatabaseOptions.model_fields)


def test_the_examples_are_valid() -> None:
    connector, entries = re.findall(r"```json\n(.*?)```", GUIDE, re.DOTALL)
    assert DatabaseConnection.model_validate_json(connector).port == 5432
    assert read_entries(entries)[0].product == "mysql"


def test_every_field_of_a_server_is_named() -> None:
    section = GUIDE.split("## Which servers\n")[1].split("\n## ")[0]
    for name in DatabaseEntry.model_fields:
        assert f"`{name}`" in section, name
