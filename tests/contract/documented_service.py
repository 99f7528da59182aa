"""A dataset profiler with the documented routes and nothing else, made of the standard library alone.

It stands for services that were built by others from the same document. A job moves on by one state with each look at
its status, so that tests decide when, and no test has to sleep.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from uuid import uuid4

from tests.loopback_server import serving

WORDS = {
    "documented": {
        "submitting": "SUBMITTING",
        "starting": "STARTING",
        "light": "LIGHT_PROFILE_READY",
        "heavy": "HEAVY_PROFILES_READY",
        "failed": "FAILED",
    },
    "lower": {
        "submitting": "submitting",
        "starting": "starting",
        "light": "light_profile_ready",
        "heavy": "heavy_profile_ready",
        "failed": "failed",
    },
}
WORDS["object"] = WORDS["lower"]


@dataclass
class Job:
    body: dict[str, Any]
    ahead: list[str]
    state: str = "submitting"
    cleaned_up: bool = False

    @property
    def dataset_id(self) -> str:
        return str(self.body["profile_specification"]["id"])

    @property
    def runner(self) -> str:
        if self.state == "failed":
            return "failed"
        return "in_progress" if self.ahead else "completed"


@dataclass
class Seen:
    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class Canned:
    """An answer to give instead of a true one."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None


@dataclass
class DocumentedService:
    dialect: str = "documented"
    token: str | None = None
    prefix: str = ""
    base_url: str = ""
    outcome: str = "heavy"
    """How jobs end: ``heavy``, ``failed``, or ``stuck`` for never."""
    jobs: dict[str, Job] = field(default_factory=dict)
    requests: list[Seen] = field(default_factory=list)
    canned: list[Canned] = field(default_factory=list)

    def paths(self, method: str | None = None) -> list[str]:
        return [seen.path for seen in self.requests if method in (None, seen.method)]

    def answer(self, seen: Seen) -> Canned:  # noqa: PLR0911, PLR0912 - one branch for each documented route
        self.requests.append(seen)
        if self.canned:
            return self.canned.pop(0)
        if not seen.path.startswith(self.prefix):
            return Canned(404, {"detail": "Not Found"})
        path = seen.path.removeprefix(self.prefix)
        if path.startswith("/profiler") and self.token and seen.headers.get("Authorization") != f"Bearer {self.token}":
            return Canned(401, {"detail": "Not authenticated"})
        parts = path.strip("/").split("/")
        match (seen.method, *parts):
            case ("GET", ""):
                return Canned(200, {"status": "alive"})
            case ("GET", "monitoring", "ready"):
                return Canned(200, {"status": "ready"})
            case ("GET", "monitoring", "health-check"):
                healthy = {"status": "healthy", "message": "not configured"}
                return Canned(200, {"status": "healthy", "redis": healthy, "ray": healthy})
            case ("POST", "profiler", "trigger_profile"):
                return self.trigger(seen.body)
            case ("GET", "profiler", "job_status", job_id):
                return self.status(job_id)
            case ("GET", "profiler", "runner_status", job_id):
                return Canned(200, self.jobs[job_id].runner if job_id in self.jobs else "unknown")
            case ("GET", "profiler", "profile", job_id):
                return self.profile(job_id)
            case ("GET", "profiler", "cdd_profile_path", dataset_id):
                ready = any(job.state == "heavy" and job.dataset_id == dataset_id for job in self.jobs.values())
                return Canned(200, {"cdd_profile_path": f"/cdd/{dataset_id}.json" if ready else None})
            case ("POST", "profiler", "clean_up"):
                if seen.body["profile_job_id"] in self.jobs:
                    self.jobs[seen.body["profile_job_id"]].cleaned_up = True
                return Canned(200, {"detail": "SUCCESS"})
        return Canned(404, {"detail": "Not Found"})

    def trigger(self, body: dict[str, Any]) -> Canned:
        ahead = {"heavy": ["starting", "light", "heavy"], "failed": ["starting", "failed"], "stuck": ["starting"] * 999}
        job = Job(body, ahead=list(ahead[self.outcome]))
        if body["only_light_profile"] and self.outcome == "heavy":
            job.ahead.pop()
        job_id = str(uuid4())
        self.jobs[job_id] = job
        return Canned(200, {"job_id": job_id, "status": "Job submitted"})

    def status(self, job_id: str) -> Canned:
        job = self.jobs.get(job_id)
        if job is None:
            return Canned(404, {"detail": f"Job {job_id} not found"})
        words = WORDS[self.dialect]
        told = words[job.state]
        if job.cleaned_up and self.dialect != "documented":
            told = "cleaned_up"
        if job.ahead:
            job.state = job.ahead.pop(0)
        return Canned(200, {"status": told, "dataset_id": job.dataset_id} if self.dialect == "object" else told)

    def profile(self, job_id: str) -> Canned:
        job = self.jobs.get(job_id)
        if job is None or job.state in ("submitting", "starting", "failed"):
            return Canned(404, {"detail": "No profile"})
        heavy = job.state == "heavy"
        return Canned(
            200,
            {
                "moma_profile_light": {"nodes": []},
                "moma_profile_heavy": {"nodes": []} if heavy else {},
                "cdd_profile": {"path": f"/cdd/{job.dataset_id}.json"} if heavy else {},
            },
        )


@contextmanager
def running(service: DocumentedService) -> Iterator[DocumentedService]:
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def serve(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body = json.loads(content) if content else None
            with lock:
                answer = service.answer(Seen(self.command, self.path, dict(self.headers), body))
            raw = json.dumps(answer.body).encode() if answer.raw is None else answer.raw
            self.send_response(answer.status)
            for name, value in {"Content-Type": "application/json", **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_GET = do_POST = serve

        def log_message(self, *args: object) -> None:
            pass

    with serving(Handler) as port:
        service.base_url = f"http://127.0.0.1:{port}{service.prefix}"
        yield service
