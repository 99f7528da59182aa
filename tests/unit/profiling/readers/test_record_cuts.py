"""Partitions of lines end with whole lines, whatever the blocks of the scan are."""

from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_profiler.profiling.readers.record_cuts import Cuts, cut_lines


def cut(text: str, partition_bytes: int, block: int, encoding: str = "utf-8", unit_type: str = "u1") -> Cuts:
    data = text.encode(encoding)
    content = iter([data[start : start + block] for start in range(0, len(data), block)])
    return cut_lines(content, start=0, unit_type=unit_type, partition_bytes=partition_bytes)


def pieces(text: str, cuts: Cuts, encoding: str = "utf-8") -> list[str]:
    data = text.encode(encoding)
    return [data[start:stop].decode(encoding) for start, stop in cuts.partitions]


ANY_TEXT = st.text(alphabet=st.sampled_from('aé,"\n\r'), max_size=60)


@given(ANY_TEXT, st.integers(1, 20), st.integers(1, 9), st.integers(1, 9))
def test_pieces_are_whole_lines_and_blocks_do_not_matter(
    text: str, partition_bytes: int, block: int, other: int
) -> None:
    cuts = cut(text, partition_bytes, block)
    parts = pieces(text, cuts)
    assert "".join(parts) == text
    assert all(len(part.encode()) >= partition_bytes and part.endswith("\n") for part in parts[:-1])
    # No line end was passed over that would have done.
    assert all("\n" not in part.encode()[partition_bytes - 1 : -1].decode("utf-8", "replace") for part in parts)
    assert cut(text, partition_bytes, other) == cuts


@given(ANY_TEXT, st.integers(2, 40), st.integers(1, 9))
def test_wide_code_units(text: str, partition_bytes: int, block: int) -> None:
    for encoding, unit_type in (("utf-16-le", "<u2"), ("utf-16-be", ">u2"), ("utf-32-le", "<u4")):
        parts = pieces(text, cut(text, partition_bytes, block, encoding, unit_type), encoding)
        assert "".join(parts) == text
        assert all(part.endswith("\n") for part in parts[:-1])


def test_a_text_of_one_partition_is_not_cut() -> None:
    text = "a,b\n" * 1000
    assert cut(text, 1 << 20, 100).partitions == ((0, len(text)),)
    assert cut("", 1, 1).partitions == ()
    assert len(cut('"a\nb\n"c\n', 1, 2).partitions) == 3


def test_bytes_that_mean_something_else_elsewhere_are_not_cut() -> None:
    assert cut_lines(iter([b"a\nb\n"]), start=3, unit_type="u1", partition_bytes=1, splittable=False).partitions == (
        (3, 7),
    )
