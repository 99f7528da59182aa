import logging
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_profiler.telemetry import masking
from airflow_provider_profiler.telemetry.masking import MASK, MaskingFilter, mask_secrets, masked_message

SECRET = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._~-", min_size=8, max_size=60).map(
    lambda text: f"Zq9{text}"
)
SHAPES = [
    "Authorization: Bearer {}",
    "authorization=Basic {}",
    '{{"Authorization": "Bearer {}"}}',
    "sent bearer {} to it",
    "postgresql://user:{}@db.example.org:5432/x",
    "s3://{}@bucket/key",
    "password={}",
    "password = '{}'",
    'PGPASSWORD="{}"',
    "DATAGEMS_POSTGRES_PASSWORD={}",
    '{{"client_secret": "{}", "x": 1}}',
    "{{'api_key': '{}'}}",
    "access-key:{}",
    "?token={}&x=1",
]


@pytest.mark.parametrize("shape", SHAPES)
@given(secret=SECRET)
def test_no_secret_is_left(shape, secret):
    masked = mask_secrets(f"before {shape.format(secret)} after")
    assert secret not in masked
    assert MASK in masked
    assert masked.startswith("before ")


def test_a_token_is_found_wherever_it_stands():
    token = "eyJhbGciOiJIUzI1NiJ9.eyJjbGllbnRfaWQiOiJhaXJmbG93In0.c2lnbmF0dXJl"
    assert mask_secrets(f"got <{token}> and {token[:40]}") == f"got <{MASK}> and {MASK}"


@pytest.mark.parametrize(
    "text",
    [
        "GET /profiler/jobs/550e8400-e29b-41d4-a716-446655440000 200",
        "Job 550e8400-e29b-41d4-a716-446655440000 is HEAVY_PROFILES_READY.",
        "The bearer of bad news",
        "http://127.0.0.1:4557/profiler",
        "rows: 20,357 columns: 7",
        "who@example.org",
    ],
)
def test_plain_text_stays(text):
    assert mask_secrets(text) == text


@given(st.text())
def test_any_text_is_taken(text):
    mask_secrets(text)


@pytest.mark.parametrize(
    "part", ["eyJ-", 'token="', "token", "://", "bearer ", "authorization:", "eyJa.", "password: "]
)
def test_long_hostile_text_takes_linear_time(part):
    """Quadratic time would not end within the suite's time limit."""
    mask_secrets(part * 300_000)


def test_the_filter_masks_arguments_and_tracebacks():
    try:
        int("postgresql://u:hunter2@db/x")
    except ValueError:
        record = logging.LogRecord("n", logging.ERROR, "f", 1, "with %s", ("password=hunter2",), sys.exc_info())
    assert MaskingFilter().filter(record)
    text = logging.Formatter("%(message)s").format(record)
    assert "hunter2" not in text
    assert "ValueError" in text
    assert f"password={MASK}" in text


def test_a_wrong_placeholder_does_not_silence_the_line():
    record = logging.LogRecord("n", logging.ERROR, "f", 1, "%d rows", ("password=hunter2",), None)
    assert MaskingFilter().filter(record)
    assert "rows" in record.getMessage()
    assert "hunter2" not in record.getMessage()


@given(st.text("eyJ.aPbKſı://@ =:\"'passwordkeytokenBearer authorization", max_size=80))
def test_looking_for_words_first_changes_nothing(text):
    expected = text
    for _, pattern, replacement in masking._PATTERNS:
        expected = pattern.sub(replacement, expected)
    assert mask_secrets(text) == expected


def test_a_record_is_masked_once_for_all_handlers():
    record = logging.LogRecord("n", logging.INFO, "f", 1, "password=%s", ("hunter2",), None)
    assert masked_message(record) == masked_message(record) == f"password={MASK}"
    MaskingFilter().filter(record)
    assert masked_message(record) == record.getMessage() == f"password={MASK}"
