"""The revisions of a dataset, from the records of the jobs that made them."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from airflow_provider_profiler.contract.job import JobFilter
from airflow_provider_profiler.contract.revisions import Revision, RevisionLinks, RevisionStats
from airflow_provider_profiler.jobs.store import JobRecord
from airflow_provider_profiler.service.artefacts import revision_artefacts
from airflow_provider_profiler.service.backend import Backend
from airflow_provider_profiler.service.errors import NotReady
from airflow_provider_profiler.storage.results import PROFILE

LATEST = "latest"
SUCCESSFUL = "successful"
#: Larger numbers are no revision's, and not every store can look for them.
_LARGEST = 2**31
_LONGEST_WORD = 32
#: Revisions among which the one before another is looked for.
_LOOKED_THROUGH = 200


class ComparedRevisions(BaseModel):
    """Which two revisions a request compares."""

    model_config = ConfigDict(extra="forbid")

    before: str | None = Field(
        None,
        alias="from",
        max_length=_LONGEST_WORD,
        description="A number, `latest` or `successful`; that before the other if not given",
    )
    after: str = Field(
        SUCCESSFUL, alias="to", max_length=_LONGEST_WORD, description="A number, `latest` or `successful`"
    )


def find_revision(backend: Backend, dataset_id: UUID, word: str) -> JobRecord:
    """The job that made a revision.

    :param word: a number, ``latest`` or ``successful``: the newest one that reached its target.
    :raises NotReady: when there is none.
    """
    if word in (LATEST, SUCCESSFUL):
        record = backend.store.latest_revision(dataset_id, successful=word == SUCCESSFUL)
        if record is None:
            kind = "successful revision" if word == SUCCESSFUL else "revision"
            raise NotReady(f"Dataset {dataset_id} has no {kind}.")
    else:
        number = int(word) if word.isascii() and word.isdecimal() and len(word) <= 10 else 0
        record = backend.store.revision(dataset_id, number) if 0 < number < _LARGEST else None
        if record is None:
            raise NotReady(
                f"Dataset {dataset_id} has no revision {word[:32]!r}. Give a number, '{LATEST}' or '{SUCCESSFUL}'; "
                "old revisions are removed as the service's retention tells."
            )
    return backend.observed(record)


def revision_of(backend: Backend, record: JobRecord, published: int | None = None) -> Revision:
    """A revision as its readers see it.

    :param published: the dataset's published revision; looked up where it is not given.
    """
    if published is None:
        published = backend.store.published_revision(record.dataset_id)
    base = backend.settings.base_url
    own = f"{base}/profiler/datasets/{record.dataset_id}/revisions/{record.revision}"
    summary = record.summary
    stats = None
    if summary is not None:
        stats = RevisionStats(
            bytes=summary.bytes,
            count_of_rows=summary.rows,
            dataset_name=record.request.profile_specification.name,
            hash=summary.content_hash,
        )
    return Revision(
        dataset_id=record.dataset_id,
        number=record.revision,
        job_id=record.job_id,
        state=record.state,
        terminal=record.terminal,
        target=record.target,
        reason=record.reason,
        created=record.created,
        started=record.started,
        finished=record.finished,
        reused=record.reused,
        reused_from=record.reused_from,
        published=record.revision == published,
        stats=stats,
        links=RevisionLinks(
            self=own,
            job=f"{base}/profiler/jobs/{record.job_id}",
            artefacts=revision_artefacts(backend, record),
        ),
    )


def compared_revisions(
    backend: Backend, dataset_id: UUID, before: str | None, after: str
) -> tuple[JobRecord, JobRecord]:
    """The jobs of two revisions that are to be compared: the one that is compared with, then the other.

    :param before: a number or a word; None for the newest one below the other that has a profile.
    :raises NotReady: when there is no such revision, or none to compare with.
    """
    found = find_revision(backend, dataset_id, after)
    return (_below(backend, found) if before is None else find_revision(backend, dataset_id, before)), found


def _below(backend: Backend, record: JobRecord) -> JobRecord:
    for found in backend.store.list_jobs(JobFilter(dataset_id=record.dataset_id), limit=_LOOKED_THROUGH):
        if found.revision >= record.revision:
            continue
        document = backend.results.open(found.dataset_id, found.revision, PROFILE)
        if document is not None:
            document.close()
            return found
    raise NotReady(
        f"Revision {record.revision} of dataset {record.dataset_id} has none before it to be compared with; give two "
        "with from= and to=."
    )
