"""What is wrong with a table, in the vocabulary of its readers."""

from collections.abc import Sequence
from uuid import UUID

from airflow_provider_profiler.contract.identity import part_uuid
from airflow_provider_profiler.contract.profile import QualityError, QualityErrorType, QualityExample
from airflow_provider_profiler.contract.statistics import Accuracy, Method, NullToken
from airflow_provider_profiler.profiling.readers.reader import Table
from airflow_provider_profiler.profiling.row_places import RowPlaces
from airflow_provider_profiler.profiling.semantics.column_type import ColumnProfile
from airflow_provider_profiler.profiling.table_state import TableState

#: What rows of a reader are that were left out, where they are not rows of cells.
_REJECTED = {
    "json_lines": "Lines that are not one JSON object with distinct keys were left out",
    "json": "Items of the array that are not one JSON object with distinct keys were left out; they are told by number",
}

#: Examples of one error.
_EXAMPLES = 5
_ONE_FILE = RowPlaces()


def quality_errors(
    record_set_id: UUID,
    table: Table,
    state: TableState,
    columns: Sequence[ColumnProfile],
    duplicates: tuple[int, Accuracy],
    *,
    places: RowPlaces = _ONE_FILE,
    rejected: tuple[QualityExample, ...] | None = None,
) -> tuple[QualityError, ...]:
    """What is wrong with a table's rows and columns, and what the columns' profiles found.

    That is: rows that were rejected, that have bytes which could not be read, or that repeat another one; and columns
    without any value.

    :param record_set_id: the ids of the errors are derived from it, and from their order.
    :param columns: the profiles of the table's columns, in their order.
    :param duplicates: rows minus distinct rows, and how exact that is.
    :param places: where the table's rows are found.
    :param rejected: examples of rows that were rejected, with the files that they stand in; those of the state where
        it is None.
    """
    errors: list[QualityError] = []

    def add(
        column: str,
        error_type: QualityErrorType,
        description: str,
        affected_rows: int,
        examples: tuple[QualityExample, ...] = (),
    ) -> None:
        errors.append(
            QualityError(
                id=part_uuid(record_set_id, "quality", str(len(errors))),
                column=column,
                error_type=error_type,
                description=description,
                affected_rows=affected_rows,
                examples=examples,
            )
        )

    if state.rejected.count:
        add(
            "",
            QualityErrorType.FORMAT_INCONSISTENCY,
            _REJECTED[table.reading.reader]
            if table.reading.reader in _REJECTED
            else f"Rows that do not have the table's {len(table.columns)} columns were left out",
            state.rejected.count,
            tuple(places.example(text, line) for line, text in state.rejected.examples)
            if rejected is None
            else rejected,
        )
    damage = table.undecodable
    if damage.lines:
        add("", QualityErrorType.FORMAT_INCONSISTENCY, damage.told, damage.lines, damage.examples)
    repeated, accuracy = duplicates
    if repeated:
        description = _repeated_rows(repeated, accuracy, state.rows)
        add("", QualityErrorType.CONSISTENCY_ERROR, description, repeated, _repetitions(state, places))
    for column, profile in zip(table.wanted, columns, strict=True):
        if state.rows and not profile.statistics.row_count:
            add(column.name, QualityErrorType.VALUE_ERROR, "The column holds no value in any row", state.rows)
        tokens = profile.statistics.null_tokens
        if tokens:
            amount = sum(token.count for token in tokens)
            rows = profile.token_rows or (0,) * len(tokens)
            shown = tuple(places.example(token.token, row) for token, row in zip(tokens, rows, strict=True))[:_EXAMPLES]
            add(column.name, QualityErrorType.VALUE_ERROR, _null_tokens(tokens, amount), amount, shown)
        for finding in profile.findings:
            rows = finding.rows or (0,) * len(finding.examples)
            examples = tuple(places.example(*place) for place in zip(finding.examples, rows, strict=True))
            add(column.name, finding.error_type, finding.description, finding.affected_rows, examples)
    return tuple(errors)


def _repetitions(state: TableState, places: RowPlaces) -> tuple[QualityExample, ...]:
    """Rows that repeat another one: what is shown of each is where that one stands."""
    if state.distinct_rows is None:
        return ()
    found = []
    for item in state.distinct_rows.repetitions(_EXAMPLES):
        first, again = places.example(None, item.first), places.example(None, item.row)
        where = "" if first.path is None else f" of {first.path}"
        value = "the same as a row before" if first.row is None else f"the same as row {first.row}{where}"
        found.append(again.model_copy(update={"value": value}))
    return tuple(found)


def _null_tokens(tokens: Sequence[NullToken], amount: int) -> str:
    listed = ", ".join(f"{token.token} ({token.count:,})" for token in tokens[:_EXAMPLES])
    more = f" and {len(tokens) - _EXAMPLES} more" if len(tokens) > _EXAMPLES else ""
    noun = "value is a word" if amount == 1 else "values are words"
    return f'{amount:,} {noun} for "no value": {listed}{more}'


def _repeated_rows(repeated: int, accuracy: Accuracy, rows: int) -> str:
    about = "" if accuracy.method is Method.EXACT else "About "
    noun = "row repeats" if repeated == 1 else "rows repeat"
    return (
        f"{about}{repeated:,} of {rows:,} {noun} another one in every column, which may be right: "
        "nothing tells what happened twice from what was written twice"
    )
