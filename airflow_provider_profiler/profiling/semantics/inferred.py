"""Statistics of a column of texts by the type that its texts were found to have."""

from collections.abc import Callable, Sequence
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
from airflow_provider_profiler.profiling.semantics.amounts import Amount, amount_values
from airflow_provider_profiler.profiling.semantics.decision import Decision
from airflow_provider_profiler.profiling.semantics.evidence import Evidence, is_textual
from airflow_provider_profiler.profiling.semantics.number_decision import numbers_of
from airflow_provider_profiler.profiling.semantics.readings import READINGS, reading_values
from airflow_provider_profiler.profiling.semantics.recognition import Recognised, recognise
from airflow_provider_profiler.profiling.semantics.sentinels import Sentinel, date_sentinels, number_sentinels
from airflow_provider_profiler.profiling.semantics.vocabulary import BOOLEAN_TRUTHS, BOOLEAN_WORDS
from airflow_provider_profiler.profiling.semantics.votes import VOTES, Vote
from airflow_provider_profiler.profiling.statistics.display import show_text
from airflow_provider_profiler.profiling.statistics.encoding import Integers
from airflow_provider_profiler.profiling.statistics.exact_table import ExactTable
from airflow_provider_profiler.profiling.statistics.keys import BytesKeys
from airflow_provider_profiler.profiling.statistics.lengths import Lengths
from airflow_provider_profiler.profiling.statistics.numbers import NumberState
from airflow_provider_profiler.profiling.statistics.temporals import TemporalState
from airflow_provider_profiler.profiling.statistics.text_content import TextContent
from airflow_provider_profiler.profiling.statistics.texts import NO_TEXTS, TextKind, TextState
from airflow_provider_profiler.profiling.statistics.top_values import TopValues, TopValuesMetric
from airflow_provider_profiler.profiling.statistics.typed import (
    add_accuracy,
    describe_content,
    describe_numbers,
    describe_temporals,
    distinct_accuracy,
)
from airflow_provider_profiler.profiling.statistics.value_sample import ValueSample


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
    inferred: bool
    """Whether the texts may mean numbers or dates, and not only those that are words of the vocabulary."""
    sample: ValueSample | None = None
    """Of the distinct texts, where they are too many to list."""

    def content(self) -> TextContent | None:
        """Characters and shapes; None where no text was kept to look at."""
        if self.exact:
            return TextContent.of_table(self.frequent) if len(self.frequent) else None
        return None if self.sample is None else TextContent.of_sample(self.sample)


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
            inferred=not words_only,
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
        inferred=not words_only,
        sample=sketch.sample,
    )


def text_statistics(texts: TextView, missing: int, content: TextContent | None = None) -> ColumnStatistics:
    """The statistics of a column that is text.

    :param content: what the texts look like, see :meth:`TextView.content`.
    """
    lengths = texts.lengths
    statistics = ColumnStatistics(
        row_count=lengths.rows,
        missing_count=missing,
        distinct_count=min(texts.distinct, lengths.rows),
        null_tokens=null_tokens(texts.evidence, numeric=False),
        text=describe_lengths(lengths),
        top_values=tuple(TopValue(value=show_text(text), count=rows) for text, rows in texts.top.found),
    )
    statistics = add_accuracy(statistics, distinct=distinct_accuracy(exact=texts.exact), top_values=texts.top.accuracy)
    return statistics if content is None else describe_content(statistics, content)


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


def token_rows(evidence: Evidence, tokens: tuple[NullToken, ...]) -> tuple[int, ...]:
    """The first row of each null token; 0 where it is not known."""
    rows = evidence.token_rows
    if evidence.rows(Vote.NOT_A_NUMBER):
        rows = rows | {"NaN": evidence.special.odd.special.get("nan", 0)}
    return tuple(rows.get(token.token, 0) for token in tokens)


def typed_statistics(texts: TextView, decision: Decision, missing: int, metric: TopValuesMetric) -> ColumnStatistics:
    """The statistics of a column whose texts are numbers, booleans, dates or times."""
    evidence = texts.evidence
    rows = texts.lengths.rows
    statistics = ColumnStatistics(
        row_count=rows,
        missing_count=missing,
        distinct_count=0,
        null_tokens=null_tokens(evidence, numeric=decision.numeric),
    )
    own: int
    exact = texts.exact
    if decision.data_type is DataType.BOOLEAN:
        true, false = _truths(evidence, decision)
        counts = sorted(((True, true), (False, false)), key=lambda item: -item[1])
        found = TopValues(tuple((value, amount) for value, amount in counts if amount)[: metric.limit])
        own = sum(1 for _, amount in counts if amount)
        statistics = statistics.model_copy(update={"boolean": BooleanStatistics(true_count=true, false_count=false)})
    elif decision.readings:
        state = _merged_readings(evidence, decision)
        statistics, found = describe_temporals(statistics, state, metric)
        own, exact = state.distinct, exact or (state.values.table is not None and not texts.plain_distinct)
    else:
        numbers = _merged_numbers(evidence, decision)
        as_float = decision.data_type is DataType.FLOAT
        statistics, found = describe_numbers(statistics, numbers, metric, as_float=as_float)
        own, exact = numbers.distinct, exact or (numbers.values.table is not None and not texts.plain_distinct)
    others = _others(texts, decision)
    distinct = own + (len(others) if texts.exact else _distinct_others(texts, decision))
    shown = found.found or not texts.exact
    statistics = statistics.model_copy(
        update={
            "distinct_count": min(distinct, rows),
            "top_values": _with_others(found, others.top(metric.limit) if shown else [], metric),
        }
    )
    return add_accuracy(statistics, distinct=distinct_accuracy(exact=exact), top_values=found.accuracy)


def _merged_readings(evidence: Evidence, decision: Decision) -> TemporalState:
    present = [evidence.readings[name] for name in decision.readings if name in evidence.readings]
    return reduce(TemporalState.merge, present)


def _merged_numbers(evidence: Evidence, decision: Decision) -> NumberState:
    if decision.numbers is None:
        raise AssertionError("a column of numbers says how they are read")
    return numbers_of(evidence, decision.numbers)


def _truths(evidence: Evidence, decision: Decision) -> tuple[int, int]:
    rows = [0, 0]
    for word, truth, amount in zip(BOOLEAN_WORDS, BOOLEAN_TRUTHS, evidence.words.tolist(), strict=True):
        if word in decision.words:
            rows[truth] += amount
    return rows[True], rows[False]


def sentinels_of(evidence: Evidence, decision: Decision) -> tuple[Sentinel, ...]:
    """Values of a column of numbers or dates that seem to stand for none."""
    if decision.numeric:
        return number_sentinels(_merged_numbers(evidence, decision))
    if decision.data_type in (DataType.DATE, DataType.DATE_TIME):
        return date_sentinels(_merged_readings(evidence, decision))
    return ()


def _others(texts: TextView, decision: Decision) -> ExactTable[BytesKeys]:
    """The frequent texts that did not win: they stay in the column as the texts they are."""
    won = decision.wins(texts.seen)
    if decision.numeric:
        won |= texts.seen.votes == Vote.NOT_A_NUMBER.code
    return NO_TEXTS if won.all() else texts.frequent.select(np.flatnonzero(~won))


def _distinct_others(texts: TextView, decision: Decision) -> int:
    """Distinct texts and values that did not win, where the texts are too many to list."""
    evidence = texts.evidence
    found = texts.plain_distinct + len(evidence.tokens)
    reading = decision.numbers if decision.numeric else None
    if reading is None:
        found += evidence.integers.distinct + evidence.special.distinct
    if reading is None or Vote.FLOAT not in reading.plain:
        found += evidence.floats.distinct
    # What may be read in several ways is there several times; one of them speaks for all.
    others: dict[str, int] = {}
    for key, amounts in evidence.amounts.items():
        amount = Amount.of_key(key)
        if reading is None or amount.unit not in reading.units or amount.vote not in reading.winning:
            others[f"{amount.vote}:{amount.unit}"] = max(others.get(key, 0), amounts.distinct)
    if decision.data_type is not DataType.BOOLEAN:
        found += int((evidence.words > 0).sum())
    for name, state in evidence.readings.items():
        if not set(READINGS[name][1]) & decision.winning:
            stem = name.removesuffix("_first").removesuffix("_day").removesuffix("_month").removesuffix("_year")
            others[stem] = max(others.get(stem, 0), state.distinct)
    return found + sum(others.values())


def _with_others(
    found: TopValues, others: Sequence[tuple[bytes, int]], metric: TopValuesMetric
) -> tuple[TopValue, ...]:
    """The frequent values of the winning type together with the frequent texts that did not win."""
    top = [TopValue(value=value, count=rows) for value, rows in found.found]
    top += [TopValue(value=show_text(text), count=rows) for text, rows in others]
    return tuple(sorted(top, key=lambda item: -item.count)[: metric.limit])


def sample_of(texts: TextView, keys: BytesKeys, decision: Decision, limit: int) -> tuple[Scalar, ...]:
    """The first values that are of the column's type.

    :param keys: the first distinct texts of the column.
    """
    known = texts.inferred and texts.frequent.keys.values.slice(0, len(keys)).equals(keys.values)
    # A text means the same alone and among others.
    seen = texts.seen.first(len(keys)) if known else recognise(keys.values)
    if decision.data_type is DataType.TEXT:
        kept = np.flatnonzero((seen.votes != Vote.NULL_TOKEN.code) & (seen.votes != Vote.NOT_A_NUMBER.code))
        return tuple(show_text(text) for text in keys.take(kept[:limit]).items())
    kept = np.flatnonzero(decision.wins(seen) & (seen.votes != Vote.INFINITY.code))
    values = list(dict.fromkeys(_typed(seen, decision)(kept)))
    return tuple(values[:limit])


def _typed(seen: Recognised, decision: Decision) -> Callable[[Integers], list[Scalar]]:
    if decision.numeric:
        return lambda rows: _shown(seen, rows, decision)
    if decision.data_type is DataType.BOOLEAN:
        return lambda rows: [BOOLEAN_TRUTHS[place] for place in seen.values("integers", rows).tolist()]

    def dates(rows: Integers) -> list[Scalar]:
        found: list[Scalar] = []
        for row in rows.tolist():
            place = np.array([row])
            reading = next(name for name in decision.readings if VOTES[seen.votes[row]] in READINGS[name][1])
            found.append(READINGS[reading][0].iso(int(reading_values(reading, seen, place)[0])))
        return found

    return dates


def _shown(seen: Recognised, rows: Integers, decision: Decision) -> list[Scalar]:
    if decision.data_type is DataType.INTEGER:
        # All of them are whole, and some may be beyond what a double can tell apart.
        return list(seen.values("integers", rows).tolist())
    fractions, _ = amount_values(seen, rows, decision.decimal_mark)
    return list(fractions.tolist())
