"""The plain-text summary: what a person sees in a terminal and in a task log."""

import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airflow_provider_profiler.contract.job import JobWarning
from airflow_provider_profiler.contract.states import Target
from airflow_provider_profiler.render.summary import MAX_COLUMNS, MAX_CORRELATIONS, MAX_LINES, MAX_TABLES, summary_text
from airflow_provider_profiler.render.text import aligned, bytes_text, clipped, printable, width

EXPECTED = """\
Επικυρώσεις μετρό
  Dataset  7c4d20a0-33e8-471e-8a3f-a7a54aa09f68
  Profile  heavy, 2026-11-20T00:00:00+00:00, dataset-profiler 0.1
  Files    8 files (5 profiled, 2 listed, 1 failed), 13.7 MiB
  Tables   5 tables, 16 rows, 11 columns

data/επικυρώσεις.csv: 4 rows, 7 columns, about 2 duplicate rows, 1 row rejected
  column          type      missing  distinct  values
  dv_agency       Text         0.0%         2  length 1 .. 9, shape 999 (75.0%)
  dv_validations  Integer      0.0%        ~4  1 .. 17606, mean 5969, median 192
  σταθμός         Text         0.0%         2  length 1 .. 9
  date_hour       DateTime    25.0%         3  2025-05-24T00:00:00 .. 2025-05-27T23:00:00
  load_dt         Date         0.0%         2  2025-05-25 .. 2025-05-28
  boarding        Boolean      0.0%         2  3 true, 1 false
  dv_route        Text       100.0%         0  empty

trips.parquet: 4 rows, 1 column
  column  type   missing  distinct  values
  fare    Float     0.0%         1  1 .. 17606, mean 5969

codes.xlsx [Sheet1]: 4 rows, 1 column
  column  type  missing  distinct  values
  code    Text    25.0%         2  length 1 .. 9

codes.xlsx [Sheet2]: 0 rows, 1 column
  column  type  missing  distinct  values
  code    Text    25.0%         2  length 1 .. 9

ds_era5/stations: 4 rows, 1 column
  column  type  missing  distinct  values
  code    Text    25.0%         2  length 1 .. 9

Not profiled
  failed  broken.csv   malformed: line 3 holds a quote that is never closed
  listed  PDF/129.pdf  unsupported_format: documents are not read yet
  listed  notes.txt    text/plain

Correlations (strongest first)
  επικυρώσεις.fare            rides  +0.875  pearson
  επικυρώσεις.dv_validations  rides  -0.750  spearman

Data quality (rows affected)
  επικυρώσεις.σταθμός   7  Latin letters inside Greek words
  επικυρώσεις.dv_route  4  the column is empty

Warnings
  left_out  2 files match no include pattern
"""


def test_the_summary_of_a_rich_profile(profile):
    assert summary_text(profile) == EXPECTED


def test_no_text_of_a_cell_is_shown(profile):
    assert "ΣΥΝΤΑΓΜΑ" not in summary_text(profile)
    assert "002" not in summary_text(profile)


def test_a_light_profile_has_no_tables(profile):
    light = profile.model_copy(update={"kind": Target.LIGHT, "record_sets": (), "warnings": ()})
    text = summary_text(light)
    assert "light, 2026-11-20" in text
    assert "Tables" not in text
    assert "Warnings" not in text
    # No file of a light profile was meant to be read yet.
    assert "\nFiles\n" in text
    assert "Not profiled" not in text


def test_long_lists_end_in_a_count(profile):
    table = profile.record_sets[0]
    wide = table.model_copy(update={"fields": table.fields * 10, "quality": table.quality * 20})
    many = profile.model_copy(
        update={
            "record_sets": (wide,) * (MAX_TABLES + 1),
            "distributions": profile.distributions * (MAX_LINES + 1),
            "warnings": (JobWarning(code="x", message="y"),) * (MAX_LINES + 1),
        }
    )
    lines = summary_text(many).splitlines()
    assert f"  ... and {70 - MAX_COLUMNS} more columns" in lines
    assert "... and 1 more table" in lines
    # One failed file, and two listed ones of each repetition.
    assert f"  ... and {1 + 2 * (MAX_LINES + 1)} more files" in lines
    assert "  ... and 1 more warning" in lines
    # Failed files are never the ones that are left out.
    assert sum(line.startswith("  failed") for line in lines) == MAX_LINES


def test_listed_files_of_one_reason_share_a_line(profile):
    twice = profile.model_copy(update={"distributions": profile.distributions * 3})
    lines = summary_text(twice).splitlines()
    assert "  listed  PDF/129.pdf and 2 more  unsupported_format: documents are not read yet" in lines
    assert sum("broken.csv" in line for line in lines) == 3


def test_names_cannot_command_a_terminal(profile):
    evil = profile.specification.model_copy(update={"name": "a\x1b[31mb\nc\u202ed"})
    first = summary_text(profile.model_copy(update={"specification": evil})).splitlines()[0]
    assert first == "a\\x1b[31mb\\nc\\u202ed"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_every_profile_that_the_model_allows_has_a_summary_that_is_safe_to_print(data, profiles):
    text = summary_text(data.draw(profiles))
    assert text.endswith("\n")
    assert all(line.isprintable() for line in text.splitlines())
    assert all(line == line.rstrip() for line in text.splitlines())


def test_it_needs_neither_airflow_nor_a_data_library():
    code = (
        "import sys\n"
        "from airflow_provider_profiler.render import cdd, moma, summary\n"
        "heavy = {'airflow', 'pyarrow', 'pandas', 'numpy', 'rich', 'duckdb'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_columns_align_where_characters_are_wide_or_take_no_room():
    combining = "e\u0301"  # é as two code points
    lines = aligned([("καλημέρα", "1"), ("日本", "22"), (combining, "333")], right=(1,))
    assert lines == ["καλημέρα    1", "日本       22", f"{combining}         333"]
    assert {width(line) for line in lines} == {13}


def test_clipping_counts_terminal_columns():
    assert clipped("abc", 3) == "abc"
    assert clipped("abcd", 3) == "ab…"
    assert clipped("日本語", 4) == "日…"


def test_printable_leaves_letters_alone():
    assert printable("Ωραία μέρα, 日本") == "Ωραία μέρα, 日本"
    assert printable("a\tb\x00") == "a\\tb\\x00"


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (2_386_685, "2.3 MiB"),
        (1024**2 - 1, "1.0 MiB"),
        (5 * 1024**6, "5120.0 PiB"),
    ],
)
def test_bytes_read_well(count, expected):
    assert bytes_text(count) == expected


def test_only_the_strongest_correlations_are_shown(profile):
    table = profile.record_sets[0]
    many = tuple(table.correlations[0].model_copy(update={"coefficient": place / 100}) for place in range(-50, 50))
    tables = (table.model_copy(update={"correlations": many}),)
    text = summary_text(profile.model_copy(update={"record_sets": tables}))
    shown = text.partition("Correlations")[2].partition("\n\n")[0].splitlines()[1:]
    assert len(shown) == MAX_CORRELATIONS + 1
    assert shown[0].split()[2] == "-0.500"
    assert shown[-1] == "  ... and 90 more correlations"


def test_a_shape_that_would_show_the_values_is_not_shown(profile):
    table = profile.record_sets[0]
    field = table.fields[0]
    text = field.statistics.text
    for shape, is_shown in (("***", False), ("***9", True)):
        shapes = (text.shapes[0].model_copy(update={"shape": shape}),)
        statistics = field.statistics.model_copy(update={"text": text.model_copy(update={"shapes": shapes})})
        fields = (field.model_copy(update={"statistics": statistics}),)
        tables = (table.model_copy(update={"fields": fields}),)
        assert ("***" in summary_text(profile.model_copy(update={"record_sets": tables}))) == is_shown
