"""How reports are made here: a few at a time, of profiles of a bounded size, and written down before they are sent."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from fastapi import Response
from fastapi.responses import StreamingResponse

from airflow_provider_profiler.contract.errors import ServiceUnavailable
from airflow_provider_profiler.contract.profile import DatasetProfile
from airflow_provider_profiler.jobs.store import JobRecord
from airflow_provider_profiler.render.report.bounds import LARGEST_PROFILE, TooManyPages
from airflow_provider_profiler.render.report.written import page_of
from airflow_provider_profiler.render.text import bytes_text
from airflow_provider_profiler.service.backend import Backend
from airflow_provider_profiler.service.errors import NotReady, NotYet, TooLargeToShow
from airflow_provider_profiler.service.page_errors import HTML
from airflow_provider_profiler.storage.results import PROFILE

T = TypeVar("T")

#: A frame of another site could lay something over a page that people click.
PAGE_HEADERS = {"Cache-Control": "private, no-store", "Content-Security-Policy": "frame-ancestors 'self'"}


class ProfileReader:
    """Reads the profiles that one page is made of.

    :param room: bytes of all of them together.
    """

    def __init__(self, backend: Backend, room: int) -> None:
        self._backend, self._room = backend, room

    def read(self, record: JobRecord) -> DatasetProfile:
        """The profile of a revision.

        :raises NotReady: when there is none, or none yet.
        :raises TooLargeToShow: when it is too large to be made a page of here.
        """
        document = self._backend.results.open(record.dataset_id, record.revision, PROFILE)
        if document is None:
            kind = NotReady if record.terminal else NotYet
            raise kind(f"Job {record.job_id} has no profile{_yet(record)}; it is in the state {record.state.value}.")
        try:
            if document.size > self._room:
                raise TooLargeToShow(_too_large(self._backend, record, document.size))
            self._room -= document.size
            return DatasetProfile.from_document(document.pread(document.size, 0))
        finally:
            document.close()


async def bounded(backend: Backend, make: Callable[[ProfileReader], T]) -> T:
    """What is made of profiles.

    :param make: makes it of what the reader reads, in a thread.
    :raises ServiceUnavailable: where too many wait for the like already.
    """
    try:
        return await backend.report_bound.run(lambda: make(ProfileReader(backend, LARGEST_PROFILE)))
    except TooManyPages as error:
        raise ServiceUnavailable(
            "As many reports are being made and waited for as this service makes at a time. Ask again in a moment."
        ) from error


async def made(backend: Backend, make: Callable[[ProfileReader], Iterator[bytes]]) -> Response:
    """A page that is made of profiles; see :func:`bounded`."""
    page = await bounded(backend, lambda profiles: page_of(make(profiles)))
    headers: dict[str, Any] = {**PAGE_HEADERS, "Content-Length": str(page.size)}
    return StreamingResponse(page.pieces(), page.status, headers, HTML)


def _yet(record: JobRecord) -> str:
    return "" if record.terminal else " yet"


def _too_large(backend: Backend, record: JobRecord, size: int) -> str:
    place = f"{backend.settings.base_url}/profiler/jobs/{record.job_id}/artefacts/{PROFILE}"
    return (
        f"The profile of job {record.job_id} has {bytes_text(size)}, and this service makes pages of "
        f"{bytes_text(LARGEST_PROFILE)} of profiles at most. Download {place} and make the page with the command line: "
        f"dataset-profiler show {PROFILE} --report, or dataset-profiler compare for two."
    )
