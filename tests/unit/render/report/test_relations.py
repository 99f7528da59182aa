"""The picture of tables and what refers to what."""

import re
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from airflow_provider_profiler.render.report.relations import BOX_HEIGHT, BOX_WIDTH, picture_of


def tables(**refers: str) -> Any:
    """Tables by name, each with the names of those it refers to."""
    ids = {name: UUID(int=place) for place, name in enumerate(refers)}
    return [
        SimpleNamespace(
            id=ids[name],
            name=name,
            row_count=1,
            fields=[
                SimpleNamespace(
                    name=f"{target}_id",
                    references=[SimpleNamespace(record_set_id=ids[target], record_set=target, field="id")],
                )
                for target in targets.split()
            ],
        )
        for name, targets in refers.items()
    ]


def picture(**refers: str) -> Any:
    found = picture_of(tables(**refers), list(refers))
    return found, {node.name: node for node in found.nodes}, {(edge.source, edge.target): edge for edge in found.edges}


def test_what_is_referred_to_stands_on_the_right_and_what_stands_alone_not_at_all():
    found, nodes, _ = picture(items="orders products", orders="customers", products="", customers="", alone="")
    assert set(nodes) == {"items", "orders", "products", "customers"}
    assert nodes["items"].x < nodes["orders"].x == nodes["products"].x < nodes["customers"].x
    assert len({(node.x, node.y) for node in found.nodes}) == 4
    assert all(node.x + BOX_WIDTH <= found.width and node.y + BOX_HEIGHT <= found.height for node in found.nodes)


def test_a_line_passes_no_table_behind():
    found, nodes, edges = picture(items="orders", views="customers items", orders="customers", customers="")
    line = edges["views.customers_id", "customers.id"].path
    passed = [node for node in found.nodes if nodes["views"].x < node.x < nodes["customers"].x]
    assert [node.name for node in passed] == ["items", "orders"]
    points = [tuple(map(int, point)) for point in re.findall(r"(\d+) (\d+)H\d+", line)]
    assert [x for x, _ in points] == [node.x for node in passed], "it goes straight where tables stand"
    for (_, y), node in zip(points, passed, strict=True):
        assert not node.y <= y <= node.y + BOX_HEIGHT
        assert y < found.height


def test_tables_that_go_round_in_a_circle_and_one_that_refers_to_itself():
    found, nodes, edges = picture(a="b", b="c", c="a", boss="boss")
    assert len(nodes) == 4
    assert all(edge.path for edge in edges.values())
    assert len(found.edges) == 4
