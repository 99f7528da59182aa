"""Where a merged profile comes from, and what its readers should know about that: warnings that stay with it."""

from collections.abc import Iterator, Sequence

from airflow_provider_profiler.contract.job import JobWarning
from airflow_provider_profiler.contract.profile import DatasetProfile, DistributionKind, DistributionStatus
from airflow_provider_profiler.profiling.stored_states.reading import SavedStates
from airflow_provider_profiler.render.text import count_text

#: Sections of the options that may differ without a word: they say how the work is done, not what comes out.
_WITHOUT_MEANING = {"execution"}


def source_labels(profiles: Sequence[DatasetProfile]) -> list[str]:
    """A name for each source in messages, with a number where several have the same."""
    names = [profile.specification.name or str(profile.dataset_id) for profile in profiles]
    return [
        name if names.count(name) == 1 else f"{name} #{names[: position + 1].count(name)}"
        for position, name in enumerate(names)
    ]


def provenance(
    sources: Sequence[SavedStates], labels: Sequence[str], left_empty: Sequence[str]
) -> Iterator[JobWarning]:
    """What went in, and where the sources do not fit together.

    :param labels: the sources' names.
    :param left_empty: the fields of the specification on which they do not agree.
    """
    profiles = [source.profile for source in sources]
    for source, label in zip(sources, labels, strict=True):
        tables = count_text(len(source.tables), "table")
        rows = count_text(sum(table.rows for table in source.tables), "row")
        message = f"{label}: dataset {source.profile.dataset_id}, {tables}, {rows}, states {source.content_sha256}."
        yield JobWarning(code="merged_from", message=message)
    if left_empty:
        message = f"The sources differ in {', '.join(left_empty)}: the merged dataset leaves that open."
        yield JobWarning(code="specifications_differ", message=message)
    options = _differing_options(profiles)
    if options:
        message = (
            f"The sources were profiled with different {', '.join(options)}; the options of {labels[0]} are shown."
        )
        yield JobWarning(code="options_differ", message=message)
    yield from _counted_twice(profiles, labels)


def repeated_warnings(profiles: Sequence[DatasetProfile], labels: Sequence[str]) -> Iterator[JobWarning]:
    """The warnings of the sources' own profiles, with the source's name before them."""
    for profile, label in zip(profiles, labels, strict=True):
        for warning in profile.warnings:
            yield warning.model_copy(update={"message": f"{label}: {warning.message}"})


def _differing_options(profiles: Sequence[DatasetProfile]) -> list[str]:
    first = profiles[0].options.model_dump(exclude=_WITHOUT_MEANING)
    found = {
        f"{section}.{option}"
        for profile in profiles[1:]
        for section, options in profile.options.model_dump(exclude=_WITHOUT_MEANING).items()
        for option, value in options.items()
        if value != first[section][option]
    }
    return sorted(found)


def _counted_twice(profiles: Sequence[DatasetProfile], labels: Sequence[str]) -> Iterator[JobWarning]:
    """Files that are in several sources with the same content: their rows are in the profile as often."""
    seen: dict[str, tuple[int, str]] = {}
    for index, profile in enumerate(profiles):
        for item in profile.distributions:
            read = item.kind is DistributionKind.FILE and item.status is DistributionStatus.PROFILED
            if not read or item.sha256 is None:
                continue
            source, path = seen.setdefault(item.sha256, (index, item.path))
            if source != index:
                message = (
                    f"{item.path} of {labels[index]} has the same content as {path} of {labels[source]}: "
                    "its rows are counted again."
                )
                yield JobWarning(code="counted_twice", message=message)
