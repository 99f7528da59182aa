"""The documented routes of the profiling service, one method for each."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from airflow_provider_profiler.contract.messages import (
    CddProfilePathResponse,
    CleanUpResponse,
    HealthReport,
    ProfileResponse,
    TriggeredBy,
    TriggerProfileRequest,
    TriggerProfileResponse,
)
from airflow_provider_profiler.contract.states import (
    ReportedStatus,
    RunnerStatus,
)
from airflow_provider_profiler.hooks import embedded
from airflow_provider_profiler.hooks.answers import Answer
from airflow_provider_profiler.hooks.errors import (
    NotFound,
    ProfileNotReady,
    ServiceUnreachable,
    UnexpectedAnswer,
    UnknownDataset,
    UnknownJob,
)
from airflow_provider_profiler.hooks.reading import runner_status_of, segment, status_of, unknown_job
from airflow_provider_profiler.hooks.service import ServiceHook
from airflow_provider_profiler.hooks.submission import (
    Options,
    Specification,
    build_request,
    specification_for,
    wire_body,
)
from airflow_provider_profiler.hooks.transport import send_once

NOBODY = UUID(int=0)
"""An id that no job and no dataset has."""


class DocumentedHook(ServiceHook):
    """What every dataset profiler has, whichever version it is."""

    def specify(
        self, path: str = "", *, dataset_id: str = "", metadata: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """A specification for a dataset of which only the path or a name is known.

        :param path: path under the service's data root; embedded, an absolute one too.
        :param dataset_id: a UUID, or a name that one is derived from; by default derived from the relative path.
        :param metadata: any fields of the specification.
        :raises RequestRefused: when something does not fit, with the field's name.
        """
        if path.startswith("/") and self.is_embedded:
            path, self._settings = embedded.settle_path(path, embedded.embedded_settings())
        return specification_for(path, dataset_id, metadata or {})

    def prepare(
        self,
        specification: Specification,
        only_light_profile: bool = False,
        *,
        options: Options | None = None,
        dry_run: bool = False,
        force: bool = False,
        reuse_unchanged: bool | str = False,
        profiled_since_days: float | None = None,
        priority: int = 0,
        labels: Mapping[str, str] | None = None,
        triggered_by: TriggeredBy | None = None,
    ) -> TriggerProfileRequest:
        """Check a submission without sending it.

        :raises RequestRefused: with one line for each field that does not fit.
        """
        if self.is_embedded and isinstance(specification, Mapping):
            settings = self._settings or embedded.embedded_settings()
            specification, self._settings = embedded.settle_paths(specification, settings)
        return build_request(
            specification,
            only_light_profile=only_light_profile,
            options=options,
            dry_run=dry_run,
            force=force,
            reuse_unchanged=reuse_unchanged,
            profiled_since_days=profiled_since_days,
            priority=priority,
            labels=labels,
            triggered_by=triggered_by,
        )

    def submit(self, request: TriggerProfileRequest, *, idempotency_key: str | None = None) -> TriggerProfileResponse:
        """Send a prepared submission.

        :param idempotency_key: one key makes one job, however often it is sent. Without a key the request is sent
            once only: sent again, it could start a second job.
        """
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        try:
            answer = self._send(
                "POST",
                "/profiler/trigger_profile",
                body=wire_body(request),
                headers=headers,
                may_repeat=idempotency_key is not None,
                run_jobs=True,
            )
        except NotFound as error:
            raise UnknownDataset(
                f"{error}. Check the dataset's path, and that it lies under the service's data root."
            ) from None
        response = answer.model(TriggerProfileResponse)
        if response.job_id is None and not request.dry_run:
            raise UnexpectedAnswer(f"{answer.what} accepted the job but did not say its id.")
        return response

    def trigger_profile(
        self,
        specification: Specification,
        only_light_profile: bool = False,
        *,
        options: Options | None = None,
        idempotency_key: str | None = None,
        dry_run: bool = False,
        force: bool = False,
        reuse_unchanged: bool | str = False,
        profiled_since_days: float | None = None,
        priority: int = 0,
        labels: Mapping[str, str] | None = None,
        triggered_by: TriggeredBy | None = None,
    ) -> TriggerProfileResponse:
        """``POST /profiler/trigger_profile``: submit a job.

        :param specification: the documented ``profile_specification``.
        :param only_light_profile: stop after the files, do not read their content.
        :param options: how to profile; see :class:`~airflow_provider_profiler.contract.options.ProfileOptions`.
        :param idempotency_key: one key makes one job, however often it is sent; without it nothing is sent twice.
        :param dry_run: check everything, start nothing; the answer has no job id.
        :param force: read everything, whatever the next two say.
        :param reuse_unchanged: do not read files again that have not changed since the dataset's last profile: True
            goes by their path, size and time of the last change, ``"content"`` by their checksums.
        :param profiled_since_days: look at no file where the last profile looked at them within so many days.
        :param priority: -100 to 100; of two waiting jobs the higher one starts first.
        :param labels: for people to find the job by.
        :raises RequestRefused: when the request is not valid, with one line for each field that does not fit.
        :raises UnknownDataset: when there is nothing at the dataset's path.
        """
        request = self.prepare(
            specification,
            only_light_profile,
            options=options,
            dry_run=dry_run,
            force=force,
            reuse_unchanged=reuse_unchanged,
            profiled_since_days=profiled_since_days,
            priority=priority,
            labels=labels,
            triggered_by=triggered_by,
        )
        return self.submit(request, idempotency_key=idempotency_key)

    def job_status(self, job_id: str | UUID) -> ReportedStatus:
        """``GET /profiler/job_status/{id}``, in any dialect.

        :raises UnknownJob: when the service knows no such job.
        :raises UnknownStatusAnswer: when the answer is no known status.
        """
        return status_of(self._get_of_job("job_status", job_id))

    def runner_status(self, job_id: str | UUID) -> RunnerStatus:
        """``GET /profiler/runner_status/{id}``; ``unknown`` for an unknown job.

        :raises UnknownStatusAnswer: when the answer is no documented word.
        """
        return runner_status_of(self._get_of_job("runner_status", job_id))

    def profile(self, job_id: str | UUID) -> ProfileResponse:
        """``GET /profiler/profile/{id}``; what is not ready yet is an empty object in its slot.

        :raises ProfileNotReady: when the job has no profile yet.
        :raises UnknownJob: when the service knows no such job.
        :raises JobGone: after the job was cleaned up.
        """
        try:
            answer = self._get_of_job("profile", job_id)
        except UnknownJob:
            self.job_status(job_id)  # raises where it is really the job that is unknown
            raise ProfileNotReady(
                f"Profiling job {job_id} has no profile yet. Wait for LIGHT_PROFILE_READY or HEAVY_PROFILES_READY."
            ) from None
        return answer.model(ProfileResponse)

    def cdd_profile_path(self, dataset_id: str | UUID) -> str | None:
        """``GET /profiler/cdd_profile_path/{dataset}``: where the dataset's CDD file lies; None until it is ready."""
        answer = self._send("GET", f"/profiler/cdd_profile_path/{segment(dataset_id)}")
        return answer.model(CddProfilePathResponse).cdd_profile_path

    def clean_up(self, job_id: str | UUID) -> None:
        """``POST /profiler/clean_up``: abort the job if it runs, and stop serving its results under its id.

        An unknown job and a repeated call are fine.
        """
        # Sent once like every POST without a key, although the service would bear a repetition.
        answer = self._send("POST", "/profiler/clean_up", body={"profile_job_id": str(job_id)}, may_repeat=False)
        answer.model(CleanUpResponse)

    def alive(self) -> bool:
        """``GET /``: whether the process answers at all."""
        return self._probe("/")

    def ready(self) -> bool:
        """``GET /monitoring/ready``: whether the service takes requests."""
        return self._probe("/monitoring/ready")

    def health(self) -> HealthReport:
        """``GET /monitoring/health-check``: what the service says about Redis and Ray."""
        return self._send("GET", "/monitoring/health-check").model(HealthReport)

    def _get_of_job(self, route: str, job_id: str | UUID) -> Answer:
        try:
            return self._send("GET", f"/profiler/{route}/{segment(job_id)}")
        except NotFound as error:
            raise unknown_job(job_id, error, is_embedded=self.is_embedded) from None

    def _probe(self, path: str) -> bool:
        try:
            return send_once(self._open_session(), self.address(), "GET", path).status == 200
        except ServiceUnreachable as error:
            self.log.info("%s", error)
            return False
