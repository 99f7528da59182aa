"""What is asked of a preview, and where it is looked for: as it travels to a process apart."""

import base64
import pickle
from dataclasses import dataclass

from airflow_provider_profiler.contract.options import ProfileOptions
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.profiling.databases.access import DatabaseAccess
from airflow_provider_profiler.storage.object_roots import ResolvedObjects
from airflow_provider_profiler.storage.roots import ResolvedDataset


@dataclass(frozen=True)
class Wish:
    """What somebody wants to see.

    :param table: the name of a record set; None: the only one there is.
    :param rows: how many of its rows at most.
    :param columns: names or patterns of names; empty: all that were profiled.
    :param where: a condition in SQL that the rows fulfil, beside that of the profile.
    """

    table: str | None
    rows: int
    columns: tuple[str, ...] = ()
    where: str | None = None


@dataclass(frozen=True)
class Whereabouts:
    """Where a dataset lies, and how it was profiled.

    :param datasets: its folders, files or prefixes, as they were found now.
    :param databases: how to get into its databases; no other is contacted.
    """

    specification: ProfileSpecification
    options: ProfileOptions
    datasets: tuple[ResolvedDataset | ResolvedObjects, ...] = ()
    databases: tuple[DatabaseAccess, ...] = ()


def packed(wish: Wish, whereabouts: Whereabouts) -> str:
    """Both as a text; passwords are in it."""
    return base64.b64encode(pickle.dumps((wish, whereabouts))).decode()


def unpacked(text: str) -> tuple[Wish, Whereabouts]:
    """Both, as :func:`packed` made a text of them; of nobody else's text."""
    wish, whereabouts = pickle.loads(base64.b64decode(text))  # noqa: S301  (our own process sent it)
    return wish, whereabouts
