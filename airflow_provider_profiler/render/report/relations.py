"""Tables and what refers to what, laid out as a picture: in ranks, those that are referred to on the right."""

from collections.abc import Sequence
from dataclasses import dataclass

from airflow_provider_profiler.contract.profile import RecordSet, Reference

BOX_WIDTH, BOX_HEIGHT = 190, 44
_GAP_X, _GAP_Y, _MARGIN = 90, 18, 12
#: Tables in the picture; with more of them nobody could follow a line. The list below the picture has all.
MOST_TABLES = 40


@dataclass(frozen=True)
class Node:
    """A table in the picture."""

    name: str
    anchor: str
    rows: int
    x: int
    y: int


@dataclass(frozen=True)
class Edge:
    """A column that refers to another table's."""

    source: str
    """Name of the table and the column."""
    target: str
    reference: Reference
    path: str
    """As SVG path data; empty where one of the tables is not in the picture."""


@dataclass(frozen=True)
class Picture:
    """All of it, with its size in pixels."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    width: int
    height: int


def picture_of(record_sets: Sequence[RecordSet], anchors: Sequence[str]) -> Picture:
    """Lay out the tables that refer to others or are referred to.

    :param anchors: of the tables, in the same order.
    """
    targets: dict[int, set[int]] = {}
    places = {item.id: place for place, item in enumerate(record_sets)}
    found: list[tuple[int, str, Reference]] = []
    for place, record_set in enumerate(record_sets):
        for field in record_set.fields:
            for reference in field.references:
                found.append((place, field.name, reference))
                if reference.record_set_id in places:
                    targets.setdefault(place, set()).add(places[reference.record_set_id])
    linked = sorted({*targets, *(target for group in targets.values() for target in group)})[:MOST_TABLES]
    ranks = _ranks(linked, targets)
    nodes = _placed(record_sets, anchors, ranks)
    edges = tuple(
        Edge(
            f"{record_sets[place].name}.{column}",
            f"{reference.record_set}.{reference.field}",
            reference,
            _line(nodes.get(place), nodes.get(places.get(reference.record_set_id, -1))),
        )
        for place, column, reference in found
    )
    width = max((node.x + BOX_WIDTH for node in nodes.values()), default=0) + _MARGIN
    height = max((node.y + BOX_HEIGHT for node in nodes.values()), default=0) + _MARGIN
    return Picture(tuple(nodes.values()), edges, width, height)


def _ranks(linked: Sequence[int], targets: dict[int, set[int]]) -> dict[int, int]:
    """A table's rank is above that of every table that refers to it, as far as they do not go round in a circle."""
    ranks = dict.fromkeys(linked, 0)
    for _ in linked:
        moved = False
        for place in linked:
            for target in targets.get(place, ()):
                if target != place and target in ranks and len(linked) > ranks[place] + 1 > ranks[target]:
                    ranks[target] = ranks[place] + 1
                    moved = True
        if not moved:
            break
    # Ranks that nobody is in, which circles leave behind, would be empty room.
    order = {rank: number for number, rank in enumerate(sorted(set(ranks.values())))}
    return {place: order[rank] for place, rank in ranks.items()}


def _placed(record_sets: Sequence[RecordSet], anchors: Sequence[str], ranks: dict[int, int]) -> dict[int, Node]:
    filled: dict[int, int] = {}
    nodes = {}
    for place, rank in ranks.items():
        line = filled.get(rank, 0)
        filled[rank] = line + 1
        nodes[place] = Node(
            record_sets[place].name,
            anchors[place],
            record_sets[place].row_count,
            _MARGIN + rank * (BOX_WIDTH + _GAP_X),
            _MARGIN + line * (BOX_HEIGHT + _GAP_Y),
        )
    return nodes


def _line(source: Node | None, target: Node | None) -> str:
    if source is None or target is None:
        return ""
    y, to_y = source.y + BOX_HEIGHT // 2, target.y + BOX_HEIGHT // 2
    if source is target:
        x = source.x + BOX_WIDTH
        return f"M{x} {y - 8}c40 -14 40 30 0 16"
    if target.x > source.x:
        x, to_x = source.x + BOX_WIDTH, target.x
        bend = (to_x - x) // 2
        return f"M{x} {y}C{x + bend} {y} {to_x - bend} {to_y} {to_x} {to_y}"
    x, to_x = source.x, target.x + BOX_WIDTH
    return f"M{x} {y}C{x - 60} {y} {to_x + 60} {to_y} {to_x} {to_y}"
