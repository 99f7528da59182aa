"""What the names of two columns say about whether one refers to the other."""

from enum import IntEnum

from airflow_provider_profiler.profiling.semantics.name_hints import names_identifier, subject_words


class Kinship(IntEnum):
    """How close two names are."""

    NONE = 0
    SOME = 1
    """They share a word that says something."""
    CLOSE = 2
    """One is what people call a reference to the other: ``customer_id`` to ``customers.id``, ``keywords`` to
    ``Keywords.ID``."""


def kinship(source: str, table: str, target: str) -> Kinship:
    """How close the name of a column is to that of a key.

    :param source: the name of the column that may refer to the key.
    :param table: the name of the key's table.
    :param target: the key's name.
    """
    mine, its = subject_words(source), subject_words(target)
    about = subject_words(table.rpartition("/")[2])
    if not mine:
        return Kinship.NONE
    if mine in (its, about, its | about):
        return Kinship.CLOSE
    # "pickup_location_id" for "location_id", "main_video_id" for "Videos.id"; but not "video_length".
    subject = its or about
    if subject and subject < mine and names_identifier(source):
        return Kinship.CLOSE
    return Kinship.SOME if mine & (its | about) else Kinship.NONE
