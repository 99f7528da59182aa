"""From a column's state to what documents say of it: type, format, statistics, sample, and what is odd."""

from dataclasses import dataclass

import numpy as np

from airflow_provider_profiler.contract.options import StatisticsOptions
from airflow_provider_profiler.contract.profile import DataType, TypeVote
from airflow_provider_profiler.contract.statistics import BooleanStatistics, ColumnStatistics, Scalar, TopValue
from airflow_provider_profiler.profiling.semantics.counted_texts import EXAMPLES
from airflow_provider_profiler.profiling.semantics.decision import Decision, decide, votes_cast
from airflow_provider_profiler.profiling.semantics.evidence import Evidence
from airflow_provider_profiler.profiling.semantics.findings import (
    Finding,
    find,
    find_mixed_scripts,
    find_sentinels,
    note_on_dates,
    note_on_lists,
    notes,
)
from airflow_provider_profiler.profiling.semantics.inferred import (
    TextView,
    describe_lengths,
    sample_of,
    sentinels_of,
    text_statistics,
    token_rows,
    typed_statistics,
    view,
)
from airflow_provider_profiler.profiling.semantics.number_lists import number_list_separator
from airflow_provider_profiler.profiling.semantics.other_forms import other_forms
from airflow_provider_profiler.profiling.semantics.sentinels import compact_dates, date_sentinels, number_sentinels
from airflow_provider_profiler.profiling.semantics.value_patterns import weighed
from airflow_provider_profiler.profiling.semantics.votes import NEUTRAL, TEXTUAL, VOTES, Vote
from airflow_provider_profiler.profiling.statistics.booleans import BooleanState
from airflow_provider_profiler.profiling.statistics.column import ColumnState
from airflow_provider_profiler.profiling.statistics.display import show_binary, show_text
from airflow_provider_profiler.profiling.statistics.keys import BytesKeys, NumberKeys
from airflow_provider_profiler.profiling.statistics.lengths import Lengths
from airflow_provider_profiler.profiling.statistics.numbers import NumberState
from airflow_provider_profiler.profiling.statistics.temporals import TemporalState
from airflow_provider_profiler.profiling.statistics.texts import TextKind, TextState
from airflow_provider_profiler.profiling.statistics.top_values import TopValuesMetric
from airflow_provider_profiler.profiling.statistics.typed import (
    add_accuracy,
    describe_numbers,
    describe_temporals,
    distinct_accuracy,
)


@dataclass(frozen=True)
class ColumnProfile:
    """What is known about a column."""

    data_type: DataType
    statistics: ColumnStatistics
    sample: tuple[Scalar, ...] = ()
    """The first distinct values of the column's type."""
    format: str | None = None
    """The most frequent form of its dates or times, in strptime's notation."""
    language: str | None = None
    """Of the names of months and days in its dates."""
    unit: str | None = None
    decimal_mark: str | None = None
    """The marks of numbers that are not written as programs do."""
    group_mark: str | None = None
    boolean_words: tuple[str, ...] = ()
    votes: tuple[TypeVote, ...] = ()
    """Empty for columns whose type is known."""
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    typed_share: float = 1.0
    """Of the values that say something those that are of the column's type."""
    compact_dates: bool = False
    """All of its integers could be dates, year, month and day in eight digits."""
    token_rows: tuple[int, ...] = ()
    """The first row of each null token of the statistics."""
    list_separator: str = ""
    """What separates the numbers of its cells, where they hold lists of them."""


def describe(state: ColumnState, options: StatisticsOptions) -> ColumnProfile:
    """Decide the column's type and read its statistics.

    :param options: how many top values and sample values are shown.
    """
    metric = TopValuesMetric(options.top_values)
    limit = options.sample_values
    values = state.values
    if isinstance(values, TextState):
        if values.values.kind is TextKind.BINARY:
            return _binary(state, values, metric, limit)
        return _texts(state, values, metric, limit)
    if isinstance(values, NumberState):
        return _numbers(state, values, metric, limit)
    if isinstance(values, TemporalState):
        return _temporals(state, values, metric, limit)
    if isinstance(values, BooleanState):
        return _booleans(state, values, metric, limit)
    return ColumnProfile(DataType.TEXT, _counted(0, state.missing, 0))


def _counted(rows: int, missing: int, distinct: int) -> ColumnStatistics:
    # An estimate may exceed the rows, the truth cannot.
    return ColumnStatistics(row_count=rows, missing_count=missing, distinct_count=min(distinct, rows))


def _leading(state: ColumnState, limit: int) -> list[Scalar]:
    keys = state.leading.keys
    return list(keys.items()[:limit]) if isinstance(keys, NumberKeys) else []


def _numbers(state: ColumnState, values: NumberState, metric: TopValuesMetric, limit: int) -> ColumnProfile:
    finite = values.values
    if finite.sketch is not None:
        is_float = finite.sketch.total is None
    else:
        is_float = finite.table is not None and finite.table.keys.values.dtype.kind == "f"
    statistics = _counted(values.counts.rows, state.missing, values.distinct)
    statistics, top = describe_numbers(statistics, values, metric, as_float=is_float)
    shown = tuple(TopValue(value=value, count=rows) for value, rows in top.found)
    return ColumnProfile(
        DataType.FLOAT if is_float else DataType.INTEGER,
        add_accuracy(
            statistics.model_copy(update={"top_values": shown}),
            distinct=distinct_accuracy(exact=finite.sketch is None),
            top_values=top.accuracy,
        ),
        tuple(_leading(state, limit)),
        findings=find_sentinels(number_sentinels(values)),
        compact_dates=not is_float and bool(compact_dates(values)),
    )


def _temporals(state: ColumnState, values: TemporalState, metric: TopValuesMetric, limit: int) -> ColumnProfile:
    calendar = values.values.calendar
    statistics = _counted(values.rows, state.missing, values.distinct)
    statistics, top = describe_temporals(statistics, values, metric)
    shown = tuple(TopValue(value=value, count=rows) for value, rows in top.found)
    data_type = DataType.DATE if calendar.unit == "D" else DataType.TIME if calendar.time_of_day else DataType.DATE_TIME
    return ColumnProfile(
        data_type,
        add_accuracy(
            statistics.model_copy(update={"top_values": shown}),
            distinct=distinct_accuracy(exact=values.values.sketch is None),
            top_values=top.accuracy,
        ),
        tuple(calendar.iso(int(value)) for value in _leading(state, limit)),
        findings=find_sentinels(date_sentinels(values)),
    )


def _booleans(state: ColumnState, values: BooleanState, metric: TopValuesMetric, limit: int) -> ColumnProfile:
    counts = sorted(((True, values.true), (False, values.false)), key=lambda item: -item[1])
    present = [TopValue(value=value, count=rows) for value, rows in counts if rows]
    rows = values.true + values.false
    statistics = _counted(rows, state.missing, len(present)).model_copy(
        update={
            "boolean": BooleanStatistics(true_count=values.true, false_count=values.false) if rows else None,
            "top_values": tuple(present[: metric.limit]),
        }
    )
    return ColumnProfile(DataType.BOOLEAN, statistics, tuple(bool(value) for value in _leading(state, limit)))


def _binary(state: ColumnState, values: TextState, metric: TopValuesMetric, limit: int) -> ColumnProfile:
    held = values.values
    if held.table is not None:
        lengths, distinct = Lengths.of(held.table.keys.values, held.table.counts, characters=False), len(held.table)
    elif held.sketch is not None:
        lengths, distinct = held.sketch.lengths, held.sketch.distinct
    else:
        raise AssertionError("values are a table or a sketch")
    top = metric.read(held)
    statistics = _counted(lengths.rows, state.missing, distinct).model_copy(
        update={
            "text": describe_lengths(lengths),
            "top_values": tuple(TopValue(value=show_binary(value), count=rows) for value, rows in top.found),
        }
    )
    statistics = add_accuracy(
        statistics, distinct=distinct_accuracy(exact=held.sketch is None), top_values=top.accuracy
    )
    keys = state.leading.keys
    sample = keys.items()[:limit] if isinstance(keys, BytesKeys) else []
    return ColumnProfile(DataType.TEXT, statistics, tuple(show_binary(value) for value in sample))


def _texts(state: ColumnState, values: TextState, metric: TopValuesMetric, limit: int) -> ColumnProfile:
    texts = view(values, metric)
    inferred = values.values.kind is TextKind.INFERRED
    decision = decide(texts.evidence) if inferred else Decision()
    separator = _list_separator(texts, decision) if inferred else ""
    if separator:
        decision = Decision()
    content = texts.content() if decision.data_type is DataType.TEXT else None
    if decision.data_type is DataType.TEXT:
        statistics = text_statistics(texts, state.missing, content)
    else:
        statistics = typed_statistics(texts, decision, state.missing, metric)
    keys = state.leading.keys
    written = decision.numeric and decision.numbers is not None and bool(decision.numbers.written)
    dates = decision.data_type is DataType.INTEGER and not decision.unit and compact_dates(texts.evidence.integers)
    others = other_forms(texts.frequent, texts.seen, texts.evidence, decision)
    findings = (
        *(find(texts.evidence, decision, others) if inferred else ()),
        *find_sentinels(sentinels_of(texts.evidence, decision)),
        *find_mixed_scripts(content),
    )
    return ColumnProfile(
        data_type=decision.data_type,
        statistics=statistics,
        sample=sample_of(texts, keys, decision, limit) if isinstance(keys, BytesKeys) else (),
        format=decision.format,
        votes=_votes(texts.evidence, decision) if inferred else (),
        findings=findings,
        notes=_notes(texts.evidence, decision, dates or 0, separator) if inferred else (),
        language=decision.language,
        unit=decision.unit or None,
        decimal_mark=decision.decimal_mark if written else None,
        group_mark=decision.group_mark or None,
        boolean_words=decision.words if decision.data_type is DataType.BOOLEAN else (),
        typed_share=1.0 if decision.data_type is DataType.TEXT else decision.rows / votes_cast(texts.evidence),
        compact_dates=bool(dates),
        token_rows=token_rows(texts.evidence, statistics.null_tokens),
        list_separator=separator,
    )


def _list_separator(texts: TextView, decision: Decision) -> str:
    """What separates the numbers in the cells of a column of lists, also where commas look like thousands."""
    if decision.data_type is not DataType.TEXT and decision.group_mark != ",":
        return ""
    tokens = frozenset(texts.evidence.tokens)
    if texts.sample is not None:
        keys = texts.sample.keys
        return number_list_separator(weighed(keys.values, np.ones(len(keys), np.int64), tokens))
    return number_list_separator(weighed(texts.frequent.keys.values, texts.frequent.counts, tokens))


def _notes(evidence: Evidence, decision: Decision, dates: int, separator: str) -> tuple[str, ...]:
    if separator:
        return (note_on_lists(separator),)
    found = notes(evidence, decision)
    return (*found, note_on_dates(dates)) if dates else found


def _votes(evidence: Evidence, decision: Decision) -> tuple[TypeVote, ...]:
    winning = decision.winning or TEXTUAL
    rows = {vote: found for vote in VOTES if (found := evidence.rows(vote))}
    if decision.decimal_mark == "." and Vote.FLOAT_OR_GROUPED in rows:
        # Nothing but the comma as decimal mark makes such a number anything but a float.
        rows[Vote.FLOAT] = rows.get(Vote.FLOAT, 0) + rows.pop(Vote.FLOAT_OR_GROUPED)
    return tuple(
        TypeVote(
            type=vote.value,
            count=rows[vote],
            examples=tuple(show_text(text) for text in _examples(evidence, vote))
            if vote not in winning and vote not in NEUTRAL
            else _padded_tokens(evidence)
            if vote is Vote.NULL_TOKEN
            else (),
        )
        for vote in sorted(rows, key=lambda vote: (-rows[vote], vote.code))
    )


def _padded_tokens(evidence: Evidence) -> tuple[str, ...]:
    """Words for "no value" with white space around them, which programs that know the words do not take for them."""
    texts = (show_text(text) for text in evidence.examples.get(Vote.NULL_TOKEN, ()))
    return tuple(text for text in texts if text.strip() and text != text.strip())


def _examples(evidence: Evidence, vote: Vote) -> tuple[bytes, ...]:
    found = evidence.examples.get(vote, ())
    if vote is Vote.FLOAT:
        found = tuple(sorted({*found, *evidence.examples.get(Vote.FLOAT_OR_GROUPED, ())})[:EXAMPLES])
    return found
