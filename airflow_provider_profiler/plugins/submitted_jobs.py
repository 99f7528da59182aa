"""Which jobs Airflow's tasks submitted, and what they said of them, from Airflow's own database."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from airflow_provider_profiler.contract.job import JobSummary
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.hooks.names import DEFAULT_CONN_NAME
from airflow_provider_profiler.hooks.rendered import is_nothing
from airflow_provider_profiler.links.profile_job import JOB_URL_KEY

#: States in which a task instance does nothing any more (``airflow.utils.state.State.finished``).
FINISHED = frozenset({"success", "failed", "skipped", "upstream_failed", "removed"})
_CONN_ID = "profiler_conn_id"


@dataclass(frozen=True)
class TaskPlace:
    """One task instance."""

    dag_id: str
    run_id: str
    task_id: str
    map_index: int = -1

    @property
    def name(self) -> str:
        """The task, and which of its mapped instances."""
        return self.task_id if self.map_index < 0 else f"{self.task_id} [{self.map_index}]"


@dataclass(frozen=True)
class SubmittedJob:
    """A job, as the task tells of it that submitted it."""

    place: TaskPlace
    name: str
    """The task's, with what tells a mapped instance from its like."""
    task_state: str
    job_id: str
    submitted: datetime
    state: JobState | None
    """How the job ended; None where the task has not seen its end."""
    summary: JobSummary | None
    dataset: str
    """As the task was given it; empty where that is not known any more."""
    conn_id: str | None
    """None where it is not known any more."""


@dataclass(frozen=True)
class TaskInstance:
    """A task instance and its job."""

    place: TaskPlace
    state: str
    """Empty before it was scheduled."""
    job: SubmittedJob | None
    may_profile: bool
    """Whether it has, or once it runs may have, a profiling service's connection."""

    @property
    def finished(self) -> bool:
        """Whether nothing will come of it any more."""
        return self.state in FINISHED


def task_instance(place: TaskPlace) -> TaskInstance | None:
    """A task instance; None where there is none."""
    from airflow.models.taskinstance import TaskInstance as Row  # noqa: PLC0415 - the API server alone
    from airflow.utils.session import create_session  # noqa: PLC0415
    from sqlalchemy import select  # noqa: PLC0415

    with create_session(scoped=False) as session:
        found = session.execute(
            select(Row.state, Row.dag_version_id).where(
                Row.dag_id == place.dag_id,
                Row.run_id == place.run_id,
                Row.task_id == place.task_id,
                Row.map_index == place.map_index,
            )
        ).first()
        if found is None:
            return None
        jobs = _jobs(session, Row.task_id == place.task_id, Row.map_index == place.map_index, run=place, limit=1)
        job = jobs[0] if jobs else None
        state = str(found.state or "")
        if job is not None and job.conn_id is not None:
            return TaskInstance(place, state, job, may_profile=True)
        written = _as_written(session, found.dag_version_id, place.task_id)
        if job is not None:
            # Airflow keeps the rendered fields of the latest runs alone.
            job = replace(job, conn_id=_written_conn_id(written))
        return TaskInstance(place, state, job, may_profile=_is_ours(written))


def jobs_of_run(dag_id: str, run_id: str, task_id: str | None = None, *, offset: int, limit: int) -> list[SubmittedJob]:
    """The jobs that tasks of a run submitted, by task.

    :param task_id: of this task alone.
    """
    from airflow.models.taskinstance import TaskInstance as Row  # noqa: PLC0415 - the API server alone
    from airflow.utils.session import create_session  # noqa: PLC0415

    where = () if task_id is None else (Row.task_id == task_id,)
    with create_session(scoped=False) as session:
        return _jobs(session, *where, run=TaskPlace(dag_id, run_id, ""), offset=offset, limit=limit)


def run_exists(dag_id: str, run_id: str) -> bool:
    """Whether there is such a run."""
    from airflow.models.dagrun import DagRun  # noqa: PLC0415 - the API server alone
    from airflow.utils.session import create_session  # noqa: PLC0415
    from sqlalchemy import select  # noqa: PLC0415

    with create_session(scoped=False) as session:
        return session.scalar(select(DagRun.id).where(DagRun.dag_id == dag_id, DagRun.run_id == run_id)) is not None


def newest_jobs(dag_ids: Collection[str], *, offset: int, limit: int) -> list[SubmittedJob]:
    """The newest jobs of some DAGs."""
    from airflow.models.taskinstance import TaskInstance as Row  # noqa: PLC0415 - the API server alone
    from airflow.utils.session import create_session  # noqa: PLC0415

    with create_session(scoped=False) as session:
        return _jobs(session, Row.dag_id.in_(dag_ids), offset=offset, limit=limit)


def team_of(dag_id: str) -> str | None:
    """The team whose connections a DAG uses, where Airflow has teams."""
    from airflow.models.dag import DagModel  # noqa: PLC0415 - the API server alone

    team: str | None = DagModel.get_team_name(dag_id)
    return team


def _jobs(session: Any, *where: Any, run: TaskPlace | None = None, offset: int = 0, limit: int) -> list[SubmittedJob]:
    from airflow.models.renderedtifields import RenderedTaskInstanceFields as Fields  # noqa: PLC0415
    from airflow.models.taskinstance import TaskInstance as Row  # noqa: PLC0415
    from airflow.models.xcom import XComModel  # noqa: PLC0415
    from sqlalchemy import and_, select  # noqa: PLC0415
    from sqlalchemy.orm import aliased  # noqa: PLC0415

    url, status, summary = aliased(XComModel), aliased(XComModel), aliased(XComModel)

    def told(other: Any, key: str) -> Any:
        return and_(
            other.dag_run_id == XComModel.dag_run_id,
            other.task_id == XComModel.task_id,
            other.map_index == XComModel.map_index,
            other.key == key,
        )

    def same(other: Any) -> Any:
        return and_(
            other.dag_id == XComModel.dag_id,
            other.run_id == XComModel.run_id,
            other.task_id == XComModel.task_id,
            other.map_index == XComModel.map_index,
        )

    columns: list[Any] = [
        XComModel.dag_id,
        XComModel.run_id,
        XComModel.task_id,
        XComModel.map_index,
        XComModel.timestamp,
        XComModel.value,
        Row.state,
        Row.rendered_map_index,
        Fields.rendered_fields,
        status.value.label("status"),
        summary.value.label("summary"),
    ]
    query = (
        select(*columns)
        .select_from(XComModel)
        .join(Row, same(Row))
        # Operators of other services tell a job_id too; of these keys together, ours alone.
        .join(url, told(url, JOB_URL_KEY))
        .outerjoin(Fields, same(Fields))
        .outerjoin(status, told(status, "status"))
        .outerjoin(summary, told(summary, "summary"))
        .where(XComModel.key == "job_id", *where)
    )
    if run is not None:
        query = query.where(XComModel.dag_id == run.dag_id, XComModel.run_id == run.run_id)
        query = query.order_by(XComModel.task_id, XComModel.map_index)
    else:
        query = query.order_by(XComModel.timestamp.desc(), XComModel.dag_run_id.desc())
    rows = session.execute(query.offset(offset).limit(limit)).all()
    return [job for job in map(_job, rows) if job is not None]


def _job(row: Any) -> SubmittedJob | None:
    job_id = _value(row.value)
    try:
        job_id = str(UUID(job_id))
    except (ValueError, TypeError, AttributeError):
        return None
    place = TaskPlace(row.dag_id, row.run_id, row.task_id, row.map_index)
    fields = row.rendered_fields if isinstance(row.rendered_fields, Mapping) else None
    status = _value(row.status)
    return SubmittedJob(
        place=place,
        name=f"{place.task_id} [{row.rendered_map_index}]" if row.rendered_map_index else place.name,
        task_state=str(row.state or ""),
        job_id=job_id,
        submitted=row.timestamp,
        state=JobState(status) if status in set(JobState) else None,
        summary=_summary(_value(row.summary)),
        dataset=_dataset(fields or {}),
        conn_id=None if fields is None else _conn_id(fields),
    )


def _value(stored: Any) -> Any:
    """What a task handed on: Airflow keeps it as it came, or as JSON text."""
    if not isinstance(stored, str):
        return stored
    try:
        return json.loads(stored)
    except ValueError:
        return stored


def _summary(told: Any) -> JobSummary | None:
    try:
        return JobSummary.model_validate(told, extra="ignore") if isinstance(told, Mapping) else None
    except ValidationError:
        return None


def _dataset(fields: Mapping[str, Any]) -> str:
    specification = fields.get("specification")
    named = specification.get("name") if isinstance(specification, Mapping) else None
    for given in (fields.get("path"), fields.get("dataset_id"), named):
        if not is_nothing(given):
            return str(given)
    return ""


def _conn_id(fields: Mapping[str, Any]) -> str | None:
    """The connection among a task's fields, where the default one is left out: nothing in it could be a template."""
    given = fields.get(_CONN_ID, DEFAULT_CONN_NAME)
    return None if is_nothing(given) or "{" in str(given) else str(given)


def _is_ours(task: Mapping[str, Any]) -> bool:
    links = task.get("_operator_extra_links")
    return isinstance(links, Mapping) and JOB_URL_KEY in links.values()


def _written_conn_id(task: Mapping[str, Any]) -> str | None:
    """The connection that a DAG file gives; None where it is known only when the task runs."""
    if not _is_ours(task):
        return None
    mapped = task.get("expand_input")
    if mapped is None:
        return _conn_id(task)
    over = mapped.get("value")
    over = over.get("__var", over) if isinstance(over, Mapping) else over
    alike = mapped.get("type") == "dict-of-lists" and isinstance(over, Mapping) and _CONN_ID not in over
    return _conn_id(task.get("partial_kwargs") or {}) if alike else None


def _as_written(session: Any, dag_version_id: Any, task_id: str) -> Mapping[str, Any]:
    """A task as its DAG file gives it, in the form in which Airflow keeps DAGs; empty where it is not there."""
    from airflow.models.serialized_dag import SerializedDagModel  # noqa: PLC0415 - the API server alone
    from sqlalchemy import select  # noqa: PLC0415

    if dag_version_id is None:
        return {}
    dag = session.scalar(select(SerializedDagModel).where(SerializedDagModel.dag_version_id == dag_version_id))
    tasks: Sequence[Any] = ((dag.data if dag else None) or {}).get("dag", {}).get("tasks", ())
    found = (item.get("__var", item) for item in tasks)
    return next((task for task in found if task.get("task_id") == task_id), {})
