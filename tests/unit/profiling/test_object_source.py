"""What a store refuses of one object is the fault of that object."""

from typing import Any

import pytest

from airflow_provider_profiler.contract.reasons import FileReasonCode
from airflow_provider_profiler.profiling.failures import file_reason
from airflow_provider_profiler.profiling.object_source import ObjectSource
from airflow_provider_profiler.storage.object_stores import ObjectStamp, ObjectStore


class Refusing(ObjectStore):
    """A store whose client refuses, in words that quote a key."""

    def filesystem(self) -> Any:
        return self

    def info(self, _: str) -> Any:
        raise self.options["error"]


@pytest.mark.parametrize(
    ("error", "why"),
    [(PermissionError("key AKIA7"), "refuses access"), (RuntimeError("key AKIA7"), "cannot be reached")],
)
def test_a_refusal_ends_no_job(error: Exception, why: str) -> None:
    source = ObjectSource(Refusing("s3://bucket", {"error": error}), "bucket/a.csv", "a.csv", "", ObjectStamp(1, "v"))
    with pytest.raises(OSError, match=why) as caught:
        source.open()
    reason = file_reason(caught.value, source.path)
    assert reason.code is FileReasonCode.UNREADABLE
    assert reason.message.startswith("a.csv: cannot be read: The object store")
    assert "AKIA7" not in reason.message
