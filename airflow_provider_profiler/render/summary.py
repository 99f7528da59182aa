"""A profile as plain text for a terminal and a task log: numbers and dates, but never a text value of a cell."""

from collections.abc import Iterable, Sequence
from typing import Final

from airflow_provider_profiler.contract.profile import (
    DatasetProfile,
    Distribution,
    DistributionKind,
    DistributionStatus,
    Field,
    RecordSet,
)
from airflow_provider_profiler.contract.states import Target
from airflow_provider_profiler.contract.statistics import ColumnStatistics, Number, TextStatistics
from airflow_provider_profiler.render.content import document_size, image_size
from airflow_provider_profiler.render.renderer import timestamp
from airflow_provider_profiler.render.text import aligned, bytes_text, clipped, count_text, percentage, printable

#: A log is read by people: beyond these numbers of lines a count stands for the rest. ``profile.json`` has it all.
MAX_TABLES: Final = 20
MAX_COLUMNS: Final = 40
MAX_LINES: Final = 20
MAX_CORRELATIONS: Final = 10
_NAME_WIDTH: Final = 40
_PATH_WIDTH: Final = 80


def summary_text(profile: DatasetProfile) -> str:
    """The summary: what the dataset is, its tables and columns, what was not profiled and what looks wrong.

    :return: lines without trailing blanks, the last one ended; control characters of names are made visible.
    """
    sections = [
        _heading(profile),
        *_tables(profile),
        _contents(profile),
        _not_profiled(profile),
        _correlations(profile),
        _issues(profile),
        _warnings(profile),
    ]
    return "\n\n".join("\n".join(section) for section in sections if section) + "\n"


def _heading(profile: DatasetProfile) -> list[str]:
    summary = profile.summary()
    generator = printable(f"{profile.generator.name} {profile.generator.version}")
    counts = [f"{summary.profiled:,} profiled", f"{summary.listed:,} listed", f"{summary.failed:,} failed"]
    rows = [
        ("Dataset", str(profile.dataset_id)),
        ("Profile", f"{profile.kind.value}, {timestamp(profile)}, {generator}"),
        ("Files", f"{count_text(summary.files, 'file')} ({', '.join(counts)}), {bytes_text(summary.bytes)}"),
    ]
    if profile.record_sets:
        tables = count_text(summary.record_sets, "table")
        counted = f"{count_text(summary.rows, 'row')}, {count_text(summary.columns, 'column')}"
        rows.append(("Tables", f"{tables}, {counted}"))
    documents = [item.document for item in profile.distributions if item.document is not None]
    if documents:
        pages, words = sum(item.pages or 0 for item in documents), sum(item.words for item in documents)
        sizes = [count_text(len(documents), "document"), *([count_text(pages, "page")] if pages else [])]
        rows.append(("Texts", ", ".join([*sizes, count_text(words, "word")])))
    if images := sum(item.image is not None for item in profile.distributions):
        rows.append(("Images", count_text(images, "image")))
    name = printable(profile.specification.name).strip()
    return [name or str(profile.dataset_id), *aligned(rows, indent=2)]


def _tables(profile: DatasetProfile) -> Iterable[list[str]]:
    for record_set in profile.record_sets[:MAX_TABLES]:
        yield _table(record_set)
    yield _rest(len(profile.record_sets) - MAX_TABLES, "table")


def _table(record_set: RecordSet) -> list[str]:
    title = f"{printable(record_set.path)}"
    if record_set.name and record_set.name not in record_set.path:
        title += f" [{printable(record_set.name)}]"
    rows = f"{count_text(record_set.row_count, 'row')}{_chosen(record_set)}"
    size = f"{rows}, {count_text(len(record_set.fields), 'column')}"
    if record_set.duplicate_rows:
        about = "about " if record_set.duplicate_rows_accuracy.bound != 0 else ""
        size += f", {about}{count_text(record_set.duplicate_rows, 'duplicate row')}"
    if record_set.rejected_rows:
        size += f", {count_text(record_set.rejected_rows, 'row')} rejected"
    shown = [_column(field) for field in record_set.fields[:MAX_COLUMNS]]
    lines = [("column", "type", "missing", "distinct", "values"), *shown] if shown else []
    rest = _rest(len(record_set.fields) - MAX_COLUMNS, "column", indent=2)
    return [f"{title}: {size}", *aligned(lines, indent=2, right=(2, 3)), *rest, *_keys(record_set)]


def _keys(record_set: RecordSet) -> list[str]:
    """The key, and what columns refer to, below the columns."""
    lines = []
    if record_set.key:
        names = ", ".join(printable(name) for name in record_set.key[:MAX_COLUMNS])
        lines.append(("key", clipped(names, _PATH_WIDTH)))
    referring = [(field, item) for field in record_set.fields for item in field.references]
    for field, item in referring[:MAX_LINES]:
        target = clipped(printable(f"{item.record_set}.{item.field}"), _NAME_WIDTH)
        how = "declared" if item.declared else "found"
        share = (
            "" if item.share is None else f", {percentage(item.share)} of the {'keys' if item.separator else 'values'}"
        )
        lines.append(("refers", f"{clipped(printable(field.name), _NAME_WIDTH)} -> {target} ({how}{share})"))
    return [*aligned(lines, indent=2), *_rest(len(referring) - MAX_LINES, "reference", indent=2)]


def _chosen(record_set: RecordSet) -> str:
    """Of how many rows the profiled ones are, where not all were asked for."""
    chosen = record_set.selection
    if chosen is None:
        return ""
    more = "" if chosen.complete else " or more"
    return f" of {chosen.rows_seen:,}{more}{' (a sample)' if chosen.sample else ''}"


def _column(field: Field) -> tuple[str, ...]:
    statistics = field.statistics
    # A sketch's number is marked, because it is not the count that somebody would get by counting.
    about = "~" if statistics.accuracy.distinct.bound else ""
    return (
        clipped(printable(field.name), _NAME_WIDTH),
        field.data_type.word,
        percentage(statistics.missing_share),
        f"{about}{statistics.distinct_count:,}",
        _values(statistics),
    )


def _values(statistics: ColumnStatistics) -> str:
    numeric = statistics.numeric
    if not statistics.row_count:
        return "empty"
    if statistics.boolean is not None:
        return f"{statistics.boolean.true_count:,} true, {statistics.boolean.false_count:,} false"
    if statistics.temporal is not None:
        return printable(f"{statistics.temporal.minimum} .. {statistics.temporal.maximum}")
    if numeric is not None:
        extent = f"{_number(numeric.minimum)} .. {_number(numeric.maximum)}"
        median = f", median {_number(numeric.quantiles.p50)}" if numeric.quantiles is not None else ""
        return f"{extent}, mean {_number(numeric.mean)}{median}"
    if statistics.text is not None:
        shortest, longest = statistics.text.minimum_length, statistics.text.maximum_length
        length = f"length {shortest:,}" if shortest == longest else f"length {shortest:,} .. {longest:,}"
        return length + _shape(statistics.text)
    return ""


def _shape(text: TextStatistics) -> str:
    """The shape that most values have, if one does and hides their letters and digits: punctuation it would show."""
    if text.characters is None or not text.shapes:
        return ""
    most, examined = text.shapes[0], text.characters.examined
    if 2 * most.count <= examined or not set(most.shape) & set("Aax9"):
        return ""
    return f", shape {printable(most.shape)} ({percentage(most.count / examined)})"


def _number(value: Number) -> str:
    return str(value) if isinstance(value, int) else f"{value:.6g}"


def _contents(profile: DatasetProfile) -> list[str]:
    """Documents and images, with what is to be known about how they were read; titles are texts, and left out."""
    rows = []
    for item in profile.distributions:
        if item.document is not None:
            told = [document_size(item.document), *item.document.notes]
        elif item.image is not None:
            told = [image_size(item.image), *item.image.notes]
        else:
            continue
        rows.append((clipped(printable(item.path), _PATH_WIDTH), printable("; ".join(told))))
    return _section("Documents and images", rows[:MAX_LINES], "file", len(rows) - MAX_LINES)


def _not_profiled(profile: DatasetProfile) -> list[str]:
    """Failed files one by one and first, for somebody has to look after them; listed ones by what they have in common.

    In a light profile no file was read yet, and this is the list of all.
    """
    members = [item for item in profile.distributions if item.kind is not DistributionKind.FILE_SET]
    groups = [[item] for item in members if item.status is DistributionStatus.FAILED]
    alike: dict[str, list[Distribution]] = {}
    for item in members:
        if item.status is DistributionStatus.LISTED:
            alike.setdefault(_reason(item), []).append(item)
    groups.extend(alike.values())
    rows = [
        (
            group[0].status.value,
            clipped(printable(group[0].path), _PATH_WIDTH) + (f" and {len(group) - 1:,} more" if group[1:] else ""),
            printable(_reason(group[0])),
        )
        for group in groups[:MAX_LINES]
    ]
    left_out = sum(len(group) for group in groups[MAX_LINES:])
    return _section("Files" if profile.kind is Target.LIGHT else "Not profiled", rows, "file", left_out)


def _reason(item: Distribution) -> str:
    if item.reason is None:
        return item.media_type
    # Messages name their file, which stands beside them here.
    return f"{item.reason.code.value}: {item.reason.message.removeprefix(f'{item.path}: ')}"


def _correlations(profile: DatasetProfile) -> list[str]:
    """The strongest ones, of which there may be thousands; both methods of a pair where both were asked for."""
    found = [
        (abs(item.coefficient), (record_set, item))
        for record_set in profile.record_sets
        for item in record_set.correlations
        if item.coefficient is not None
    ]
    found.sort(key=lambda entry: -entry[0])
    rows = [
        (
            clipped(printable(f"{record_set.name}.{item.first}"), _NAME_WIDTH),
            clipped(printable(item.second), _NAME_WIDTH),
            f"{item.coefficient:+.3f}",
            item.method.value,
        )
        for _, (record_set, item) in found
    ]
    shown = _section("Correlations (strongest first)", rows[:MAX_CORRELATIONS], "pair", 0, right=(2,))
    return [*shown, *_rest(len(rows) - MAX_CORRELATIONS, "correlation", indent=2)]


def _issues(profile: DatasetProfile) -> list[str]:
    rows = [
        (
            clipped(printable(f"{record_set.name}.{error.column}" if error.column else record_set.name), _NAME_WIDTH),
            f"{error.affected_rows:,}",
            printable(error.description),
        )
        for record_set in profile.record_sets
        for error in record_set.quality
    ]
    return _section("Data quality (rows affected)", rows[:MAX_LINES], "issue", len(rows) - MAX_LINES, right=(1,))


def _warnings(profile: DatasetProfile) -> list[str]:
    rows = [(printable(item.code), printable(item.message)) for item in profile.warnings]
    return _section("Warnings", rows[:MAX_LINES], "warning", len(rows) - MAX_LINES)


def _section(
    title: str, rows: Sequence[tuple[str, ...]], noun: str, left_out: int, right: tuple[int, ...] = ()
) -> list[str]:
    if not rows:
        return []
    return [title, *aligned(rows, indent=2, right=right), *_rest(left_out, noun, indent=2)]


def _rest(count: int, noun: str, indent: int = 0) -> list[str]:
    return [f"{' ' * indent}... and {count_text(count, f'more {noun}')}"] if count > 0 else []
