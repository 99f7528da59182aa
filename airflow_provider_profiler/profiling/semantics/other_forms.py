"""Dates that are written in another form than most of their column."""

import numpy as np

from airflow_provider_profiler.profiling.semantics.decision import Decision
from airflow_provider_profiler.profiling.semantics.readings import READINGS, form_of
from airflow_provider_profiler.profiling.semantics.recognised import Recognised
from airflow_provider_profiler.profiling.semantics.votes import VOTES
from airflow_provider_profiler.profiling.statistics.keys import BytesKeys

#: The smallest ones, so that they do not depend on the partitioning.
_EXAMPLES = 5


def other_forms(texts: BytesKeys, seen: Recognised, decision: Decision) -> tuple[bytes, ...]:
    """Some of the texts that are not in the column's most frequent form.

    :param texts: the distinct texts of the column, or the frequent ones of them.
    :param seen: what the texts were taken for.
    """
    if len(decision.formats) < 2 or seen.formats is None or not len(texts):
        return ()
    most = _whole(decision.formats[0][0])
    members = {vote: reading for reading in decision.readings for vote in READINGS[reading][1]}
    pairs, places = np.unique(seen.votes.astype(np.int64) * len(seen.format_names) + seen.formats, return_inverse=True)
    other = []
    for pair in pairs.tolist():
        vote, form = VOTES[pair // len(seen.format_names)], seen.format_names[pair % len(seen.format_names)]
        other.append(vote in members and bool(form) and _whole(form_of(members[vote], vote, form)) != most)
    rows = np.flatnonzero(np.array(other)[places] & decision.wins(seen))
    return tuple(sorted(texts.take(rows).items())[:_EXAMPLES])


def _whole(form: str) -> str:
    """Whole names and short ones are one form."""
    return form.replace("%b", "%B")
