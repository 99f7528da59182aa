"""The files that are profiled: made once, from fixed seeds, and kept until their recipe changes."""

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pyarrow as pa

from benchmarks.recipes import strings, taxi, wide
from benchmarks.writing import write_csv, write_parquet, write_parquet_one_group

_WRITERS: dict[str, Callable[[Iterable[pa.Table], Path], None]] = {
    "csv": write_csv,
    "parquet": write_parquet,
    "one_group.parquet": write_parquet_one_group,
}
_VERSIONS = {"taxi": taxi.VERSION, "strings": strings.VERSION, "wide": wide.VERSION}
_NOTE = ".recipe.json"


@dataclass(frozen=True)
class Input:
    """A file to profile.

    :param recipe: ``taxi``, ``strings`` or ``wide``.
    :param rows: of the table.
    :param ending: ``csv``, ``parquet`` or ``one_group.parquet``.
    :param on_ray: whether the engine is measured on Ray here as well.
    """

    recipe: str
    rows: int
    ending: str = "csv"
    on_ray: bool = False

    @property
    def name(self) -> str:
        """The file's name."""
        return f"{self.recipe}_{_short(self.rows)}.{self.ending}"

    @property
    def is_small(self) -> bool:
        """Whether it is profiled many times within one process, as a service does with small files."""
        return self.rows <= 1_000

    @property
    def is_parquet(self) -> bool:
        """Whether it is a Parquet file, and a CSV file otherwise."""
        return self.ending.endswith("parquet")


#: The inputs by scale, in the order in which they are measured.
SCALES: dict[str, tuple[Input, ...]] = {
    "small": (
        Input("taxi", 1_000),
        Input("taxi", 100_000),
        Input("taxi", 1_000_000, on_ray=True),
        Input("taxi", 3_000_000),
        Input("taxi", 1_000_000, "parquet"),
        Input("taxi", 1_000_000, "one_group.parquet"),
        Input("strings", 500_000),
        Input("wide", 2_000),
    ),
    "full": (
        Input("taxi", 1_000),
        Input("taxi", 1_000_000),
        Input("taxi", 10_000_000, on_ray=True),
        Input("taxi", 30_000_000),
        Input("taxi", 10_000_000, "parquet", on_ray=True),
        Input("taxi", 10_000_000, "one_group.parquet"),
        Input("strings", 5_000_000),
        Input("wide", 20_000),
    ),
}


class Workshop:
    """A folder of inputs."""

    def __init__(self, folder: Path, trips: Path | None = None) -> None:
        """Choose the folder, and what the taxi tables are drawn from.

        :param trips: folder of CSV files of real trips; None: synthetic ones.
        """
        self._folder = folder
        self._trips = trips

    def file(self, wanted: Input, tell: Callable[[str], None] = lambda _: None) -> Path:
        """An input's file, made where it is not there yet or was made by another recipe.

        :param tell: is told when something is made.
        :raises ValueError: when the folder of real trips holds none.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        file = self._folder / wanted.name
        note = file.with_name(file.name + _NOTE)
        recipe = json.dumps(self._recipe(wanted))
        if file.is_file() and note.is_file() and note.read_text(encoding="utf-8") == recipe:
            return file
        tell(f"making {file.name}")
        note.unlink(missing_ok=True)
        unfinished = file.with_name("unfinished." + file.name)
        try:
            _WRITERS[wanted.ending](self._blocks(wanted), unfinished)
            unfinished.replace(file)
        finally:
            unfinished.unlink(missing_ok=True)
        note.write_text(recipe, encoding="utf-8")
        return file

    def _recipe(self, wanted: Input) -> dict[str, object]:
        """All that a file's bytes depend on."""
        source = _digest(self._trips) if wanted.recipe == "taxi" and self._trips else None
        table = {"recipe": wanted.recipe, "rows": wanted.rows, "ending": wanted.ending}
        return {**table, "version": _VERSIONS[wanted.recipe], "trips": source, "pyarrow": pa.__version__}

    def _blocks(self, wanted: Input) -> Iterator[pa.Table]:
        if wanted.recipe == "strings":
            return strings.blocks(wanted.rows)
        if wanted.recipe == "wide":
            return wide.blocks(wanted.rows)
        return taxi.blocks(wanted.rows, taxi.real_trips(self._trips) if self._trips else taxi.synthetic_trips())


def first_file(wanted: Input) -> Input:
    """The small input of the same kind that everyone profiles before the clock runs."""
    return Input("taxi", 1_000, "parquet" if wanted.is_parquet else "csv")


def read_once(file: Path) -> None:
    """Have the file in the system's cache, so that every contender finds it there."""
    with file.open("rb", buffering=0) as stream:
        while stream.read(1 << 22):
            pass


@cache
def _digest(folder: Path) -> str:
    """Of the content of a folder's CSV files."""
    digest = hashlib.sha256()
    for file in sorted(folder.glob("*.csv")):
        digest.update(os.fsencode(file.name) + b"\0" + file.read_bytes())
    return digest.hexdigest()


def _short(rows: int) -> str:
    for unit, letter in ((1_000_000, "m"), (1_000, "k")):
        if rows % unit == 0:
            return f"{rows // unit}{letter}"
    return str(rows)
