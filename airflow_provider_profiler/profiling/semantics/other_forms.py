"""Dates that are written in another form than most of their column."""

import numpy as np

from airflow_provider_profiler.profiling.semantics.decision import Decision
from airflow_provider_profiler.profiling.semantics.evidence import Evidence
from airflow_provider_profiler.profiling.semantics.readings import READINGS, form_of
from airflow_provider_profiler.profiling.semantics.recognised import Recognised
from airflow_provider_profiler.profiling.semantics.votes import VOTES, Vote
from airflow_provider_profiler.profiling.statistics.exact_table import ExactTable
from airflow_provider_profiler.profiling.statistics.keys import BytesKeys

#: The smallest ones of all dates, so that they do not depend on the partitioning.
_EXAMPLES = 5


def other_forms(
    texts: ExactTable[BytesKeys], seen: Recognised, evidence: Evidence, decision: Decision
) -> tuple[tuple[bytes, int], ...]:
    """Some of the texts that are not in the column's most frequent form, each with its first row.

    Of all texts they are the smallest ones; of a sketch, the first one of each form.

    :param texts: the distinct texts of the column, or the frequent ones of them.
    :param seen: what the texts were taken for.
    """
    if len(decision.formats) < 2:
        return ()
    most = _whole(decision.formats[0][0])
    members = {vote: reading for reading in decision.readings for vote in READINGS[reading][1]}

    def is_other(vote: Vote, form: str) -> bool:
        return vote in members and bool(form) and _whole(form_of(members[vote], vote, form)) != most

    if texts.first_rows is None:
        places = {name: place for name, place in evidence.form_rows.items() if is_other(*_vote_and_form(name))}
        return tuple((text, row) for row, text in sorted(places.values())[:_EXAMPLES])
    if seen.formats is None or not len(texts):
        return ()
    pairs, places_of_pairs = np.unique(
        seen.votes.astype(np.int64) * len(seen.format_names) + seen.formats, return_inverse=True
    )
    other = [
        is_other(VOTES[pair // len(seen.format_names)], seen.format_names[pair % len(seen.format_names)])
        for pair in pairs.tolist()
    ]
    found = texts.select(np.flatnonzero(np.array(other)[places_of_pairs] & decision.wins(seen)))
    if found.first_rows is None:
        raise AssertionError("a table keeps the rows that it has")
    return tuple(sorted(zip(found.keys.items(), found.first_rows.tolist(), strict=True))[:_EXAMPLES])


def _vote_and_form(name: str) -> tuple[Vote, str]:
    vote, _, form = name.partition(":")
    return Vote(vote), form


def _whole(form: str) -> str:
    """Whole names and short ones are one form."""
    return form.replace("%b", "%B")
