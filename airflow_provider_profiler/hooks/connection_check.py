"""What *Test connection* does: one authenticated call that changes nothing, and what came of it in plain words."""

import queue
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from uuid import UUID

import requests

from airflow_provider_profiler.hooks.address import ServiceAddress
from airflow_provider_profiler.hooks.errors import (
    AccessDenied,
    NotFound,
    ProfilerHookError,
    TokenNotIssued,
    TokenRefused,
)
from airflow_provider_profiler.hooks.reading import runner_status_of
from airflow_provider_profiler.hooks.transport import send_once

if TYPE_CHECKING:
    from airflow_provider_profiler.hooks.service import ServiceHook

NOBODY = UUID(int=0)
"""An id that no job and no dataset has."""

NO_PROFILER = "A web server answers, but it has no /profiler routes. Check the port and the path prefix of the host."
_EMBEDDED = "Embedded: jobs run inside the task that submits them."


@dataclass(frozen=True)
class _Finding:
    """What one call found: how long it took, or what is wrong."""

    seconds: float = 0.0
    problem: str | None = None
    version: str | None = None


def check_connection(hook: "ServiceHook") -> tuple[bool, str]:
    """Whether the service answers and accepts the connection, and what is wrong where it does not.

    It takes no longer than the connection's time-out, whatever hangs: a look-up of the name, the token endpoint, or a
    service that answers one byte at a time.
    """
    try:
        address = hook.address()
        if hook.is_embedded:
            finding = _ask(address)
            return finding.problem is None, finding.problem or _EMBEDDED
    except ProfilerHookError as error:
        return False, str(error)
    limit = address.timeout[1]
    address = replace(address, timeout=(min(address.timeout[0], limit), limit))
    findings: queue.SimpleQueue[_Finding] = queue.SimpleQueue()
    began = time.monotonic()
    # A thread, as it can be left behind: sockets have time-outs for single steps only, and looking up a name has none.
    threading.Thread(target=_look, args=(address, findings), name="profiler-connection-test", daemon=True).start()
    try:
        finding = findings.get(timeout=limit)
    except queue.Empty:
        return False, (
            f"{address.base_url} did not answer within {limit:g} s. Check the host, the port and what lies between "
            "them and this machine, or allow more time with the connection's 'timeout'."
        )
    if finding.problem is not None:
        return False, finding.problem
    try:
        version = findings.get(timeout=max(0.0, began + limit - time.monotonic())).version
    except queue.Empty:
        version = None
    told = f"version {version}" if version else "a version that it does not tell"
    taken = f"{finding.seconds * 1000:.0f} ms"
    return True, f"The profiling service answers and accepts the connection: {told}, answered in {taken}."


def _look(address: ServiceAddress, findings: "queue.SimpleQueue[_Finding]") -> None:
    finding = _ask(address)
    findings.put(finding)
    if finding.problem is None:
        findings.put(_Finding(version=_version(address)))


def _ask(address: ServiceAddress) -> _Finding:
    try:
        with requests.Session() as session:
            began = time.monotonic()
            answer = send_once(session, address, "GET", f"/profiler/runner_status/{NOBODY}")
            taken = time.monotonic() - began
        answer.raise_for_status()
        runner_status_of(answer)
    except TokenNotIssued as error:
        return _Finding(problem=str(error))
    except (TokenRefused, AccessDenied) as error:
        return _Finding(problem=f"The service is there, but: {error}")
    except NotFound:
        return _Finding(problem=NO_PROFILER)
    except ProfilerHookError as error:
        return _Finding(problem=str(error))
    except Exception as error:  # whatever it is, whoever waits must be told
        return _Finding(problem=f"The connection cannot be tested: {type(error).__name__}.")
    return _Finding(seconds=taken)


def _version(address: ServiceAddress) -> str | None:
    """What the service's own description says, where it has one."""
    try:
        with requests.Session() as session:
            answer = send_once(session, address, "GET", "/openapi.json")
        body = answer.json() if answer.status == 200 else None
    except Exception:
        return None
    about = body.get("info") if isinstance(body, Mapping) else None
    version = about.get("version") if isinstance(about, Mapping) else None
    return version[:40] if isinstance(version, str) and version.isprintable() else None
