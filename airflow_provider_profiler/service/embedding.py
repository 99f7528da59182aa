"""What belongs to a job (events, artefacts, its profile) put into the answer that tells of it."""

import json
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

from fastapi import Response
from fastapi.concurrency import run_in_threadpool

from airflow_provider_profiler.contract.artefacts import Artefact
from airflow_provider_profiler.contract.errors import ServiceUnavailable
from airflow_provider_profiler.contract.job import JobDetail, JobEvent
from airflow_provider_profiler.contract.profile import DatasetProfile
from airflow_provider_profiler.contract.revisions import Revision
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.contract.stage_graph import StageVertex
from airflow_provider_profiler.jobs.stage_pages import stage_page
from airflow_provider_profiler.jobs.store import JobRecord
from airflow_provider_profiler.render.report.bounds import TooManyPages
from airflow_provider_profiler.service.artefacts import artefacts_of, job_artefacts
from airflow_provider_profiler.service.backend import Backend
from airflow_provider_profiler.service.embed_syntax import Embed, Embeddable, InvalidEmbed, parse_embed
from airflow_provider_profiler.service.partial_answers import WHOLE, Selection, parse_fields
from airflow_provider_profiler.service.revisions import revision_of
from airflow_provider_profiler.storage.results import PROFILE, STAGES

#: Items of an embedded list where no limit is given.
_SOME = 25
#: Bytes of profiles that one answer embeds at most: it is made in memory.
_MOST_BYTES = 16 * 1024 * 1024
#: Items of embedded lists that one answer holds at most, for the same reason.
_MOST_ITEMS = 10_000
#: Events that are read at a time.
_PAGE = 1000

EMBEDDABLE: Mapping[str, Embeddable] = {
    "artefacts": Embeddable(Artefact, limited=True, sort="name"),
    "events": Embeddable(JobEvent, limited=True, sort="sequence"),
    "profile": Embeddable(DatasetProfile),
    "revision": Embeddable(Revision),
    "specification": Embeddable(ProfileSpecification),
    "stages": Embeddable(StageVertex, limited=True),
}


class JobAnswers:
    """Makes the answers that tell of jobs, whole or in part.

    :param fields: the parameter ``fields``; None for all of them.
    :param embed: the parameter ``embed``; None for nothing.
    :raises InvalidRequest: when one of them is not understood, with the valid names.
    """

    def __init__(self, backend: Backend, fields: str | None, embed: str | None) -> None:
        self._backend = backend
        self._selection = WHOLE if fields is None else parse_fields(fields, JobDetail)
        self._embeds = () if embed is None else parse_embed(embed, EMBEDDABLE)
        self._left = _MOST_BYTES

    @property
    def plain(self) -> bool:
        """Whether the answers are details as they are."""
        return self._selection is WHOLE and not self._embeds

    async def answer(self, make: Callable[[], Response]) -> Response:
        """What the function answers, made in a thread; few at a time where whole profiles are taken into it.

        :raises ServiceUnavailable: where too many wait for that already.
        """
        if not any(embed.name == "profile" for embed in self._embeds):
            return await run_in_threadpool(make)
        try:
            return await self._backend.report_bound.run(make)
        except TooManyPages as error:
            raise ServiceUnavailable(
                "As many answers with whole profiles are being made and waited for as this service makes at a time. "
                "Ask again in a moment, or download profile.json."
            ) from error

    def check_size(self, jobs: int) -> None:
        """See that an answer that tells of so many jobs does not grow too large.

        :raises InvalidEmbed: when the lists that are to be embedded could hold too many items together.
        """
        items = sum(embed.limit or _SOME for embed in self._embeds if EMBEDDABLE[embed.name].limited)
        if jobs * items > _MOST_ITEMS:
            raise InvalidEmbed(
                f"embed: {jobs} jobs with up to {items} items each are more than the {_MOST_ITEMS} that one answer "
                "holds; ask for fewer jobs (limit=10) or for less of each (events(limit=1))."
            )

    def of(self, record: JobRecord) -> dict[str, Any]:
        """The answer for one job, ready for JSON: the selected fields of its detail, and ``embedded``."""
        detail = self._backend.detail(record)
        answer: dict[str, Any] = self._selection.of(detail.model_dump(mode="json"))
        if self._embeds:
            answer = {**answer, "embedded": {embed.name: self._embedded(record, embed) for embed in self._embeds}}
        return answer

    def _embedded(self, record: JobRecord, embed: Embed) -> Any:
        make: dict[str, Callable[[JobRecord, Embed], Any]] = {
            "artefacts": self._artefacts,
            "events": self._events,
            "profile": self._profile,
            "revision": self._revision,
            "specification": self._specification,
            "stages": self._stages,
        }
        return make[embed.name](record, embed)

    def _artefacts(self, record: JobRecord, embed: Embed) -> dict[str, Any]:
        found = artefacts_of(self._backend, record, job_artefacts(self._backend, record))
        return _list(found[::-1] if embed.descending else found, embed)

    def _events(self, record: JobRecord, embed: Embed) -> dict[str, Any]:
        wanted = embed.limit or _SOME
        if not embed.descending:
            return _list(self._backend.store.events(record.job_id, 0, wanted), embed)
        last: deque[JobEvent] = deque(maxlen=wanted)
        after = 0
        while page := self._backend.store.events(record.job_id, after, _PAGE):
            last.extend(page)
            after = page[-1].sequence
            if len(page) < _PAGE:
                break
        return _list(tuple(reversed(last)), embed)

    def _profile(self, record: JobRecord, embed: Embed) -> dict[str, Any]:
        """The profile model where there is room for it, else null: it can always be downloaded."""
        link = f"{self._backend.settings.base_url}/profiler/jobs/{record.job_id}/profile.json"
        document = self._backend.results.open(record.dataset_id, record.revision, PROFILE)
        if document is None:
            return {"bytes": 0, "link": link, "content": None}
        with document:
            content = None
            if document.size <= self._left:
                self._left -= document.size
                content = embed.selection.of(json.loads(document.pread(document.size, 0)))
            return {"bytes": document.size, "link": link, "content": content}

    def _revision(self, record: JobRecord, embed: Embed) -> Any:
        return embed.selection.of(revision_of(self._backend, record).model_dump(mode="json"))

    def _specification(self, record: JobRecord, embed: Embed) -> Any:
        return embed.selection.of(record.request.profile_specification.model_dump(mode="json"))

    def _stages(self, record: JobRecord, embed: Embed) -> dict[str, Any]:
        document = self._backend.results.open(record.dataset_id, record.revision, STAGES)
        with document or nullcontext():
            page = stage_page(record, document, offset=0, limit=embed.limit or _SOME)
        return _list(page.vertices, embed)


def _list(found: Sequence[Any], embed: Embed) -> dict[str, Any]:
    kept = found[: embed.limit or _SOME]
    selection: Selection = embed.selection
    return {"data": [selection.of(item.model_dump(mode="json")) for item in kept], "count": len(kept)}
