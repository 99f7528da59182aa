"""What texts were recognised as, while it is being found out and when it is done."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from airflow_provider_profiler.profiling.semantics.votes import Vote
from airflow_provider_profiler.profiling.statistics.encoding import Array, Floats, Integers

Votes = npt.NDArray[np.int8]
#: Positions of texts; None for all of them.
Rows = Integers | slice | None


@dataclass
class Recognised:
    """One vote a text, and its value where the vote has one.

    ``integers`` holds integers, whole readings of numbers, positions among the boolean words, and days or microseconds;
    ``swapped`` the same for dates whose day may be the month, ``year_first`` for those whose day may be the year, and
    ``orders`` which of the three there are; ``floats`` floats and fractional readings. ``formats`` points into
    ``format_names`` and ``languages``, whose first item is for texts without a form. An array that no vote needs is
    None.
    """

    votes: Votes
    integers: Integers | None = None
    swapped: Integers | None = None
    year_first: Integers | None = None
    orders: npt.NDArray[np.uint8] | None = None
    floats: Floats | None = None
    formats: npt.NDArray[np.int32] | None = None
    format_names: list[str] = field(default_factory=lambda: [""])
    languages: list[tuple[str, ...]] = field(default_factory=lambda: [()])

    @classmethod
    def text(cls, size: int) -> "Recognised":
        """So many texts that are nothing else."""
        return cls(np.full(size, Vote.TEXT.code, np.int8))

    def set_votes(self, rows: Rows, votes: Votes | Vote) -> None:
        """The votes of the texts at these positions.

        :param rows: None for all texts.
        """
        if isinstance(votes, Vote):
            self.votes[slice(None) if rows is None else rows] = votes.code
        elif rows is None:
            self.votes = votes
        else:
            self.votes[rows] = votes

    def set_values(self, name: str, rows: Rows, values: Array) -> None:
        """Values of the texts at these positions.

        :param name: of the array.
        :param rows: None for all texts.
        """
        if rows is None:
            setattr(self, name, values)
            return
        array = getattr(self, name)
        if array is None:
            kind = {"floats": np.float64, "orders": np.uint8}.get(name, np.int64)
            array = np.zeros(len(self.votes), kind)
            setattr(self, name, array)
        array[rows] = values

    def set_formats(
        self, rows: Rows, codes: Integers | None, names: Sequence[str], languages: Sequence[tuple[str, ...]]
    ) -> None:
        """The forms of the texts at these positions.

        :param codes: positions in ``names``; None where there is one name.
        """
        if self.formats is None:
            self.formats = np.zeros(len(self.votes), np.int32)
        known = {form: place for place, form in enumerate(zip(self.format_names, self.languages, strict=True))}
        places = [known.setdefault(form, len(known)) for form in zip(names, languages, strict=True)]
        self.format_names = [name for name, _ in known]
        self.languages = [spoken for _, spoken in known]
        self.formats[slice(None) if rows is None else rows] = (
            places[0] if codes is None else np.array(places, np.int32)[codes]
        )

    def first(self, size: int) -> "Recognised":
        """What the first of the texts were recognised as, so many of them."""
        arrays = ("votes", "integers", "swapped", "year_first", "orders", "floats", "formats")
        there = {name: array for name in arrays if (array := getattr(self, name)) is not None}
        return replace(self, **{name: array[:size] for name, array in there.items()})

    def values(self, name: str, rows: Integers | slice) -> Array:
        """Some of the values of an array; zeros where no vote needed the array."""
        array = getattr(self, name)
        if array is None:
            array = np.zeros(len(self.votes), np.float64 if name == "floats" else np.int64)
        return array[rows]  # type: ignore[no-any-return]
