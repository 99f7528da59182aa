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
    pairs = [(place, target) for place in linked for target in sorted(targets.get(place, ())) if target in ranks]
    slots, lanes = _slots(ranks, pairs)
    nodes = {
        place: Node(record_sets[place].name, anchors[place], record_sets[place].row_count, *_corner(ranks[place], slot))
        for place, slot in slots.items()
    }
    edges = tuple(
        Edge(
            f"{record_sets[place].name}.{column}",
            f"{reference.record_set}.{reference.field}",
            reference,
            _line(nodes, lanes, place, places.get(reference.record_set_id, -1)),
        )
        for place, column, reference in found
    )
    width = max((node.x + BOX_WIDTH for node in nodes.values()), default=0) + _MARGIN
    bottoms = [node.y for node in nodes.values()] + [y for lane in lanes.values() for _, y in lane]
    height = max((y + BOX_HEIGHT for y in bottoms), default=0) + _MARGIN
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


def _slots(
    ranks: dict[int, int], pairs: Sequence[tuple[int, int]]
) -> tuple[dict[int, int], dict[tuple[int, int], list[tuple[int, int]]]]:
    """The place of each table within its rank, and what lines that pass a rank keep free in it: their lanes.

    Within a rank, what is linked to the same stands together.

    :return: the places by table, and the corners of the lanes by pair of tables.
    """
    passing = {pair: range(ranks[pair[0]] + 1, ranks[pair[1]]) for pair in pairs}
    slots: dict[int, int] = {}
    lanes: dict[tuple[int, int], list[tuple[int, int]]] = {pair: [] for pair in pairs}
    height: dict[tuple[int, int], int] = {}
    for rank in range(max(ranks.values(), default=-1) + 1):
        entries: list[tuple[float, int, int, tuple[int, int] | None]] = []
        for place in (place for place, own in ranks.items() if own == rank):
            before = [height.get(pair, slots[pair[0]]) for pair in pairs if pair[1] == place and pair[0] in slots]
            entries.append((sum(before) / len(before) if before else len(ranks), 0, place, None))
        for pair, between in passing.items():
            if rank in between:
                entries.append((height.get(pair, slots[pair[0]]), 1, pair[0], pair))
        for slot, (_, _, place, lane) in enumerate(sorted(entries, key=lambda entry: entry[:3])):
            if lane is None:
                slots[place] = slot
            else:
                height[lane] = slot
                lanes[lane].append(_corner(rank, slot))
    return slots, lanes


def _corner(rank: int, slot: int) -> tuple[int, int]:
    return _MARGIN + rank * (BOX_WIDTH + _GAP_X), _MARGIN + slot * (BOX_HEIGHT + _GAP_Y)


def _line(
    nodes: dict[int, Node], lanes: dict[tuple[int, int], list[tuple[int, int]]], place: int, target_place: int
) -> str:
    source, target = nodes.get(place), nodes.get(target_place)
    if source is None or target is None:
        return ""
    y, to_y = source.y + BOX_HEIGHT // 2, target.y + BOX_HEIGHT // 2
    if source is target:
        x = source.x + BOX_WIDTH
        return f"M{x} {y - 8}c40 -14 40 30 0 16"
    if target.x > source.x:
        drawn, x = f"M{source.x + BOX_WIDTH} {y}", source.x + BOX_WIDTH
        for lane_x, lane_y in lanes.get((place, target_place), ()):
            middle = lane_y + BOX_HEIGHT // 2
            drawn += f"{_bend(x, y, lane_x, middle)}H{lane_x + BOX_WIDTH}"
            x, y = lane_x + BOX_WIDTH, middle
        return drawn + _bend(x, y, target.x, to_y)
    x, to_x = source.x, target.x + BOX_WIDTH
    return f"M{x} {y}C{x - 60} {y} {to_x + 60} {to_y} {to_x} {to_y}"


def _bend(x: int, y: int, to_x: int, to_y: int) -> str:
    half = (to_x - x) // 2
    return f"C{x + half} {y} {to_x - half} {to_y} {to_x} {to_y}"
