"""``@task.profile_dataset``: the function returns what is to be profiled, and the task profiles it."""

import contextlib
import inspect
import os
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk.bases.decorator import DecoratedOperator, TaskDecorator, determine_kwargs, task_decorator_factory

from airflow_provider_profiler.operators.arguments import WrongArguments, is_written, object_of
from airflow_provider_profiler.operators.profile_dataset import ProfileDatasetOperator

if TYPE_CHECKING:
    from airflow.sdk import Context, ObjectStoragePath

    from airflow_provider_profiler.decorators.staging import StagedFolder
    from airflow_provider_profiler.hooks.profiler import ProfilerHook
    from airflow_provider_profiler.triggers.profile_job import ProfileJobTrigger

#: Seconds that taking the frames away may last when the task is killed: Airflow allows five in all.
_LAST_REMOVAL = 0.8
#: How Airflow resumes a task that is to fail, because its trigger did or was not heard of in time.
_FAIL = "__fail__"


class ProfileDatasetDecoratedOperator(DecoratedOperator, ProfileDatasetOperator):
    """Profiles what a function returns; written as ``@task.profile_dataset``.

    The function returns a path, a specification, or data: a frame of pandas or polars, an Arrow table, or a mapping of
    several by name. Data is written as Parquet to a folder of this task instance alone, and removed when the task is
    over, however it ends; a path or a specification is taken as
    :class:`~airflow_provider_profiler.operators.profile_dataset.ProfileDatasetOperator` takes it. A retry calls the
    function again, and takes up the job of the try before if that runs.

    :param staging: for data, with a service elsewhere: the folder as the worker sees it, a path or the URI of an object
        store (``s3://conn_id@bucket/root/incoming``). Embedded, a folder under ``PROFILER_HOME`` is used. (templated)
    :param staging_path: the same folder as the service calls it: its path under the service's data root. Empty where
        ``staging`` is the data root itself. (templated)
    :param dataset_id: a UUID, or a name that one is derived from. For data it is by default derived from the ids of DAG
        and task, so that all runs make revisions of one dataset. (templated)
    """

    template_fields: Sequence[str] = (
        *DecoratedOperator.template_fields,
        *ProfileDatasetOperator.template_fields,
        "staging",
        "staging_path",
    )
    template_fields_renderers: ClassVar[dict[str, str]] = {
        **DecoratedOperator.template_fields_renderers,
        **ProfileDatasetOperator.template_fields_renderers,
    }
    custom_operator_name = "@task.profile_dataset"
    # The page of the task shows what the function returned.
    overwrite_rtif_after_execution = True
    needs_dataset: ClassVar[bool] = False

    def __init__(
        self,
        *,
        python_callable: Callable[..., Any],
        op_args: Collection[Any] | None = None,
        op_kwargs: Mapping[str, Any] | None = None,
        staging: "str | ObjectStoragePath | None" = None,
        staging_path: str = "",
        **kwargs: Any,
    ) -> None:
        given = sorted({"path", "specification"} & kwargs.keys())
        if given:
            raise WrongArguments(f"@task.profile_dataset takes no {given[0]!r}: the function returns it.")
        if inspect.iscoroutinefunction(inspect.unwrap(python_callable)):
            raise WrongArguments("@task.profile_dataset takes a plain function, not an async one.")
        super().__init__(python_callable=python_callable, op_args=op_args, op_kwargs=op_kwargs, **kwargs)
        self.staging = staging
        self.staging_path = staging_path
        self.staged: StagedFolder | None = None
        """Where data lies, as long as the task runs."""
        self._context: Context | None = None
        if is_written(staging_path):
            _check_below_root(staging_path)

    def execute(self, context: "Context") -> Any:
        """Call the function, and profile what it returns."""
        # Where data would lie is known before any is written: what a worker that died has left is removed in any case.
        self.staged = self._folder(context)
        with self._removing(context):
            return super().execute(context)

    def execute_complete(self, context: "Context", event: Any) -> str | None:
        """Go on where the trigger saw the job end, and take the data away."""
        self.staged = self._folder_on_wire(context)  # an embedded job is never waited for elsewhere
        with self._removing(context):
            return super().execute_complete(context, event)

    def resume_execution(self, next_method: str, next_kwargs: dict[str, Any] | None, context: "Context") -> Any:
        """Airflow's way back into a deferred task; also into one that only has to fail, for which nothing is called."""
        if next_method != _FAIL:
            return super().resume_execution(next_method, next_kwargs, context)
        self.staged = self._folder_on_wire(context)
        with self._removing(context):
            return super().resume_execution(next_method, next_kwargs, context)

    def on_kill(self) -> None:
        """Stop the job, then take away what it was reading."""
        super().on_kill()
        # This runs in the handler of a signal: a store that hangs must not take the time that is left.
        removal = threading.Thread(target=self._remove, name="profiler-unstage", daemon=True)
        removal.start()
        removal.join(_LAST_REMOVAL)

    def _trigger(self, **arguments: Any) -> "ProfileJobTrigger":
        from airflow_provider_profiler.triggers.staged_profile import StagedProfileTrigger  # noqa: PLC0415

        if self.staged is None:
            return super()._trigger(**arguments)
        return StagedProfileTrigger(**arguments, staged=self.staged.uri)

    def _specification(self, hook: "ProfilerHook") -> Mapping[str, Any]:
        """Call the function: here, as a job may have to be submitted once more where a deferred task goes on."""
        assert self._context is not None  # noqa: S101 - for the type checker
        self._settle_dataset(self._context)
        return super()._specification(hook)

    def _settle_dataset(self, context: "Context") -> None:
        """Let what the function returns be this task's dataset.

        :raises WrongArguments: when it returns something else.
        """
        from airflow_provider_profiler.decorators.frames import frames_of  # noqa: PLC0415

        known = {**context, **self.op_kwargs}
        arguments = determine_kwargs(self.python_callable, self.op_args, known)
        given = self.python_callable(*self.op_args, **arguments)
        self.path, self.specification = None, None
        frames = frames_of(given, self.task_id.rsplit(".", 1)[-1])
        if frames is not None:
            self._stage(frames, context)
        elif isinstance(given, str | os.PathLike) and str(given).strip():
            self.path = str(given)
        elif isinstance(given, Mapping) or hasattr(given, "model_dump"):
            self.specification = object_of(self.task_id, "specification", given)
        else:
            raise WrongArguments(
                f"The function of task {self.task_id!r} returned "
                f"{'nothing' if given is None or given == '' else f'a value of the type {type(given).__name__}'}. It "
                "must return a path, a specification, a data frame or Arrow table, or a mapping of these by name."
            )

    def _stage(self, frames: dict[str, Any], context: "Context") -> None:
        from airflow_provider_profiler.operators.idempotency import map_index  # noqa: PLC0415
        from airflow_provider_profiler.operators.wishes import Wishes  # noqa: PLC0415

        if self.staged is None:
            raise WrongArguments(
                f"The function of task {self.task_id!r} returned data, but the task has no 'staging': a folder that "
                "the worker may write to and the service reads from, with its path under the service's data root as "
                "'staging_path'."
            )
        wishes = Wishes.of(self)
        if not wishes.wait_for_completion:
            raise WrongArguments(
                f"The function of task {self.task_id!r} returned data, which is removed when the task ends; with "
                "wait_for_completion=False the job would find nothing. Let the task wait, or write the data yourself "
                "and return its path."
            )
        rows = self.staged.write(frames)
        self.log.info(
            "Wrote %s for the service to read, to %s.",
            ", ".join(f"{name!r} ({count:,} rows)" for name, count in rows.items()),
            self.staged.uri,
        )
        self.path = self.staged.path
        if not self.dataset_id:
            ti = context["ti"]
            index = map_index(ti)
            self.dataset_id = f"{ti.dag_id}/{ti.task_id}" + (f"/{index}" if index >= 0 else "")
        self.metadata = {"name": self.task_id, **object_of(self.task_id, "metadata", self.metadata)}

    def _folder(self, context: "Context") -> "StagedFolder | None":
        """Where data of this task instance lies, in every try; None where there is no place for it."""
        from airflow_provider_profiler.decorators.staging import folder_name, staged_embedded  # noqa: PLC0415
        from airflow_provider_profiler.hooks import embedded  # noqa: PLC0415
        from airflow_provider_profiler.hooks.profiler import ProfilerHook  # noqa: PLC0415
        from airflow_provider_profiler.operators.idempotency import task_identity  # noqa: PLC0415

        if not ProfilerHook(self.profiler_conn_id).is_embedded:
            return self._folder_on_wire(context)
        return staged_embedded(embedded.staging_root(embedded.embedded_settings()), folder_name(task_identity(context)))

    def _folder_on_wire(self, context: "Context") -> "StagedFolder | None":
        from airflow_provider_profiler.decorators.staging import folder_name, staged_on_wire  # noqa: PLC0415
        from airflow_provider_profiler.operators.idempotency import task_identity  # noqa: PLC0415

        if self.staging is None or not str(self.staging).strip():
            return None
        _check_below_root(self.staging_path)
        return staged_on_wire(self.staging, self.staging_path, folder_name(task_identity(context)))

    @contextlib.contextmanager
    def _removing(self, context: "Context") -> Iterator[None]:
        """Take the data away at the end, however that comes; not where the task defers, as the job is about to read."""
        from airflow.sdk.exceptions import TaskDeferred  # noqa: PLC0415 - DAG files are parsed often

        self._context = context
        try:
            yield
        except TaskDeferred:
            raise
        except BaseException:
            self._remove()
            raise
        self._remove()

    def _remove(self) -> None:
        from airflow_provider_profiler.hooks.errors import ProfilerHookError  # noqa: PLC0415

        if self.staged is None:
            return
        try:
            self.staged.remove()
        except ProfilerHookError as error:
            self.log.warning("%s", error)


def _check_below_root(staging_path: Any) -> None:
    text = str(staging_path or "")
    if text.startswith("/") or "://" in text or ".." in text.split("/"):
        raise WrongArguments(
            f"staging_path={text!r} must be the path of 'staging' under the service's data root, as the service calls "
            "it."
        )


def profile_dataset_task(python_callable: Callable[..., Any] | None = None, **kwargs: Any) -> TaskDecorator:
    """Make a task of a function that returns what is to be profiled; see :class:`ProfileDatasetDecoratedOperator`.

    :param python_callable: the function, where the decorator is written without parentheses.
    """
    # The task's result is a path, whatever the function's annotation says: that of ``-> dict`` would be unpacked.
    kwargs["multiple_outputs"] = False
    return task_decorator_factory(
        python_callable=python_callable, decorated_operator_class=ProfileDatasetDecoratedOperator, **kwargs
    )
