"""Documents are written piece by piece, and their bytes are those of the whole."""

import json
import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_profiler.contract.model import document_chunks, document_json

_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


def streamed(value):
    """The value with generators in place of the lists that members of objects are."""
    if isinstance(value, dict):
        return {
            key: (streamed(item) for item in member) if isinstance(member, list) else streamed(member)
            for key, member in value.items()
        }
    return value


@given(_values)
def test_generators_are_written_as_the_lists_that_they_stand_for(value):
    whole = (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()
    assert document_json(value) == whole
    assert b"".join(document_chunks(streamed(value))) == whole


def test_a_long_document_takes_the_memory_of_a_part_of_it():
    def items():
        for number in range(20_000):
            yield {"number": number, "text": "x" * 200}

    tracemalloc.start()
    try:
        size = sum(map(len, document_chunks({"name": "long", "items": items()})))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size > 4_000_000
    assert peak < size / 10
