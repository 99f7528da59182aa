"""A partition's text without what is damaged in it: rows that can be read are written anew, the others set aside."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from airflow_provider_profiler.profiling.readers.cell_fit import fit, written
from airflow_provider_profiler.profiling.readers.reader import Partition
from airflow_provider_profiler.profiling.readers.row_form import RowForm
from airflow_provider_profiler.profiling.readers.spans import unpacked
from airflow_provider_profiler.profiling.statistics.encoding import Integers


@dataclass(frozen=True)
class MendedText:
    """What a parser takes, and what no reader could."""

    text: bytes
    rejected: tuple[tuple[int, bytes], ...] = ()
    """Rows that were set aside: where they stood, and their text."""
    pieces: tuple[tuple[int, int, bool], ...] = ()
    """What the text is made of, where it is not the partition's: where each piece begins in it and in the partition,
    and whether it is a row that was written anew."""

    def places(self, starts: Integers) -> Integers:
        """Where in the partition the rows begin that begin at these places of the text."""
        if not self.pieces:
            return starts
        own, original, written_anew = (np.array(part) for part in zip(*self.pieces, strict=True))
        piece = np.searchsorted(own, starts, side="right") - 1
        within: Integers = np.where(written_anew[piece], 0, starts - own[piece])
        within += original[piece]
        return within


def mended_text(text: bytes, partition: Partition, form: RowForm) -> MendedText:
    """Take comments, the footer and damaged rows out of a partition, and put those rows back that could be read.

    :param text: the partition in UTF-8.
    :param partition: knows where they stand.
    """
    if not partition.damaged and not partition.skipped:
        return MendedText(text)
    rejected: list[tuple[int, bytes]] = []
    found: list[bytes] = []
    pieces: list[tuple[int, int, bool]] = []

    def parts() -> Iterator[tuple[int, bool, bytes]]:
        place = 0
        rows = [(*span, True) for span in unpacked(partition.damaged)]
        for start, stop, is_row in sorted([*rows, *((*span, False) for span in unpacked(partition.skipped))]):
            yield place, False, text[place:start]
            place = stop
            if is_row:
                line = text[start:stop].rstrip(b"\r\n")
                fitted = fit(line, form)
                if fitted is None:
                    rejected.append((start, line))
                else:
                    yield start, True, written(fitted.cells, form) + form.line_end
        yield place, False, text[place:]

    size = 0
    for start, anew, piece in parts():
        if piece:
            pieces.append((size, start, anew))
            found.append(piece)
            size += len(piece)
    return MendedText(b"".join(found), tuple(rejected), tuple(pieces) or ((0, 0, False),))
