"""One Airflow for all tests of this folder, and services whose jobs go as far as a test lets them."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.airflow import crowd as gathering
from tests.e2e.airflow.running_airflow import Airflow, running_airflow
from tests.e2e.airflow.stepped_service import SteppedService

HERE = Path(__file__).parent
RUNNING = pytest.StashKey[ExitStack]()


@pytest.fixture(scope="session")
def embedded_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where tasks without a service keep their jobs."""
    return tmp_path_factory.mktemp("embedded")


@pytest.fixture(scope="session")
def airflow(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory, embedded_home: Path
) -> Iterator[Airflow]:
    """Scheduler, triggerer, DAG processor and API server, under a home of their own."""
    with pytestconfig.stash.setdefault(RUNNING, ExitStack()) as running:
        yield running.enter_context(running_airflow(tmp_path_factory.mktemp("airflow"), embedded_home))


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Airflow ends with this folder: idle, it would take its share of the processors from the tests that follow."""
    if nextitem is None or HERE not in nextitem.path.parents:
        item.config.stash.get(RUNNING, ExitStack()).close()


def small_datasets(root: Path) -> Path:
    for name in ("sales", "stock", "ports"):
        (root / name).mkdir()
        (root / name / f"{name}.csv").write_text("city,amount\nΑθήνα,1\nVolos,2\n", encoding="utf-8")
    (root / "broken").mkdir()
    (root / "broken" / "broken.parquet").write_bytes(b"PAR1 this is no Parquet file")
    return root


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Small datasets, and one that fails."""
    return small_datasets(tmp_path_factory.mktemp("data").resolve())


@pytest.fixture(scope="session")
def crowd(airflow: Airflow, tmp_path_factory: pytest.TempPathFactory) -> Iterator["Future[gathering.Crowd]"]:
    """Begins with the first test that names it, and goes on beside those that follow: most of it is waiting."""
    service = SteppedService(
        tmp_path_factory.mktemp("crowd"), small_datasets(tmp_path_factory.mktemp("crowd_data").resolve())
    )
    try:
        with ThreadPoolExecutor(1) as pool:
            yield pool.submit(gathering.play, airflow, service)
    finally:
        service.stop()


@pytest.fixture(scope="module")
def stepped(tmp_path_factory: pytest.TempPathFactory, data: Path) -> Iterator[Callable[..., SteppedService]]:
    """Starts services; stops them at the end of the module."""
    started: list[SteppedService] = []

    def start(home: Path | None = None, **options: Any) -> SteppedService:
        started.append(SteppedService(home or tmp_path_factory.mktemp("service"), data, **options))
        return started[-1]

    yield start
    for service in started:
        service.stop()


@pytest.fixture
def held(stepped: Callable[..., SteppedService]) -> SteppedService:
    """A service that runs no job until it is let."""
    return stepped()
