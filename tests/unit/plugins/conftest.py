"""Airflow's own database and rules of access in this process, with runs whose tasks told what ours tell."""

import datetime
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG

from airflow_provider_profiler.contract.messages import TriggeredBy
from airflow_provider_profiler.hooks.profiler import ProfilerHook
from airflow_provider_profiler.operators.profile_dataset import ProfileDatasetOperator

BUNDLE = "tests"
RUN = "manual__2026-01-31T06:00:00+00:00"
#: As ``[api] base_url`` may say it.
BASE = "/data/airflow"


def profiles_of_a_shop() -> DAG:
    from airflow.providers.standard.operators.empty import EmptyOperator

    with DAG("shop", schedule=None) as dag:
        ProfileDatasetOperator(task_id="profile", path="sales")
        ProfileDatasetOperator(task_id="templated", path="sales", profiler_conn_id="{{ params.conn }}")
        ProfileDatasetOperator.partial(task_id="each").expand(path=["sales", "stock", "broken"])
        ProfileDatasetOperator.partial(task_id="elsewhere", profiler_conn_id="elsewhere").expand(path=["sales"])
        ProfileDatasetOperator.partial(task_id="anywhere", path="sales").expand(profiler_conn_id=["elsewhere"])
        EmptyOperator(task_id="other")
    return dag


def profiles_of_the_staff() -> DAG:
    with DAG("staff", schedule=None) as dag:
        ProfileDatasetOperator(task_id="profile", path="stock")
    return dag


@dataclass(frozen=True)
class Told:
    """What tasks of ours write into Airflow's database."""

    run_id: str

    def tell(
        self,
        dag_id: str,
        task_id: str,
        told: dict[str, Any],
        *,
        map_index: int = -1,
        state: str = "success",
        fields: dict[str, Any] | None = None,
    ) -> None:
        """Hand something on as a task does; ``fields`` are its rendered ones."""
        from airflow.models.renderedtifields import RenderedTaskInstanceFields
        from airflow.models.taskinstance import TaskInstance
        from airflow.models.xcom import XComModel
        from airflow.utils.session import create_session
        from sqlalchemy import insert, update

        of = {"dag_id": dag_id, "run_id": self.run_id, "task_id": task_id, "map_index": map_index}
        with create_session() as session:
            session.execute(update(TaskInstance).filter_by(**of).values(state=state))
            for key, value in told.items():
                # As the route does that tasks hand their values to.
                XComModel.set(key=key, value=value, serialize=False, session=session, **of)
            if fields is not None:
                session.execute(insert(RenderedTaskInstanceFields).values(**of, rendered_fields=fields))


@pytest.fixture(scope="session")
def metadata() -> None:
    """The tables of Airflow's database, and the DAGs in them."""
    from airflow import settings
    from airflow.models import import_all_models
    from airflow.models.base import Base
    from airflow.models.dagbundle import DagBundleModel
    from airflow.models.serialized_dag import SerializedDagModel
    from airflow.serialization.definitions.dag import SerializedDAG
    from airflow.serialization.serialized_objects import LazyDeserializedDAG
    from airflow.utils.db import synchronize_log_template
    from airflow.utils.session import create_session

    import_all_models()
    Base.metadata.create_all(settings.get_engine())
    with create_session() as session:
        synchronize_log_template(session=session)
        session.add(DagBundleModel(name=BUNDLE))
        session.flush()
        dags = [LazyDeserializedDAG.from_dag(make()) for make in (profiles_of_a_shop, profiles_of_the_staff)]
        SerializedDAG.bulk_write_to_db(BUNDLE, None, dags, session=session)
        for dag in dags:
            SerializedDagModel.write_dag(dag, bundle_name=BUNDLE, session=session)


@pytest.fixture(scope="session")
def run_of_each(metadata: None) -> str:
    """A run of each DAG; its id."""
    from airflow.models.serialized_dag import SerializedDagModel
    from airflow.utils.session import create_session
    from airflow.utils.state import DagRunState
    from airflow.utils.types import DagRunTriggeredByType, DagRunType

    moment = datetime.datetime(2026, 1, 31, 6, tzinfo=datetime.UTC)
    with create_session() as session:
        for dag_id in ("shop", "staff"):
            found = SerializedDagModel.get(dag_id, session=session)
            assert found is not None
            found.dag.create_dagrun(
                run_id=RUN,
                logical_date=moment,
                data_interval=(moment, moment),
                run_after=moment,
                run_type=DagRunType.MANUAL,
                triggered_by=DagRunTriggeredByType.TEST,
                state=DagRunState.RUNNING,
                session=session,
            )
    return RUN


@pytest.fixture
def told(run_of_each: str) -> Iterator[Told]:
    """The runs, whose tasks have told nothing so far."""
    from airflow.models.renderedtifields import RenderedTaskInstanceFields
    from airflow.models.taskinstance import TaskInstance
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session
    from sqlalchemy import delete, update

    yield Told(run_of_each)
    with create_session() as session:
        session.execute(delete(XComModel))
        session.execute(delete(RenderedTaskInstanceFields))
        session.execute(update(TaskInstance).values(state=None))


@pytest.fixture(scope="session")
def airflow_app(metadata: None) -> Any:
    """What Airflow's API server is made of, as far as plugins are concerned, below a path of its own."""
    from airflow.api_fastapi.auth.managers.simple.simple_auth_manager import SimpleAuthManager
    from airflow.api_fastapi.auth.middlewares.refresh_token import JWTRefreshMiddleware
    from airflow.plugins_manager import get_fastapi_plugins
    from fastapi import FastAPI

    from airflow_provider_profiler.plugins.mounting import ReportPages

    class OneDagEach(SimpleAuthManager):
        """Lets a viewer read the DAG that has the viewer's name; an admin all."""

        def is_authorized_dag(self, *, method: Any, user: Any, details: Any = None, **given: Any) -> bool:
            whole = super().is_authorized_dag(method=method, user=user, details=details, **given)
            named = details.id if details else None
            return whole and (user.role == "ADMIN" or named in (None, user.username))

    app = FastAPI(root_path=BASE)
    (mounted,) = [given for given in get_fastapi_plugins()[0] if isinstance(given["app"], ReportPages)]
    app.mount(mounted["url_prefix"], mounted["app"])
    app.add_middleware(JWTRefreshMiddleware)
    app.state.made_by = OneDagEach
    return app


@pytest.fixture
def browser(airflow_app: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """A browser with the session of a user; ``browser("shop")`` may read the DAG ``shop``."""
    from airflow.api_fastapi import app as airflow_api
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
    from fastapi.testclient import TestClient

    monkeypatch.setenv("AIRFLOW__API_AUTH__JWT_SECRET", "a key of the test that is long enough " * 2)
    manager = airflow_app.state.made_by()
    monkeypatch.setattr(airflow_api._AuthManagerState, "instance", manager)

    def open_browser(user: str | None = "shop", role: str = "VIEWER") -> Any:
        client = TestClient(airflow_app, base_url="http://testserver")
        if user is not None:
            client.cookies["_token"] = manager.generate_jwt(SimpleAuthManagerUser(username=user, role=role))
        return client

    yield open_browser


@pytest.fixture(scope="session")
def jobs() -> dict[tuple[str, str, bool], str]:
    """The jobs that were run, as none of them changes any more."""
    return {}


@pytest.fixture
def job(engine_url: str, connect: Callable[..., str], jobs: dict[tuple[str, str, bool], str]) -> Callable[..., str]:
    """Run a job at the service to its end, for a task of a DAG; return its id."""
    connect(engine_url)

    def run(path: str = "sales", *, dag_id: str = "shop", light: bool = False) -> str:
        if (path, dag_id, light) not in jobs:
            with ProfilerHook() as hook:
                by = TriggeredBy(origin="airflow", dag_id=dag_id, run_id=RUN, task_id="profile")
                job_id = str(hook.submit(hook.prepare(hook.specify(path), light, triggered_by=by)).job_id)
                wait_for(hook, job_id)
            jobs[path, dag_id, light] = job_id
        return jobs[path, dag_id, light]

    return run


def wait_for(hook: ProfilerHook, job_id: str) -> None:
    """Return when a job is over."""
    seen = 0
    while not (detail := hook.job_detail(job_id)) or not detail.terminal:
        for event in hook.job_events(job_id, seen, wait=5) or ():
            seen = event.sequence


@pytest.fixture
def no_service(connect: Callable[..., str]) -> None:
    """A connection that leads nowhere."""
    connect("http://127.0.0.1:9")


@pytest.fixture
def embedded_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No connection, and a folder for embedded jobs."""
    for name in [name for name in os.environ if name.startswith("AIRFLOW_CONN_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PROFILER_HOME", str(tmp_path / "home"))
    return tmp_path
