"""What is wrong with a table is told with counts and with at most five examples."""

from typing import Any

from airflow_provider_profiler.contract.profile import QualityErrorType


def errors(bench: Any, text: str, **options: Any) -> dict[str, tuple[str, str, int, list[str | None]]]:
    (bench.dataset / "table.csv").write_text(text, encoding="utf-8")
    return {
        error.column: (
            error.error_type,
            error.description,
            error.affected_rows,
            [example.value for example in error.examples],
        )
        for error in bench.heavy(**options).record_sets[0].quality
    }


def test_words_for_no_value(bench: Any) -> None:
    found = errors(bench, "n,m\n1,2\nNA,2\nNA,3\n-,4\n5,5\n")
    description = '3 values are words for "no value": NA (2), - (1)'
    assert found == {"n": (QualityErrorType.VALUE_ERROR, description, 3, ["NA", "-"])}
    # Told to be missing, they are no values.
    assert errors(bench, "n,m\n1,2\nNA,2\nNA,3\n5,5\n", reading={"null_tokens": ["NA"]}) == {}


def test_forms_of_dates_are_shown_that_most_do_not_have(bench: Any) -> None:
    found = errors(bench, "when,n\n2024-01-05,1\n2024/02/06,2\n2024-03-07,3\n05 Mar 2024,4\n2024-03-09,5\n")
    kind, description, rows, examples = found["when"]
    assert (kind, rows, examples) == (QualityErrorType.FORMAT_INCONSISTENCY, 2, ["05 Mar 2024", "2024/02/06"])
    assert description.startswith("Dates are written in 3 forms: %Y-%m-%d (3)")


def test_ids_of_errors_are_distinct(bench: Any) -> None:
    (bench.dataset / "scans").mkdir()
    for name in ("a.bin", "b.bin", "c.bin"):
        (bench.dataset / "scans" / name).write_bytes(b"\x00")
    text = "scan,other,n,empty\n" + "a.bin,b.bin,NA,\nb.bin,c.bin,2,\nx.bin,y.bin,3,\na.bin,b.bin,NA,\n"
    (bench.dataset / "table.csv").write_text(text, encoding="utf-8")
    quality = bench.heavy().record_sets[0].quality
    assert len({error.id for error in quality}) == len(quality)
    assert {error.column for error in quality} == {"", "scan", "other", "n", "empty"}
    assert all(0 < error.affected_rows <= 4 and len(error.examples) <= 5 for error in quality)
