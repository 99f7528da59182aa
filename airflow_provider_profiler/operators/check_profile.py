"""The operator that holds rules against a profile: the gate between a dataset and whoever uses it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from airflow.sdk import BaseBranchOperator

from airflow_provider_profiler.hooks.names import DEFAULT_CONN_NAME
from airflow_provider_profiler.operators.arguments import WrongArguments, fields_to_render, is_written
from airflow_provider_profiler.operators.rendered import flag_given, is_nothing, moment_given, word_given
from airflow_provider_profiler.operators.revision_given import Found, RevisionGiven

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_profiler.checks.outcome import CheckReport
    from airflow_provider_profiler.checks.rules import RuleSet
    from airflow_provider_profiler.contract.profile import DatasetProfile

_WAYS = ("fail", "warn", "branch")
#: Results that the log names at most.
_LOGGED = 200


class CheckProfileOperator(BaseBranchOperator):
    """Hold rules against a dataset's profile, and let the dataset through or not.

    The profile is that of a job, or of a revision of a dataset. The gate lets through what comes out ``OK`` or
    ``WARNING``; it stays shut for ``ERROR``, and for ``EMPTY``: a rule that finds nothing to check guards nothing.
    Returns the report, the worst results first, as a small mapping; it is there also when the task fails::

        CheckProfileOperator(
            task_id="check",
            job_id="{{ ti.xcom_pull('profile', key='job_id') }}",
            rules=[{"rule": "completeness", "columns": "amount"}],
        )

    :param job_id: the job whose profile is checked. (templated)
    :param dataset_id: instead of a job: the dataset's UUID, or the name or path that one is derived from. (templated)
    :param revision: which of the dataset's: a number, ``latest``, or ``successful``, the newest that reached its
        target. (templated)
    :param rules: a list of rules, or an object whose ``rules`` is one. (templated)
    :param rules_path: instead of rules: a YAML or JSON file of them, as a path, relative to the DAG's file, or a URL of
        an object store. (templated)
    :param on_failure: what happens where the gate stays shut: ``fail`` fails the task, at once as no retry could change
        the profile; ``warn`` logs it; ``branch`` follows other tasks.
    :param if_passed: with ``branch``: the task or task group ids to follow where the gate opens.
    :param if_failed: with ``branch``: those to follow where it stays shut.
    :param strict: the gate stays shut for a ``WARNING`` too.
    :param as_of: the moment from which ages are counted, as text in ISO 8601, UTC where it names no time zone; now
        without it. (templated)
    :param profiler_conn_id: the connection to the service; without the default one profiles are those of embedded jobs.
        (templated)
    """

    template_fields: Sequence[str] = (
        "job_id",
        "dataset_id",
        "revision",
        "rules",
        "rules_path",
        "on_failure",
        "if_passed",
        "if_failed",
        "strict",
        "as_of",
        "profiler_conn_id",
    )
    template_fields_renderers: ClassVar[dict[str, str]] = {"rules": "json"}
    ui_color = "#d9ecf2"

    checked: "tuple[DatasetProfile, CheckReport] | None" = None
    """What was checked, and what came out, once the task has run."""

    def __init__(
        self,
        *,
        job_id: str | None = None,
        dataset_id: str | None = None,
        revision: int | str = "successful",
        rules: Sequence[Mapping[str, Any]] | Mapping[str, Any] | None = None,
        rules_path: str | None = None,
        on_failure: Literal["fail", "warn", "branch"] = "fail",
        if_passed: str | Iterable[str] | None = None,
        if_failed: str | Iterable[str] | None = None,
        strict: bool = False,
        as_of: datetime | str | None = None,
        profiler_conn_id: str = DEFAULT_CONN_NAME,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.job_id = job_id
        self.dataset_id = dataset_id
        self.revision = revision
        self.rules = rules
        self.rules_path = rules_path
        self.on_failure = on_failure
        self.if_passed = if_passed
        self.if_failed = if_failed
        self.strict = strict
        self.as_of = as_of
        self.profiler_conn_id = profiler_conn_id
        RevisionGiven(self.task_id, job_id, dataset_id, revision).check_written()
        self._check_written()
        self.template_fields = fields_to_render(self)

    def execute(self, context: "Context") -> dict[str, Any]:
        """Check, tell what came out, and go the way that follows from it."""
        from airflow_provider_profiler.checks.checking import check_profile  # noqa: PLC0415 - DAGs are parsed often
        from airflow_provider_profiler.hooks.errors import ProfileCheckFailed  # noqa: PLC0415
        from airflow_provider_profiler.hooks.profiler import ProfilerHook  # noqa: PLC0415
        from airflow_provider_profiler.operators.revision_given import profile_before, profile_of  # noqa: PLC0415

        way = word_given(self.task_id, "on_failure", self.on_failure, _WAYS)
        strict = bool(flag_given(self.task_id, "strict", self.strict))
        rules = self._rules(context)
        now = moment_given(self.task_id, "as_of", self.as_of) or datetime.now(UTC)
        with ProfilerHook(self.profiler_conn_id) as hook:
            found = RevisionGiven(self.task_id, self.job_id, self.dataset_id, self.revision).find(hook)
            profile = profile_of(hook, found.job_id)
            before = profile_before(hook, found) if rules.needs_last else None
        if before is not None:
            self.log.info("Comparing with revision %d.", before[0])
        report = check_profile(profile, rules, last=None if before is None else before[1], now=now)
        self.checked = profile, report
        self._tell(found, report)
        answer = {
            "job_id": found.job_id,
            "dataset_id": found.dataset_id,
            "revision": found.revision,
            **report.small(),
        }
        passed = report.passes(strict=strict)
        if passed and way != "branch":
            return answer
        # Neither a task that fails nor one that skips others gets to return anything.
        if self.do_xcom_push:
            context["ti"].xcom_push(key="return_value", value=answer)
        if way == "branch":
            self.do_branch(context, _task_ids(self.if_passed if passed else self.if_failed))
        elif way == "fail":
            raise ProfileCheckFailed(_failed(found, report))
        else:
            self.log.warning("%s The task goes on all the same, as on_failure='warn' says.", _failed(found, report))
        return answer

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> Any:  # noqa: ARG002 - OpenLineage calls it so
        """An assertion for each result, also where the task failed over them."""
        from airflow_provider_profiler.operators.lineage import lineage_of_checks  # noqa: PLC0415

        return None if self.checked is None else lineage_of_checks(*self.checked, self.profiler_conn_id)

    def _check_written(self) -> None:
        if is_written(self.strict):
            flag_given(self.task_id, "strict", self.strict)
        if is_written(self.as_of):
            moment_given(self.task_id, "as_of", self.as_of)
        if is_written(self.on_failure):
            way = word_given(self.task_id, "on_failure", self.on_failure, _WAYS)
            followed = self.if_passed is not None or self.if_failed is not None
            if followed != (way == "branch"):
                raise WrongArguments(
                    f"Task {self.task_id!r}: if_passed and if_failed name the tasks to follow with "
                    f"on_failure='branch', {'which this task has not' if followed else 'at least one of them'}."
                )
        if is_written(self.rules) and is_written(self.rules_path):
            self._check_rules_given()

    def _check_rules_given(self) -> None:
        if (self.rules is None) == (self.rules_path is None):
            raise WrongArguments(
                f"Task {self.task_id!r} must be given either rules or a rules_path; it has "
                f"{'neither' if self.rules is None else 'both'}."
            )

    def _rules(self, context: "Context") -> "RuleSet":
        from airflow_provider_profiler.checks.loading import rules_from_text, rules_of  # noqa: PLC0415
        from airflow_provider_profiler.contract.errors import InvalidRequest  # noqa: PLC0415

        self._check_rules_given()
        try:
            if self.rules_path is None:
                given = self.rules
                of_task = f"The rules of task {self.task_id!r}"
                return rules_from_text(given, of_task) if isinstance(given, str) else rules_of(given, of_task)
            text, path = self._read_rules(context)
            return rules_from_text(text, path)
        except InvalidRequest as error:
            raise WrongArguments(str(error)) from None

    def _read_rules(self, context: "Context") -> tuple[str, str]:
        """The text of the file of rules, and its whole path."""
        from pathlib import Path  # noqa: PLC0415

        from airflow.sdk import ObjectStoragePath  # noqa: PLC0415

        path = str(self.rules_path)
        if "://" not in path and not Path(path).is_absolute():
            path = str(Path(str(context["dag"].fileloc)).parent / path)
        try:
            return ObjectStoragePath(path).read_text(encoding="utf-8"), path
        except (OSError, ValueError) as error:  # the latter of a scheme that no provider knows, and of what is no text
            raise WrongArguments(
                f"Task {self.task_id!r} cannot read its rules from {path}: {type(error).__name__}: {error}. A relative "
                "path is one beside the DAG's file."
            ) from None

    def _tell(self, found: Found, report: "CheckReport") -> None:
        from airflow_provider_profiler.checks.outcome import Outcome  # noqa: PLC0415

        self.log.info("Checked revision %d of dataset %s, job %s.", found.revision, found.dataset_id, found.job_id)
        bad = report.worst_first()
        for result in bad[:_LOGGED]:
            log = self.log.warning if result.outcome is Outcome.WARNING else self.log.error
            log("%s %s: %s", result.outcome.value, result.rule, result.message)
        if len(bad) > _LOGGED:
            self.log.warning("%d more results are not OK.", len(bad) - _LOGGED)
        counts = ", ".join(f"{report.count(outcome)} {outcome.value}" for outcome in Outcome)
        self.log.info("Outcome %s: %s.", report.outcome.value, counts)


def _task_ids(given: str | Iterable[str] | None) -> list[str] | None:
    """The tasks to follow; None for none, which skips all that come directly after."""
    if given is None or is_nothing(given):
        return None
    return [given] if isinstance(given, str) else [str(item) for item in given]


def _failed(found: Found, report: "CheckReport") -> str:
    bad = report.worst_first()
    more = f" (and {len(bad) - 1} more)" if len(bad) > 1 else ""
    return (
        f"Revision {found.revision} of dataset {found.dataset_id} does not pass: {report.outcome.value}. "
        f"{bad[0].rule}: {bad[0].message}{more}"
    )
