"""Statistics of a column of texts by the type that its texts were found to have."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce

import numpy as np

from airflow_provider_profiler.contract.profile import DataType
from airflow_provider_profiler.contract.statistics import (
    BooleanStatistics,
    ColumnStatistics,
    NullToken,
    Scalar,
    TextStatistics,
    TopValue,
)
from airflow_provider_profiler.profiling.semantics.decision import Decision
from airflow_provider_profiler.profiling.semantics.evidence import READINGS, Evidence, is_textual, reading_values
from airflow_provider_profiler.profiling.semantics.recognition import Recognised, recognise
from airflow_provider_profiler.profiling.semantics.vocabulary import BOOLEAN_WORDS
from airflow_provider_profiler.profiling.semantics.votes import Vote
from airflow_provider_profiler.profiling.statistics.display import show_text
from airflow_provider_profiler.profiling.statistics.encoding import Integers
from airflow_provider_profiler.profiling.statistics.exact_table import ExactTable
from airflow_provider_profiler.profiling.statistics.keys import BytesKeys
from airflow_provider_profiler.profiling.statistics.lengths import Lengths
from airflow_provider_profiler.profiling.statistics.temporals import TemporalState
from airflow_provider_profiler.profiling.statistics.texts import TextKind, TextState
from airflow_provider_profiler.profiling.statistics.top_values import TopValues, TopValuesMetric
from airflow_provider_profiler.profiling.statistics.typed import (
    add_accuracy,
    describe_numbers,
    describe_temporals,
    distinct_accuracy,
)


@dataclass(frozen=True)
class TextView:
    """The state of a column of texts, whether it is a table or a sketch."""

    lengths: Lengths
    distinct: int
    plain_distinct: int
    """Distinct texts that are nothing but text."""
    exact: bool
    evidence: Evidence
    frequent: ExactTable[BytesKeys]
    """All texts, or those that a sketch kept as frequent for certain."""
    seen: Recognised
    """What the frequent texts were taken for."""
    top: TopValues
    """The most frequent of all texts."""


def view(state: TextState, metric: TopValuesMetric) -> TextView:
    """Bring both forms of a state under one roof; for texts, not for binary values."""
    values = state.values
    words_only = values.kind is TextKind.TEXT
    if values.table is not None:
        table = values.table
        seen = recognise(table.keys.values, words_only=words_only)
        return TextView(
            lengths=Lengths.of(table.keys.values, table.counts, characters=True),
            distinct=len(table),
            plain_distinct=int(is_textual(seen.votes).sum()),
            exact=True,
            # The typed values of a table are never more than its texts.
            evidence=Evidence.of(table, max(len(table), 1), values.seed, seen),
            frequent=table,
            seen=seen,
            top=metric.of_table(table),
        )
    sketch = values.sketch
    if sketch is None or sketch.evidence is None:
        raise AssertionError("texts have a table, or a sketch with evidence")
    hitters = sketch.hitters
    rows = np.flatnonzero(hitters.counts > hitters.error)
    frequent = ExactTable(hitters.keys.take(rows), hitters.counts[rows])
    return TextView(
        lengths=sketch.lengths,
        distinct=sketch.distinct,
        plain_distinct=sketch.plain.estimate(),
        exact=False,
        evidence=sketch.evidence,
        frequent=frequent,
        seen=recognise(frequent.keys.values, words_only=words_only),
        top=metric.of_hitters(hitters),
    )


def text_statistics(texts: TextView, missing: int) -> ColumnStatistics:
    """The statistics of a column that is text."""
    lengths = texts.lengths
    statistics = ColumnStatistics(
        row_count=lengths.rows,
        missing_count=missing,
        distinct_count=min(texts.distinct, lengths.rows),
        null_tokens=null_tokens(texts.evidence, numeric=False),
        text=describe_lengths(lengths),
        top_values=tuple(TopValue(value=show_text(text), count=rows) for text, rows in texts.top.found),
    )
    return add_accuracy(statistics, distinct=distinct_accuracy(exact=texts.exact), top_values=texts.top.accuracy)


def describe_lengths(lengths: Lengths) -> TextStatistics | None:
    """The statistics of lengths, or None where there is no value."""
    if not lengths.rows:
        return None
    return TextStatistics(
        minimum_length=lengths.minimum,
        mean_length=lengths.total / lengths.rows,
        maximum_length=lengths.maximum,
        blank_count=lengths.blank,
    )


def null_tokens(evidence: Evidence, *, numeric: bool) -> tuple[NullToken, ...]:
    """The null tokens, the most frequent first; "NaN" is one of them where it cannot be a number."""
    tokens = dict(evidence.tokens)
    if not numeric and evidence.rows(Vote.NOT_A_NUMBER):
        tokens["NaN"] = evidence.rows(Vote.NOT_A_NUMBER)
    ordered = sorted(tokens.items(), key=lambda item: (-item[1], item[0]))
    return tuple(NullToken(token=token, count=rows) for token, rows in ordered)


def typed_statistics(texts: TextView, decision: Decision, missing: int, metric: TopValuesMetric) -> ColumnStatistics:
    """The statistics of a column whose texts are numbers, booleans, dates or times."""
    evidence = texts.evidence
    rows = texts.lengths.rows
    statistics = ColumnStatistics(
        row_count=rows,
        missing_count=missing,
        distinct_count=0,
        null_tokens=null_tokens(evidence, numeric=decision.data_type in (DataType.INTEGER, DataType.FLOAT)),
    )
    own: int
    exact = texts.exact
    if decision.data_type is DataType.BOOLEAN:
        true, false = int(evidence.words[0::2].sum()), int(evidence.words[1::2].sum())
        counts = sorted(((True, true), (False, false)), key=lambda item: -item[1])
        found = TopValues(tuple((value, amount) for value, amount in counts if amount)[: metric.limit])
        own = sum(1 for _, amount in counts if amount)
        statistics = statistics.model_copy(update={"boolean": BooleanStatistics(true_count=true, false_count=false)})
    elif decision.readings:
        state = _merged_readings(evidence, decision)
        statistics, found = describe_temporals(statistics, state, metric)
        own, exact = state.distinct, exact or (state.values.table is not None and not texts.plain_distinct)
    else:
        numbers = evidence.integers.merge(evidence.floats)
        as_float = decision.data_type is DataType.FLOAT
        statistics, found = describe_numbers(statistics, numbers, metric, as_float=as_float)
        own, exact = numbers.distinct, exact or (numbers.values.table is not None and not texts.plain_distinct)
    distinct = own + _distinct_others(texts, decision)
    statistics = statistics.model_copy(
        update={"distinct_count": min(distinct, rows), "top_values": _with_others(found, texts, decision, metric)}
    )
    return add_accuracy(statistics, distinct=distinct_accuracy(exact=exact), top_values=found.accuracy)


def _merged_readings(evidence: Evidence, decision: Decision) -> TemporalState:
    present = [evidence.readings[name] for name in decision.readings if name in evidence.readings]
    return reduce(TemporalState.merge, present)


def _others(texts: TextView, decision: Decision) -> ExactTable[BytesKeys]:
    """The frequent texts that did not win: they stay in the column as the texts they are."""
    winning = {vote.code for vote in decision.winning}
    if decision.data_type in (DataType.INTEGER, DataType.FLOAT):
        winning.add(Vote.NOT_A_NUMBER.code)
    return texts.frequent.select(np.flatnonzero(~np.isin(texts.seen.votes, sorted(winning))))


def _distinct_others(texts: TextView, decision: Decision) -> int:
    if texts.exact:
        return len(_others(texts, decision))
    evidence = texts.evidence
    found = texts.plain_distinct + len(evidence.tokens)
    if decision.data_type not in (DataType.INTEGER, DataType.FLOAT):
        found += evidence.integers.distinct + evidence.floats.distinct
    if decision.data_type is not DataType.BOOLEAN:
        found += int((evidence.words > 0).sum())
    for name, state in evidence.readings.items():
        # Dates that may be read in two ways are in two readings; the day-first one speaks for both.
        if not name.endswith("month_first") and not set(READINGS[name][1]) & decision.winning:
            found += state.distinct
    return found


def _with_others(
    found: TopValues, texts: TextView, decision: Decision, metric: TopValuesMetric
) -> tuple[TopValue, ...]:
    """The frequent values of the winning type together with the frequent texts that did not win."""
    top = [TopValue(value=value, count=rows) for value, rows in found.found]
    others = _others(texts, decision).top(metric.limit) if found.found or not texts.exact else []
    top += [TopValue(value=show_text(text), count=rows) for text, rows in others]
    return tuple(sorted(top, key=lambda item: -item.count)[: metric.limit])


def sample_of(keys: BytesKeys, decision: Decision, limit: int) -> tuple[Scalar, ...]:
    """The first values that are of the column's type.

    :param keys: the first distinct texts of the column.
    """
    seen = recognise(keys.values)
    if decision.data_type is DataType.TEXT:
        kept = np.flatnonzero(~np.isin(seen.votes, [Vote.NULL_TOKEN.code, Vote.NOT_A_NUMBER.code]))
        return tuple(show_text(text) for text in keys.take(kept[:limit]).items())
    winning = [vote.code for vote in decision.winning if vote is not Vote.INFINITY]
    kept = np.flatnonzero(np.isin(seen.votes, winning))
    values = list(dict.fromkeys(_typed(seen, decision)(kept)))
    return tuple(values[:limit])


def _typed(seen: Recognised, decision: Decision) -> Callable[[Integers], list[Scalar]]:
    if decision.data_type is DataType.INTEGER:
        return lambda rows: list(seen.integers[rows].tolist())
    if decision.data_type is DataType.FLOAT:
        floats = np.where(seen.votes == Vote.INTEGER.code, seen.integers, seen.floats)
        return lambda rows: list(floats[rows].tolist())
    if decision.data_type is DataType.BOOLEAN:
        words = [position % 2 == 0 for position in range(len(BOOLEAN_WORDS))]
        return lambda rows: [words[place] for place in seen.integers[rows].tolist()]
    reading = decision.readings[-1]
    calendar = READINGS[reading][0]
    return lambda rows: [calendar.iso(value) for value in reading_values(reading, seen, rows).tolist()]
