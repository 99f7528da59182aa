"""The period that a dataset's dates cover."""

from datetime import UTC, datetime

from airflow_provider_profiler.contract.profile import DatasetProfile, DataType

_DATED = (DataType.DATE, DataType.DATE_TIME)


def temporal_coverage(profile: DatasetProfile) -> str | None:
    """``earliest/latest`` over all date columns, as ISO 8601 interval for schema.org's ``temporalCoverage``.

    :return: None where no column holds dates that a calendar of the years 1 to 9999 knows.
    """
    moments = [
        (moment, text)
        for record_set in profile.record_sets
        for field in record_set.fields
        if field.data_type in _DATED and field.statistics.temporal is not None
        for text in (field.statistics.temporal.minimum, field.statistics.temporal.maximum)
        if (moment := _moment(text)) is not None
    ]
    if not moments:
        return None
    return f"{min(moments)[1]}/{max(moments)[1]}"


def _moment(text: str) -> datetime | None:
    """A date or moment for comparing: naive ones count as UTC, because nothing better is known about them."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
