"""A partition's text without what is damaged in it: rows that can be read are written anew, the others set aside."""

from collections.abc import Iterator
from dataclasses import dataclass

from airflow_provider_profiler.profiling.readers.cell_fit import fit, written
from airflow_provider_profiler.profiling.readers.reader import Partition
from airflow_provider_profiler.profiling.readers.row_form import RowForm
from airflow_provider_profiler.profiling.readers.spans import unpacked


@dataclass(frozen=True)
class MendedText:
    """What a parser takes, and what no reader could."""

    text: bytes
    rejected: tuple[tuple[int, bytes], ...] = ()
    """Rows that were set aside: where they stood, and their text."""


def mended_text(text: bytes, partition: Partition, form: RowForm) -> MendedText:
    """Take comments, the footer and damaged rows out of a partition, and put those rows back that could be read.

    :param text: the partition in UTF-8.
    :param partition: knows where they stand.
    """
    if not partition.damaged and not partition.skipped:
        return MendedText(text)
    rejected: list[tuple[int, bytes]] = []

    def parts() -> Iterator[bytes]:
        place = 0
        rows = [(*span, True) for span in unpacked(partition.damaged)]
        for start, stop, is_row in sorted([*rows, *((*span, False) for span in unpacked(partition.skipped))]):
            yield text[place:start]
            place = stop
            if is_row:
                line = text[start:stop].rstrip(b"\r\n")
                fitted = fit(line, form)
                if fitted is None:
                    rejected.append((start, line))
                else:
                    yield written(fitted.cells, form) + form.line_end
        yield text[place:]

    return MendedText(b"".join(parts()), tuple(rejected))
