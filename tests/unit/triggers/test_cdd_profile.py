"""The trigger that waits for a dataset's CDD file."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

from airflow_provider_profiler.contract.identity import dataset_uuid
from airflow_provider_profiler.hooks import errors
from airflow_provider_profiler.triggers.cdd_profile import CddProfileTrigger
from airflow_provider_profiler.triggers.outcome import Outcome

SALES = str(dataset_uuid("sales"))


def test_its_arguments_are_plain_and_complete() -> None:
    path, kwargs = CddProfileTrigger(dataset_id=SALES, newer_than="2026-01-01T00:00:00+00:00", revision=2).serialize()
    assert path == "airflow_provider_profiler.triggers.cdd_profile.CddProfileTrigger"
    assert CddProfileTrigger(**kwargs).serialize() == (path, kwargs)


def test_it_waits_until_there_is_a_path(
    documented_service: Callable[..., Any], connect: Callable[..., str], documented: ModuleType, fire: Any
) -> None:
    service = documented_service()
    connect(service.base_url)
    none = documented.Canned(200, {"cdd_profile_path": None})
    service.canned = [none, documented.Canned(503, {}), none, documented.Canned(200, {"cdd_profile_path": "/cdd/x"})]
    outcome = Outcome.of(fire(CddProfileTrigger(dataset_id=SALES, poll_interval=0.001)))
    assert (outcome.cdd_path, outcome.error()) == ("/cdd/x", None)
    assert service.paths() == [f"/profiler/cdd_profile_path/{SALES}"] * 4


def test_revision_and_age_are_asked_of_services_that_can_tell(
    documented_service: Callable[..., Any], connect: Callable[..., str], documented: ModuleType, fire: Any
) -> None:
    service = documented_service()
    connect(service.base_url)

    def told(revision: int, finished: str) -> Any:
        body = {
            "dataset_id": SALES,
            "published_revision": revision,
            "finished": finished,
            "cdd_profile_path": f"/cdd/{revision}",
            "a_field_of_later": 1,
        }
        return documented.Canned(200, body)

    service.canned = [
        documented.Canned(200, {"dataset_id": SALES}),
        told(1, "2026-02-01T00:00:00Z"),
        told(2, "2026-01-01T00:00:00Z"),
        told(3, "2026-01-01T00:00:01Z"),
    ]
    waiting = CddProfileTrigger(
        dataset_id=SALES, newer_than="2026-01-01T02:00:00+02:00", revision=2, poll_interval=0.001
    )
    assert Outcome.of(fire(waiting)).cdd_path == "/cdd/3"
    error = Outcome.of(fire(waiting)).error()
    assert isinstance(error, errors.ServiceTooOld)
    assert "newer_than" in str(error)


def test_troubles_that_stay_end_the_wait(connect: Callable[..., str], fire: Any) -> None:
    connect("http://127.0.0.1:9")
    assert isinstance(Outcome.of(fire(CddProfileTrigger(dataset_id=SALES))).error(), errors.ServiceUnreachable)
