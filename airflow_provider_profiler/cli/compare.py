"""``dataset-profiler compare A B``: what is other in the second of two profiles."""

from pathlib import Path
from typing import Annotated

import typer

from airflow_provider_profiler.checks.comparison import Comparison, compare
from airflow_provider_profiler.cli.exit_codes import ExitCode
from airflow_provider_profiler.cli.report import write_page
from airflow_provider_profiler.cli.show import profile_at
from airflow_provider_profiler.contract.drift import Presence
from airflow_provider_profiler.contract.model import document_json
from airflow_provider_profiler.render.report import comparison_chunks
from airflow_provider_profiler.render.text import count_text, printable

_PAGE = "comparison.html"


def compare_profiles(
    before: Annotated[Path, typer.Argument(metavar="A", help="A profile.json, or the folder that holds one.")],
    after: Annotated[Path, typer.Argument(metavar="B", help="The other one.")],
    report: Annotated[
        str | None,
        typer.Option("--report", metavar="[FILE]", help=f"Write both side by side as a page; {_PAGE} without a name."),
    ] = None,
    open_it: Annotated[bool, typer.Option("--open", help="Show the page in the browser.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a summary.")] = False,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="End with 1 where anything changed, for scripts.")
    ] = False,
) -> None:
    """Compare two profiles: files, tables and columns that came, went or changed, and distributions that moved."""
    found = compare(profile_at(before), profile_at(after))
    if json:
        typer.echo(document_json(_told(found)), nl=False)
    else:
        typer.echo(comparison_text(found), nl=False)
    if report is not None or open_it:
        page = write_page(Path(report or _PAGE), comparison_chunks(found), open_it=open_it)
        typer.echo(f"Written: {page}", err=json)
    raise typer.Exit(ExitCode.SOME_FAILED if exit_code and found.changed else ExitCode.OK)


def comparison_text(found: Comparison) -> str:
    """What changed, for people: tables and columns without those that are the same, and no value of a cell but the
    ends of ranges.
    """
    lines = []
    files = found.files
    for word, paths in (("added", files.added), ("removed", files.removed), ("changed", files.changed)):
        if paths:
            rest = f" and {len(paths) - 1:,} more" if paths[1:] else ""
            lines.append(f"{count_text(len(paths), 'file')} {word}: {printable(paths[0])}{rest}")
    for table in found.tables:
        if table.presence is Presence.SAME:
            continue
        lines.append(f"{printable(table.name)}: {'; '.join((table.presence.value, *map(printable, table.changes)))}")
        for column in table.columns:
            if column.presence is not Presence.SAME:
                told = "; ".join(map(printable, column.changes)) or column.presence.value
                lines.append(f"  {printable(column.name)}: {told}")
    return "\n".join(lines or ["Nothing of weight changed."]) + "\n"


def _told(found: Comparison) -> dict[str, object]:
    return {
        "changed": found.changed,
        "files": found.files.model_dump(mode="json"),
        "tables": [
            {
                "name": table.name,
                "presence": table.presence.value,
                "changes": list(table.changes),
                "rows": [None if side is None else side.row_count for side in (table.before, table.after)],
                "columns": [
                    column.model_dump(mode="json", include={"name", "presence", "distance", "changes"})
                    for column in table.columns
                ],
            }
            for table in found.tables
        ],
    }
