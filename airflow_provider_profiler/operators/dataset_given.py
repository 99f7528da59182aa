"""The dataset that a task is given, by path, id, specification or what another task hands on, as a specification."""

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from airflow_provider_profiler.operators.arguments import WrongArguments, is_written, object_of

if TYPE_CHECKING:
    from airflow_provider_profiler.hooks.profiler import ProfilerHook

#: Fields by which an object that another task hands on may name a dataset, in place of connectors.
_SHORT = ("path", "dataset_id")


class DatasetGiven(NamedTuple):
    """The arguments of a task that say which dataset it is.

    A tuple, as a dataclass takes ten times as long to make, whenever a DAG file is parsed.
    """

    task_id: str
    specification: Any = None
    path: Any = None
    dataset_id: Any = None
    metadata: Any = None

    def check_written(self) -> None:
        """Check what is known when the DAG is read.

        :raises WrongArguments: when no rendering could mend it.
        """
        names = [self.path, self.dataset_id]
        if is_written(self.specification):
            object_of(self.task_id, "specification", self.specification)
            if all(map(is_written, names)):
                self._check_choice(bool(self.specification), any(names))
            if self.specification and is_written(self.metadata):
                self._check_metadata()
        for name, value in (("path", self.path), ("dataset_id", self.dataset_id)):
            if is_written(value):
                self._text(name, value)
        if isinstance(self.path, str) and is_written(self.path) and ".." in self.path.split("/"):
            raise WrongArguments(
                f"The path of task {self.task_id!r} is {self.path!r}: '..' may lead out of the data root."
            )

    def settle(self, hook: "ProfilerHook") -> Mapping[str, Any]:
        """The dataset's specification, once all templates are rendered.

        :raises WrongArguments: when the arguments do not name one dataset.
        :raises RequestRefused: when a field does not fit.
        """
        given = object_of(self.task_id, "specification", self.specification)
        path, dataset_id = self._text("path", self.path), self._text("dataset_id", self.dataset_id)
        self._check_choice(bool(given), bool(path or dataset_id))
        if not given:
            metadata = object_of(self.task_id, "metadata", self.metadata)
            known = {} if path else _last_specification(hook, dataset_id)
            if known:
                return {**known, **metadata}
            return hook.specify(path, dataset_id=dataset_id, metadata=metadata)
        self._check_metadata()
        if "data_connectors" in given or not any(given.get(name) for name in _SHORT):
            return given
        named = DatasetGiven(
            self.task_id,
            path=given.get("path"),
            dataset_id=given.get("dataset_id"),
            metadata={name: value for name, value in given.items() if name not in _SHORT},
        )
        return named.settle(hook)

    def _check_choice(self, has_specification: bool, has_name: bool) -> None:
        if has_specification == has_name:
            raise WrongArguments(
                f"Task {self.task_id!r} must be given either a specification, or a path or dataset_id; it has "
                f"{'both' if has_name else 'neither'}. A template or a task before may have brought nothing."
            )

    def _check_metadata(self) -> None:
        if self.metadata:
            raise WrongArguments(
                f"Task {self.task_id!r} has a specification and metadata; put the metadata into the specification."
            )

    def _text(self, name: str, value: Any) -> str:
        what = f"The argument {name} of task {self.task_id!r} is"
        if value is None:
            return ""
        if isinstance(value, str | UUID | os.PathLike):
            text = str(value)
            if text.strip() == "None":
                raise WrongArguments(f"{what} 'None': the value that its template names is not there.")
            return text if text.strip() else ""
        if isinstance(value, Mapping) or hasattr(value, "model_dump"):
            raise WrongArguments(f"{what} an object, not text. Hand it on as specification=...")
        if isinstance(value, Sequence) and not isinstance(value, bytes):
            raise WrongArguments(f"{what} a list, not text. For one task for each item: .expand({name}=...).")
        raise WrongArguments(
            f"{what} {str(value)[:60]!r} of the type {type(value).__name__}, not text. Where native rendering makes a "
            f"number of a name, put quotes around the template: {name}=\"'{{{{ ... }}}}'\"."
        )


def _last_specification(hook: "ProfilerHook", dataset_id: str) -> Mapping[str, Any]:
    """What the service was last told of a dataset that it knows by this UUID; empty where it knows none."""
    try:
        UUID(dataset_id)
    except ValueError:
        return {}
    last = hook.revision(dataset_id, "latest")
    specification = None if last is None else hook.job_specification(last.job_id)
    return specification or {}
