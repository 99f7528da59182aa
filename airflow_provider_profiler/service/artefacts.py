"""The files of a revision as answers: what there is, and downloads that can be cached and taken up again."""

import re
from collections.abc import Iterable, Iterator, Mapping
from email.utils import format_datetime
from functools import partial
from typing import Any
from urllib.parse import quote

from anyio import CapacityLimiter, to_thread
from fastapi import Request, Response
from fastapi.responses import StreamingResponse
from starlette.background import BackgroundTask
from starlette.datastructures import Headers

from airflow_provider_profiler.contract.artefacts import Artefact, ArtefactList
from airflow_provider_profiler.jobs.store import JobRecord
from airflow_provider_profiler.service.backend import Backend
from airflow_provider_profiler.service.errors import NotReady, RangeNotThere, error_responses
from airflow_provider_profiler.service.middleware import WITHOUT_BODY
from airflow_provider_profiler.storage.documents import OpenDocument

_MEDIA_TYPES = {
    "json": "application/json",
    "jsonl": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
    "html": "text/html; charset=utf-8",
}
_BYTES = "application/octet-stream"
#: RFC 9110, section 14.1.2: one range of bytes. Several at once are answered with the whole, as it permits.
_ONE_RANGE = re.compile(r"bytes=[ \t]*([0-9]{0,18})-([0-9]{0,18})[ \t]*")
_ENTITY_TAG = re.compile(r'(?:W/)?("[^"]*")')

#: Requests that read whole files for their checksums at a time.
CHECKSUMS_AT_A_TIME = 2

_ANY_BYTES = {"schema": {"type": "string", "format": "binary"}}
DOWNLOAD_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file",
        "content": {
            kind: {} if kind == "application/json" else _ANY_BYTES
            for kind in sorted({value.partition(";")[0] for value in (*_MEDIA_TYPES.values(), _BYTES)})
        },
        "headers": {
            "ETag": {"description": "Of this content", "schema": {"type": "string"}},
            "Accept-Ranges": {"description": "`bytes`", "schema": {"type": "string"}},
        },
    },
    206: {
        "description": "The part that the header Range asks for",
        "content": {"*/*": _ANY_BYTES},
        "headers": {"Content-Range": {"description": "Which part", "schema": {"type": "string"}}},
    },
    304: {"description": "The content is that of If-None-Match"},
    **error_responses({416: "The file has no bytes where the range is"}),
}


def job_artefacts(backend: Backend, record: JobRecord) -> str:
    """Where the artefacts of a job are listed."""
    return f"{backend.settings.base_url}/profiler/jobs/{record.job_id}/artefacts"


def revision_artefacts(backend: Backend, record: JobRecord) -> str:
    """Where the artefacts of a job's revision are listed."""
    return f"{backend.settings.base_url}/profiler/datasets/{record.dataset_id}/revisions/{record.revision}/artefacts"


def artefacts_of(
    backend: Backend, record: JobRecord, place: str, *, checksums: bool = False, name: str | None = None
) -> tuple[Artefact, ...]:
    """The files of a job's revision, by name.

    :param place: the path under which each of them is downloaded.
    :param checksums: read all of them for their checksums.
    :param name: only the one of this name.
    """
    found = []
    for listed in backend.results.documents(record.dataset_id, record.revision):
        if name is not None and listed.name != name:
            continue
        facts, digest = listed, None
        if checksums:
            document = backend.results.open(record.dataset_id, record.revision, listed.name)
            if document is None:  # removed meanwhile
                continue
            with document:
                facts, digest = document.facts, document.sha256()
        found.append(
            Artefact(
                name=facts.name,
                bytes=facts.size,
                media_type=media_type(facts.name),
                modified=facts.modified,
                etag=f'"{facts.tag}"',
                sha256=digest,
                link=f"{place}/{quote(facts.name)}",
            )
        )
    return tuple(found)


async def list_artefacts(
    request: Request, backend: Backend, record: JobRecord, place: str, *, checksums: bool, name: str | None
) -> ArtefactList:
    """The answer that lists them. Whole files are read in threads of their own, so that nobody else has to wait."""
    listing = partial(artefacts_of, backend, record, place, checksums=checksums, name=name)
    threads: CapacityLimiter | None = request.app.state.checksum_threads if checksums else None
    found = await to_thread.run_sync(listing, limiter=threads)
    return ArtefactList(data=found, count=len(found))


def media_type(name: str) -> str:
    """What a file of this name holds."""
    return _MEDIA_TYPES.get(name.rpartition(".")[2], _BYTES)


def download(request: Request, backend: Backend, record: JobRecord, name: str) -> Response:
    """The answer that holds a file, a part of it, or the word that it is still the same.

    :param name: as the list has it.
    :raises NotReady: when the revision has no such file.
    :raises RangeNotThere: when the part that was asked for lies behind its end.
    """
    document = backend.results.open(record.dataset_id, record.revision, name)
    if document is None:
        raise NotReady(
            f"Revision {record.revision} of dataset {record.dataset_id} has no file {name[:100]!r}; the list of its "
            "artefacts tells which there are."
        )
    try:
        return _answer(request.headers, document, body=WITHOUT_BODY not in request.scope)
    except BaseException:
        document.close()
        raise


def _answer(asked: Headers, document: OpenDocument, *, body: bool) -> Response:
    tag = f'"{document.facts.tag}"'
    headers = {
        "ETag": tag,
        "Last-Modified": format_datetime(document.facts.modified, usegmt=True),
        "Accept-Ranges": "bytes",
        # Whoever holds a copy asks whether it is still the one.
        "Cache-Control": "private, no-cache",
    }
    # One list, also where it came in several lines.
    if _holds(", ".join(asked.getlist("if-none-match")), tag):
        document.close()
        return Response(status_code=304, headers=headers)
    plain = document.facts.name.rpartition("/")[2]
    # Never shown by a browser in the name of this service: names and values within are those of the data.
    headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(plain, safe='')}"
    start, end, status = 0, document.size, 200
    part = _part(asked.get("range", ""), document.size) if _may_be_part(asked, headers) else None
    if part is not None:
        (start, end), status = part, 206
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{document.size}"
    headers["Content-Length"] = str(end - start)
    if not body:
        document.close()
        return Response(status_code=status, headers=headers, media_type=media_type(document.facts.name))
    return StreamingResponse(
        _closing(document, document.pieces(start, end)),
        status_code=status,
        headers=headers,
        media_type=media_type(document.facts.name),
        # Also where not one piece was asked for.
        background=BackgroundTask(document.close),
    )


def _closing(document: OpenDocument, pieces: Iterable[bytes]) -> Iterator[bytes]:
    with document:
        yield from pieces


def _holds(condition: str, tag: str) -> bool:
    """RFC 9110, section 13.1.2: whether one of the tags, compared weakly, is the one."""
    return condition.strip() == "*" or tag in _ENTITY_TAG.findall(condition)


def _may_be_part(asked: Mapping[str, str], headers: Mapping[str, str]) -> bool:
    """RFC 9110, section 13.1.5: a part only continues what the client has, if that is still the content."""
    condition = asked.get("if-range")
    return condition is None or condition.strip() in (headers["ETag"], headers["Last-Modified"])


def _part(wanted: str, size: int) -> tuple[int, int] | None:
    """Where the part begins and ends; None where the whole is to be sent.

    :raises RangeNotThere: when no byte of it is there.
    """
    found = _ONE_RANGE.fullmatch(wanted)
    if found is None or found[0].strip() == "bytes=-":
        return None
    first, last = found[1], found[2]
    if first and last and int(last) < int(first):
        return None  # no valid range, which counts as none
    start, end = (int(first), int(last) + 1 if last else size) if first else (max(0, size - int(last)), size)
    if start >= size:
        raise RangeNotThere(f"The file has {size} bytes; there are none at {wanted[:100]!r}.", size)
    return start, min(end, size)
