"""A text that is called sound is one about which the closer look has nothing to say."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_profiler.profiling.readers import sound_text
from airflow_provider_profiler.profiling.readers.row_form import RowForm
from airflow_provider_profiler.profiling.readers.sound_text import is_sound
from airflow_provider_profiler.profiling.readers.text_scan import TextScan

FORM = RowForm(delimiter=b",", quote=b'"', escape=b"", line_end=b"\n", width=2)


@pytest.mark.parametrize(
    ("text", "sound"),
    [
        (b"", True),
        (b"a,b\n", True),
        (b'a,"b"\r\n"c","d"\n', True),
        (b'"a","b,c"\n', True),
        (b'"a","b\nc"\n', False),
        (b'"a","b""c"\n', False),
        (b'a,"b\nc,d\n', False),
        (b'a,b"c\n', False),
        (b'"a"b,c\n', False),
        (b'a,"b"', True),
    ],
)
def test_only_plain_quotes_are_sound(text: bytes, sound: bool) -> None:
    assert is_sound(text, len(text), FORM) is sound


def test_escapes_and_comments_always_take_a_closer_look() -> None:
    for form in (
        RowForm(delimiter=b",", quote=b'"', escape=b"\\", line_end=b"\n", width=2),
        RowForm(delimiter=b",", quote=b'"', escape=b"", line_end=b"\n", width=2, comment=b"#"),
    ):
        assert not is_sound(b"a,b\n", 4, form)


@settings(max_examples=300)
@given(st.lists(st.sampled_from(["a", "1", ",", '"', '","', "\n", '"\n', '\n"', "\r\n", "é"])), st.integers(1, 9))
def test_the_closer_look_finds_nothing_in_a_sound_text(pieces: list[str], block: int) -> None:
    text = "".join(pieces).encode()
    scan = TextScan(text, FORM, final=True)
    usual, sound_text._BLOCK = sound_text._BLOCK, block
    try:
        sound = is_sound(text, scan.limit, FORM)
    finally:
        sound_text._BLOCK = usual
    assert sound == is_sound(text, scan.limit, FORM)
    if sound:
        scan.run()
        assert scan.done == scan.limit
        assert scan.damaged == []
        assert not len(scan.closed())
