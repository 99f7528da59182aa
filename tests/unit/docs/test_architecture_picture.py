"""The picture of the architecture says what the code is held to."""

from lxml import etree

from tests.unit.docs.fences import ROOT
from tests.unit.test_architecture import AIRFLOW_ROOMS, ALLOWED

PICTURE = etree.parse(str(ROOT / "docs" / "images" / "architecture.svg"))
GUIDE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
GROUPS = PICTURE.findall(".//*[@data-room]")
#: Boxes by what stands in them: one room, or several that are drawn as one.
BOXES = {group.get("data-room"): set(group.get("data-not", "").split()) for group in GROUPS}
AIRFLOW = " ".join(name for box in BOXES for name in box.split() if " " in box)


def arrows() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {box: set() for box in BOXES}
    for line in PICTURE.findall(".//*[@data-from]"):
        box = AIRFLOW if line.get("data-from") == "airflow" else line.get("data-from")
        found[box].add(line.get("data-to"))
    return found


def test_every_room_is_drawn_once() -> None:
    drawn = [name for box in BOXES for name in box.split()]
    assert sorted(drawn) == sorted(ALLOWED)
    assert set(AIRFLOW.split()) == AIRFLOW_ROOMS


def test_what_arrows_reach_is_what_may_be_imported() -> None:
    lines = arrows()

    def reached(box: str) -> set[str]:
        return {far for near in lines[box] for far in ({near} | reached(near))}

    for box, excluded in BOXES.items():
        assert excluded <= reached(box), f"{box} excludes what it does not reach"
        for room in box.split():
            together = set(box.split()) if " " in box else set()
            assert (reached(box) - excluded) | together == ALLOWED[room] | ({room} & together), room


def test_every_word_of_the_picture_is_one_of_its_box() -> None:
    for group in GROUPS:
        words = " ".join(text for text in group.itertext()).split()
        assert set(group.get("data-room").split()) <= set(words)
        assert set(group.get("data-not", "").split()) <= {word.strip(",") for word in words}


def test_every_room_is_explained() -> None:
    first_cells = "".join(line.split("|")[1] for line in GUIDE.splitlines() if line.startswith("| `"))
    assert all(f"`{room}`" in first_cells for room in ALLOWED)
