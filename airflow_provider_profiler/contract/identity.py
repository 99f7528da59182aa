"""Deterministic ids: UUIDv5 (RFC 9562, section 5.5) of dataset, path and column: equal input, equal bytes."""

from uuid import UUID, uuid5

#: The root of every id that is derived rather than given.
NAMESPACE = UUID("5d0ad32c-8b8d-5b5e-9a38-6f0c2a2f1d7e")


def dataset_uuid(name: str) -> UUID:
    """The dataset's UUID: the name itself where it is one, else derived from the name or path given.

    :param name: a UUID in any of its usual spellings, or a dataset's path or name.
    """
    try:
        return UUID(name)
    except ValueError:
        return uuid5(NAMESPACE, name)


def part_uuid(dataset_id: UUID, kind: str, *parts: str) -> UUID:
    """The id of a part of a dataset.

    :param dataset_id: the dataset that the part belongs to.
    :param kind: what the part is (``distribution``, ``file_set``, ``record_set``, ``field`` ...): parts of
        different kinds at the same path must not share an id.
    :param parts: what tells the part from its siblings, outermost first: path, table, column.
    """
    # The unit separator cannot be confused with a character of a path or a column name in practice, so
    # ("a", "bc") and ("ab", "c") never meet.
    return uuid5(dataset_id, "\x1f".join((kind, *parts)))
