"""The guide to reading says what the options and the reader are."""

import re
from pathlib import Path

from airflow_provider_profiler.contract.options import ReadingOptions
from airflow_provider_profiler.contract.profile import Reading
from airflow_provider_profiler.profiling.readers import mending, record_scan, text_scan
from airflow_provider_profiler.profiling.readers.dialect_election import DELIMITERS
from airflow_provider_profiler.profiling.readers.surroundings import COMMENT_MARKS

GUIDE = (Path(__file__).resolve().parents[3] / "docs" / "reading.md").read_text(encoding="utf-8")


def test_every_option_is_explained_and_no_other() -> None:
    section = GUIDE.split("## What can be told\n")[1]
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == list(ReadingOptions.model_fields)


def test_what_is_counted_is_in_the_profile() -> None:
    counted = set(re.findall(r"`(\w+_lines)`", GUIDE)) - {"skip_lines"}
    assert counted == {"skipped_lines", "comment_lines", "footer_lines"} <= set(Reading.model_fields)


def test_marks_and_limits_are_those_of_the_code() -> None:
    assert all(f"`{mark}`" in GUIDE for mark in COMMENT_MARKS)
    assert set(DELIMITERS) == {"\t", "|", ";", ","}
    assert text_scan.FAR == 16 << 20
    assert record_scan._MOST_DAMAGE == 0.25
    assert mending.VIEW < text_scan.FAR
