"""``dataset-profiler inspect FILE...``: how each file is read, and what its reader delivers."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from airflow_provider_profiler.cli.exit_codes import ExitCode
from airflow_provider_profiler.contract.errors import ConfigurationError, InvalidRequest
from airflow_provider_profiler.contract.options import ReadingOptions


def inspect(
    files: Annotated[list[Path], typer.Argument(help="Files of any format that is read.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a file, each in a line.")] = False,
    encoding: Annotated[str | None, typer.Option(help="Name of the encoding.")] = None,
    delimiter: Annotated[str | None, typer.Option(help="The character between cells.")] = None,
    quote: Annotated[str | None, typer.Option(help="The character that encloses cells; empty: none does.")] = None,
    escape: Annotated[str | None, typer.Option(help="The character that escapes the next one; empty: none.")] = None,
    header: Annotated[
        bool | None, typer.Option("--header/--no-header", help="Whether the first row names the columns.")
    ] = None,
    skip_lines: Annotated[int | None, typer.Option(help="Lines before the table.")] = None,
    comment: Annotated[str | None, typer.Option(help="What comments begin with; empty: there are none.")] = None,
    footer_lines: Annotated[int | None, typer.Option(help="Lines behind the last row.")] = None,
) -> None:
    """Show how files are read: encoding, dialect, columns, rows, and the distinct texts of each column.

    What is not told by an option is found out.
    """
    told = {
        "encoding": encoding,
        "delimiter": delimiter,
        "quote": quote,
        "escape": escape,
        "header": header,
        "skip_lines": skip_lines,
        "comment": comment,
        "footer_lines": footer_lines,
    }
    try:
        reading = ReadingOptions.model_validate({name: value for name, value in told.items() if value is not None})
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        option = "".join(f"--{str(part).replace('_', '-')}: " for part in problem["loc"])
        raise InvalidRequest(f"{option}{problem['msg']}") from error
    failed = 0
    for file in files:
        for record in _records(file, reading):
            failed += "error" in record
            typer.echo(json.dumps(record, ensure_ascii=False) if as_json else _readable(record))
    if failed:
        raise typer.Exit(ExitCode.NOTHING_PROFILED if failed == len(files) else ExitCode.SOME_FAILED)


def _records(file: Path, reading: ReadingOptions) -> Iterator[dict[str, Any]]:
    """What is printed of a file: one record, or one a table where it has several."""
    try:
        from airflow_provider_profiler.profiling.inspection import inspect_file  # noqa: PLC0415
    except ImportError as error:
        raise ConfigurationError(
            f"The engine is not installed ({error.name} is missing): pip install 'airflow-provider-profiler[engine]'."
        ) from error
    found = inspect_file(file, reading)
    if isinstance(found, str):
        yield {"file": str(file), "error": found}
        return
    for inspected in found:
        how = inspected.table.reading
        yield {
            "file": str(file),
            **({"table": inspected.table.name} if len(found) > 1 else {}),
            "encoding": how.encoding,
            "dialect": how.dialect.model_dump(mode="json") if how.dialect else None,
            "columns": [column.name for column in inspected.table.columns],
            "rows": inspected.rows,
            "distinct": list(inspected.distinct),
            "rejected": inspected.rejected,
            "notes": list(inspected.table.notes),
        }


def _readable(record: dict[str, Any]) -> str:
    """A few lines for people."""
    if "error" in record:
        return f"{record['file']}: {record['error']}"
    dialect = record["dialect"]
    how = [record["encoding"] or "no text"]
    if dialect is not None:
        how.append(f"delimiter {dialect['delimiter']!r}")
        how.append(f"quote {dialect['quote']}" if dialect["quote"] else "no quotes")
        how.append("a header" if dialect["header"] else "no header")
    name = f"{record['file']} ({record['table']})" if "table" in record else record["file"]
    lines = [
        f"{name}: {_counted(record['rows'], 'row')}, {_counted(len(record['columns']), 'column')}; {', '.join(how)}",
        *([f"  {_counted(record['rejected'], 'row')} could not be read"] if record["rejected"] else []),
        *(f"  {note}" for note in record["notes"]),
        *(f"  {column}: {count} distinct" for column, count in zip(record["columns"], record["distinct"], strict=True)),
    ]
    return "\n".join(lines)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
