"""Requests made out of the API's description, valid ones and others: no answer but those that it promises."""

import json
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.service.app import create_app

load_all_checks()
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
    allow_header_conformance,
]
DESCRIPTION = create_app(Settings(home=Path("unused"), data_root="unused"), run_jobs=False).openapi()
OPERATIONS = {
    operation["operationId"]: operation
    for operations in DESCRIPTION["paths"].values()
    for operation in operations.values()
}


def is_any_text(schema: dict[str, Any]) -> bool:
    """Whether everything that can stand in a URL or a header is a value."""
    if "anyOf" in schema:
        return any(is_any_text(item) for item in schema["anyOf"])
    return schema.get("type") == "string" and not {"format", "enum", "maxLength", "pattern"} & set(schema)


#: Those of which something can be wrong: any text is an id of a job that may exist.
REFUSING = [
    name
    for name, operation in OPERATIONS.items()
    if "requestBody" in operation or not all(is_any_text(item["schema"]) for item in operation.get("parameters", ()))
]
DATASET = "8930240b-a0e8-46e7-ace8-aab2b42fcc01"


@pytest.fixture(scope="module")
def service(start_for_module):
    """A service with a job that has ended, in which nobody waits for anything."""
    running = start_for_module()
    fixtures = Path(__file__).resolve().parents[2] / "fixtures"
    running.job = running.submit(json.loads((fixtures / "documented_request.json").read_text("utf-8")))
    running.wait(running.job)
    running.app.state.stopping = lambda: True
    return running


@pytest.fixture(scope="module")
def operations(service):
    described = schemathesis.openapi.from_dict(service.app.openapi())
    return {found.ok().definition.raw["operationId"]: found.ok() for found in described.get_all_operations()}


@pytest.fixture(scope="module")
def guarded(start_for_module):
    return start_for_module(run_jobs=False, enable_auth=True, auth_key="a shared secret of more than 32 bytes: ssss")


@pytest.fixture(scope="module")
def session():
    with requests.Session() as client:
        client.trust_env = False
        yield client


def known(operation: Any, service: Any) -> dict[str, Any] | None:
    """Parameters of the path that lead somewhere; None where there are none."""
    values = {"job_id": service.job, "profile_job_id": service.job, "dataset_id": DATASET, "revision": "latest"}
    values["name"] = "profile.json"
    found = {item.name: values[item.name] for item in operation.path_parameters}
    return found or None


def ask(operation: Any, service: Any, session: Any, mode: GenerationMode, examples: int, *, real: bool) -> None:
    strategy = operation.as_strategy(mode, path_parameters=known(operation, service) if real else None)

    @settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def send(case: Any) -> None:
        case.call_and_validate(base_url=service.url, session=session, checks=CHECKS, timeout=60)

    send()


@pytest.mark.parametrize("operation", OPERATIONS)
def test_any_valid_request(service, operations, session, operation):
    ask(operations[operation], service, session, GenerationMode.POSITIVE, 3, real=True)


@pytest.mark.parametrize("operation", REFUSING)
def test_any_other_request(service, operations, session, operation):
    ask(operations[operation], service, session, GenerationMode.NEGATIVE, 4, real=False)


@pytest.mark.e2e
@pytest.mark.parametrize("operation", OPERATIONS)
def test_very_many_requests(service, operations, session, operation):
    for real in (True, False):
        ask(operations[operation], service, session, GenerationMode.POSITIVE, 40, real=real)
    if operation in REFUSING:
        ask(operations[operation], service, session, GenerationMode.NEGATIVE, 80, real=False)


@pytest.mark.parametrize("given", [{}, {"Authorization": "Bearer a.b.c"}, {"Authorization": "Basic YTpi"}])
def test_without_a_token_only_probes_are_answered(guarded, session, given):
    for path, operations in DESCRIPTION["paths"].items():
        for method, operation in operations.items():
            url = guarded.url + path.replace("{dataset_id}", DATASET)
            status = session.request(method, url, headers=given, data=b"{", timeout=60).status_code
            probe = operation["tags"] == ["monitoring"]
            # Whoever signs in has no session yet, and a form is asked for; whoever signs out is only led to the page.
            expected = {"/profiler/ui/session": 415, "/profiler/ui/session/end": 401}.get(path, 401)
            assert status == (200 if probe else expected), (method, path)
            assert ("security" in operation) is not probe
