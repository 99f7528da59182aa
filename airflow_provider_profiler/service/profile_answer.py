"""The answer to ``/profile``: documents of a job put together without reading them."""

from collections.abc import Iterator
from itertools import chain

from airflow_provider_profiler.contract.errors import ServiceUnavailable
from airflow_provider_profiler.contract.messages import CddPath
from airflow_provider_profiler.contract.model import canonical_json
from airflow_provider_profiler.jobs.store import JobRecord
from airflow_provider_profiler.service.errors import NotReady
from airflow_provider_profiler.storage.results import MOMA_HEAVY, MOMA_LIGHT, ResultStore


def profile_answer(record: JobRecord, results: ResultStore) -> Iterator[bytes]:
    """The JSON of the documented answer in pieces; what is not there yet is an empty object in its slot.

    A heavy document can be large: its bytes are passed on as they were written, and never in memory together. The
    documents are opened before this returns, so that what is wrong with them is known before the answer begins.

    :raises NotReady: when there is nothing at all yet.
    :raises ServiceUnavailable: when a document that the job recorded cannot be read.
    """
    if not record.profiles_available:
        raise NotReady(_nothing_yet(record))
    cdd: bytes = b"{}"
    if "cdd" in record.profiles_available:
        path = results.cdd_path_of(record.dataset_id) or record.cdd_revision_path
        if path:
            cdd = canonical_json(CddPath(path=path).model_dump())
    light = _document(record, results, "light", MOMA_LIGHT)
    heavy = _document(record, results, "heavy", MOMA_HEAVY)
    return chain(
        (b'{"moma_profile_light":',), light, (b',"moma_profile_heavy":',), heavy, (b',"cdd_profile":', cdd, b"}")
    )


def _document(record: JobRecord, results: ResultStore, kind: str, name: str) -> Iterator[bytes]:
    if kind not in record.profiles_available:
        return iter((b"{}",))
    document = results.chunks(record.dataset_id, record.revision, name)
    if document is None:
        raise ServiceUnavailable(f"The {kind} profile of job {record.job_id} was written, but is not where it was put.")
    return document


def _nothing_yet(record: JobRecord) -> str:
    if record.reason:
        return f"Job {record.job_id} failed before a profile was ready ({record.reason.code}): {record.reason.message}"
    return f"Job {record.job_id} has no profile yet; it is in the state {record.state.value}."
