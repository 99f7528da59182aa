"""A profile on a terminal: a table a table, with small histograms, in colours where the terminal has them."""

from collections.abc import Iterator, Sequence

from rich.console import Group, JustifyMethod, RenderableType
from rich.table import Table
from rich.text import Text

from airflow_provider_profiler.contract.profile import DatasetProfile, DistributionStatus, Field, RecordSet
from airflow_provider_profiler.render.report.figures import day_and_time, number, scalar
from airflow_provider_profiler.render.text import bytes_text, clipped, count_text, percentage, printable

_BLOCKS = "▁▂▃▄▅▆▇█"
_COLOURS = {"Integer": "cyan", "Float": "cyan", "Boolean": "yellow", "Date": "magenta", "DateTime": "magenta"}
_LONGEST_NAME, _LONGEST_VALUE = 40, 28
#: Room between columns, and what is left to the values at least.
_GAP, _LEAST_VALUES = 2, 10
_MOST_FAILED = 20


def profile_table(profile: DatasetProfile, *, most_columns: int, width: int) -> RenderableType:
    """What a profile says, for a person in front of a terminal, who may see the values of cells.

    :param most_columns: columns of each table that get a line.
    :param width: of the terminal.
    """
    return Group(*_parts(profile, most_columns, width))


def _parts(profile: DatasetProfile, most_columns: int, width: int) -> Iterator[RenderableType]:
    summary = profile.summary()
    yield Text(printable(profile.specification.name) or str(profile.dataset_id), style="bold")
    became = [(summary.profiled, "profiled"), (summary.listed, "listed"), (summary.failed, "failed")]
    told = [
        f"{count_text(summary.files, 'file')}, {bytes_text(summary.bytes)}",
        ", ".join(f"{count:,} {word}" for count, word in became if count) or "nothing to profile",
    ]
    if profile.record_sets:
        told.append(f"{count_text(summary.record_sets, 'table')}, {count_text(summary.rows, 'row')}")
    yield Text(" · ".join(told), style="dim")
    for record_set in profile.record_sets:
        yield Text()
        yield _table(record_set, most_columns, width)
        yield from _findings(record_set)
    failed = [item for item in profile.distributions if item.status is DistributionStatus.FAILED]
    for item in failed[:_MOST_FAILED]:
        why = item.reason.message.removeprefix(f"{item.path}: ") if item.reason else "failed"
        yield Text(f"✗ {printable(item.path)}: {printable(why)}", style="red")
    if len(failed) > _MOST_FAILED:
        yield Text(f"… and {count_text(len(failed) - _MOST_FAILED, 'more file')} failed", style="red")


def _table(record_set: RecordSet, most_columns: int, width: int) -> Table:
    size = f"{count_text(record_set.row_count, 'row')}, {count_text(len(record_set.fields), 'column')}"
    shown = Table(
        title=Text.assemble((printable(record_set.name), "bold"), f"  {size}"),
        title_justify="left",
        box=None,
        padding=(0, _GAP, 0, 0),
        header_style="dim",
    )
    lines = [tuple(_line(field)) for field in record_set.fields[:most_columns]]
    room = width
    for place, name in enumerate(("column", "type", "missing", "distinct")):
        needed = max([len(name), *(line[place].cell_len for line in lines)])
        room -= needed + _GAP
        justify: JustifyMethod = "right" if name in ("missing", "distinct") else "left"
        shown.add_column(name, justify=justify, no_wrap=True, overflow="ellipsis", min_width=needed)
    # On a narrow terminal the values make room, which are there to give an idea; the others never do.
    shown.add_column("values", no_wrap=True, overflow="ellipsis", max_width=max(room - _GAP, _LEAST_VALUES))
    for line in lines:
        shown.add_row(*line)
    if len(record_set.fields) > most_columns:
        shown.caption = f"… and {count_text(len(record_set.fields) - most_columns, 'more column')}"
        shown.caption_justify = "left"
    return shown


def _line(field: Field) -> Iterator[Text]:
    statistics = field.statistics
    kind = field.data_type.word
    about = "≈" if statistics.accuracy.distinct.bound else ""
    yield Text(clipped(printable(field.name), _LONGEST_NAME))
    yield Text(kind, style=_COLOURS.get(kind, "green"))
    yield Text(percentage(statistics.missing_share), style="yellow" if statistics.missing_count else "dim")
    yield Text(f"{about}{statistics.distinct_count:,}")
    yield _values(field)


def _values(field: Field) -> Text:
    statistics = field.statistics
    if statistics.numeric is not None:
        numeric = statistics.numeric
        bars = blocks([item.count for item in numeric.histogram])
        return Text.assemble((bars, "cyan"), f"  {number(numeric.minimum)} to {number(numeric.maximum)}")
    if statistics.temporal is not None:
        return Text(f"{day_and_time(statistics.temporal.minimum)} to {day_and_time(statistics.temporal.maximum)}")
    if not statistics.top_values and field.sample:
        return Text.assemble(("such as ", "dim"), clipped(printable(scalar(field.sample[0])), _LONGEST_VALUE))
    told = Text()
    for item in statistics.top_values[:3]:
        share = percentage(item.count / max(statistics.row_count, 1))
        told.append(clipped(printable(scalar(item.value)), _LONGEST_VALUE)).append(f" {share}  ", style="dim")
    return told


def _findings(record_set: RecordSet) -> Iterator[Text]:
    for error in sorted(record_set.quality, key=lambda item: -item.affected_rows)[:5]:
        column = f"{printable(error.column)}: " if error.column else ""
        yield Text(f"! {column}{printable(error.description)}", style="yellow")
    if len(record_set.quality) > 5:
        yield Text(f"  … and {count_text(len(record_set.quality) - 5, 'more issue')}", style="yellow")


def blocks(counts: Sequence[int]) -> str:
    """A histogram as one line of block characters; a blank stands for an empty bin alone."""
    top = max(counts, default=0)
    if not top:
        return ""
    return "".join(_BLOCKS[(len(_BLOCKS) - 1) * count // top] if count else " " for count in counts)
