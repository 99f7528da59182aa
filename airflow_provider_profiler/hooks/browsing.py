"""What both hooks ask beyond single jobs: lists, the feed of events, logs, revisions and files, databases."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

from pydantic import ValidationError

from airflow_provider_profiler.contract.artefacts import Artefact, ArtefactList
from airflow_provider_profiler.contract.job import EventKind
from airflow_provider_profiler.contract.specification import DatabaseConnection
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.hooks.answers import Answer, readable
from airflow_provider_profiler.hooks.errors import NotFound, RequestRefused, UnexpectedAnswer
from airflow_provider_profiler.hooks.reading import LONGEST_HOLD, segment

#: Seconds for which a service may look into a table before it answers.
LONGEST_LOOK = 30.0
#: Bytes of a file that are asked for at a time.
PIECE_BYTES = 8 * 1024 * 1024
#: The end of a job's path that asks for what the job was to profile.
SPECIFICATION_TAIL = "?fields=job_id&embed=specification"


def jobs_path(
    *,
    dataset_id: str | UUID | None = None,
    states: Iterable[JobState | str] = (),
    client: str | None = None,
    dag_id: str | None = None,
    labels: Mapping[str, str] | None = None,
    created_from: datetime | None = None,
    created_until: datetime | None = None,
    terminal: bool | None = None,
    limit: int = 25,
    offset: int = 0,
) -> str:
    """Where jobs are listed that fit all of the filters that are given."""
    query: list[tuple[str, Any]] = [
        ("dataset_id", dataset_id),
        *(("state", str(state)) for state in states),
        ("client", client),
        ("dag_id", dag_id),
        *(("label", f"{name}:{value}") for name, value in (labels or {}).items()),
        ("created_from", created_from and created_from.isoformat()),
        ("created_until", created_until and created_until.isoformat()),
        ("terminal", None if terminal is None else str(terminal).lower()),
        ("limit", limit),
        ("offset", offset),
    ]
    return f"/profiler/jobs?{_query(query)}"


def feed_path(after: int | str, kinds: Iterable[EventKind | str], limit: int, wait: float) -> str:
    """Where the events of all jobs are, from a cursor on."""
    types = [("type", str(kind)) for kind in kinds]
    return f"/profiler/events?{_query([('after', after), *types, ('limit', limit), ('wait', _held(wait))])}"


def log_tail(after: int, stage: str | None, level: str | None, tail: int | None, wait: float) -> str:
    """The end of the path that asks for a job's log."""
    query = [("after", after), ("stage", stage), ("level", level), ("tail", tail), ("wait", _held(wait))]
    return f"/log?{_query(query)}"


def datasets_path(limit: int, offset: int) -> str:
    """Where the datasets are listed."""
    return f"/profiler/datasets?{_query([('limit', limit), ('offset', offset)])}"


def revisions_path(dataset_id: str | UUID, limit: int, offset: int) -> str:
    """Where the revisions of a dataset are listed."""
    return f"/profiler/datasets/{segment(dataset_id)}/revisions?{_query([('limit', limit), ('offset', offset)])}"


def revision_path(dataset_id: str | UUID, revision: int | str) -> str:
    """Where one revision is.

    :param revision: its number, ``latest`` or ``successful``.
    """
    return f"/profiler/datasets/{segment(dataset_id)}/revisions/{segment(str(revision))}"


def artefacts_tail(*, checksums: bool, name: str | None) -> str:
    """The end of the path that lists the files of a job's revision."""
    query = _query([("checksums", "true" if checksums else None), ("name", name)])
    return "/artefacts" + (f"?{query}" if query else "")


def preview_path(job_id: str | UUID, table: str | None, rows: int, columns: Iterable[str], where: str | None) -> str:
    """Where rows of a table of a job's revision are."""
    query = [("table", table), ("rows", rows), *(("columns", column) for column in columns), ("where", where)]
    return f"/profiler/jobs/{segment(job_id)}/preview?{_query(query)}"


def artefact_path(job_id: str | UUID, name: str) -> str:
    """Where a file of a job's revision is."""
    return f"/profiler/jobs/{segment(job_id)}/artefacts/{quote(name)}"


def named_artefact(listed: ArtefactList | None, job_id: str | UUID, name: str) -> Artefact:
    """One of the files of a job's revision.

    :param listed: None where the service has no such list.
    :raises NotFound: when there is no such file.
    """
    found = next((item for item in listed.data if item.name == name), None) if listed is not None else None
    if found is None:
        raise NotFound(f"Profiling job {job_id} has no file {name!r} at the service.")
    return found


def piece_headers(start: int, tag: str) -> dict[str, str]:
    """Asks for one piece of a file, if that still has the content of this tag; else for all of it."""
    piece = f"bytes={start}-{start + PIECE_BYTES - 1}"
    return {"Range": piece, "If-Range": tag, "Accept": "*/*", "Accept-Encoding": "identity"}


def whole_size(answer: Answer, start: int) -> int:
    """How large the file is, of which the answer holds a piece, or the whole.

    :param start: where the piece was to begin.
    :raises UnexpectedAnswer: when it holds another piece, or the file has become another one meanwhile.
    """
    if answer.status != 206:
        if start:
            raise UnexpectedAnswer(f"{answer.what}: the file was replaced while it was downloaded; download it again.")
        return len(answer.body)
    given = {name.lower(): value for name, value in answer.headers.items()}.get("content-range", "")
    place, _, size = given.removeprefix("bytes ").partition("/")
    if place != f"{start}-{start + len(answer.body) - 1}" or not size.isdecimal():
        raise UnexpectedAnswer(f"{answer.what} answered the part {given!r} of a file, which was not asked for.")
    return int(size)


def database_path(route: str) -> str:
    """Where a database is asked about: ``test``, ``schemas`` or ``tables``."""
    return f"/profiler/connections/{route}"


def tables_path(schema: str | None) -> str:
    """Where the tables of a database, or of one schema, are listed, as many as an answer holds."""
    return database_path(f"tables?{_query([('limit', 10_000), ('schema', schema)])}")


def connector_body(connector: DatabaseConnection | Mapping[str, Any]) -> dict[str, Any]:
    """A connector as it is sent.

    :raises RequestRefused: with one line for each field that does not fit.
    """
    try:
        model = connector if isinstance(connector, DatabaseConnection) else DatabaseConnection.model_validate(connector)
    except ValidationError as error:
        raise RequestRefused(f"The database connection is not valid:{readable(error)}") from None
    return model.model_dump(mode="json")


def _held(wait: float) -> str | None:
    return f"{min(wait, LONGEST_HOLD):g}" if wait > 0 else None


def _query(parameters: Iterable[tuple[str, Any]]) -> str:
    return urlencode([(name, value) for name, value in parameters if value is not None])
