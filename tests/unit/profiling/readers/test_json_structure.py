"""Brackets and commas are found where a slow reader finds them, however the text is cut into blocks."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_profiler.profiling.readers.json_structure import ItemAssembler, StructureScanner

PIECES = st.lists(
    st.sampled_from(['"', "\\", "\\\\", '\\"', "{", "}", "[", "]", ",", ":", "a", " ", "é", "\n"]), max_size=60
)


def slowly(text: bytes) -> list[tuple[int, int, int]]:
    """Place, character and depth of each token, character by character."""
    found = []
    depth, inside, escaped = 0, False, False
    for place, unit in enumerate(text):
        character = chr(unit)
        if not escaped and character == '"':
            inside = not inside
        elif not inside and character in "{}[],":
            depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(character, 0)
            found.append((place, unit, depth))
        escaped = character == "\\" and not escaped
    return found


@given(PIECES, st.lists(st.integers(1, 7), min_size=1))
def test_tokens(pieces: list[str], sizes: list[int]) -> None:
    text = "".join(pieces).encode()
    scanner = StructureScanner()
    found: list[tuple[int, int, int]] = []
    start = turn = 0
    while start < len(text):
        block = text[start : start + sizes[turn % len(sizes)]]
        tokens = scanner.feed(block)
        found += zip((tokens.places + start).tolist(), tokens.codes.tolist(), tokens.depths.tolist(), strict=True)
        start, turn = start + len(block), turn + 1
    assert found == slowly(text)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.sampled_from('a,"\\[]{}é')),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
)


@given(st.lists(VALUES, min_size=1, max_size=8), st.integers(1, 30))
@settings(max_examples=40)
def test_items_come_back_whole(values: list[object], size: int) -> None:
    text = json.dumps(values)[1:-1].encode()
    scanner, assembler = StructureScanner(), ItemAssembler()
    items: list[bytes] = []
    for start in range(0, len(text), size):
        block = text[start : start + size]
        tokens = scanner.feed(block)
        complete, ends = assembler.take(block, tokens.places[(tokens.codes == ord(",")) & (tokens.depths == 0)])
        begin = 0
        for end in ends:
            items.append(complete[begin:end])
            begin = end + 1
        assert begin == len(complete)
    items.append(assembler.rest())
    assert [json.loads(item) for item in items] == values
