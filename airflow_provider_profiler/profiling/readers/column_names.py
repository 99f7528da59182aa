"""Names of columns, unique within their table."""

from collections.abc import Sequence


def unique_names(originals: Sequence[str]) -> list[str]:
    """A unique name for each column: ``name_2`` for the second of a name, ``column_3`` for the third without one.

    White space is collapsed. Names that are unique as they stand never change because of others.
    """
    plain = [" ".join(original.split()) for original in originals]
    taken = set(plain) | {""}
    seen: set[str] = set()
    names = []
    for index, name in enumerate(plain):
        if name and name not in seen:
            seen.add(name)
            names.append(name)
            continue
        stem = f"{name}_" if name else "column_"
        number = 2 if name else index + 1
        while f"{stem}{number}" in taken:
            number += 1
        taken.add(f"{stem}{number}")
        names.append(f"{stem}{number}")
    return names
