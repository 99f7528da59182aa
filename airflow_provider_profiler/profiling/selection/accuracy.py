"""What a selection means for the statistics of a table: of which rows they are, and how far a sample's may be off."""

from math import log, sqrt

from airflow_provider_profiler.contract.profile import Field, RecordSet, RowSelection
from airflow_provider_profiler.contract.statistics import Accuracy, ColumnStatistics, Method, StatisticsAccuracy

#: Probability that a bound of a random sample does not hold.
_RISK = 0.05
#: Groups of statistics with a bound in a random sample, and how many ends of an interval of ranks each of them has.
_ENDS = {"quantiles": 1, "histogram": 2, "fine_histogram": 2}


def with_selection(record_set: RecordSet, selection: RowSelection, *, random: bool) -> RecordSet:
    """The record set with the word for how its rows were chosen; of a sample, every statistic says so.

    :param random: the rows were drawn at random, so that bounds can be given for ranks and masses.
    """
    if not selection.sample:
        return record_set.model_copy(update={"selection": selection})
    of_sample = Accuracy(method=Method.SAMPLE, bound=None)
    return record_set.model_copy(
        update={
            "selection": selection,
            "fields": tuple(_sampled(item, random) for item in record_set.fields),
            "duplicate_rows_accuracy": of_sample,
            "correlations": tuple(item.model_copy(update={"accuracy": of_sample}) for item in record_set.correlations),
        }
    )


def _sampled(item: Field, random: bool) -> Field:
    statistics = item.statistics
    accuracy = {
        name: _of_sample(name, getattr(statistics.accuracy, name), statistics, random)
        for name in StatisticsAccuracy.model_fields
    }
    sampled = statistics.model_copy(update={"accuracy": StatisticsAccuracy(**accuracy)})
    return item.model_copy(update={"statistics": sampled})


def _of_sample(name: str, accuracy: Accuracy, statistics: ColumnStatistics, random: bool) -> Accuracy:
    """By the inequality of Dvoretzky, Kiefer and Wolfowitz with Massart's constant (Annals of Probability, 1990).

    All ranks of a sample of n values are within sqrt(ln(2 / risk) / 2n) of those of all values; drawing without
    replacement only makes them better. What the sketch may be off comes on top.
    """
    bound = None
    if random and name in _ENDS and statistics.row_count and accuracy.bound is not None:
        ranks = sqrt(log(2 / _RISK) / (2 * statistics.row_count))
        bound = min(1.0, accuracy.bound + _ENDS[name] * ranks)
    return Accuracy(method=Method.SAMPLE, bound=bound)
