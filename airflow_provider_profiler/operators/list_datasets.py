"""The operator that lists the datasets of a service, for tasks that are mapped over them."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal

from airflow.sdk import BaseOperator

from airflow_provider_profiler.hooks.names import DEFAULT_CONN_NAME
from airflow_provider_profiler.operators.arguments import WrongArguments, fields_to_render, is_written
from airflow_provider_profiler.operators.rendered import count_given, flag_given, moment_given, word_given

if TYPE_CHECKING:
    from datetime import datetime

    from airflow.sdk import Context

    from airflow_provider_profiler.contract.job import DatasetEntry
    from airflow_provider_profiler.hooks.profiler import ProfilerHook

_FORMS = ("ids", "revisions", "specifications")
_READERS: dict[str, Callable[[str, str, Any], Any]] = {
    "profiled": flag_given,
    "profiled_after": moment_given,
    "profiled_before": moment_given,
    "returns": lambda task_id, name, given: word_given(task_id, name, given, _FORMS),
    "limit": count_given,
}
#: Datasets that are asked for at a time: the most that the service gives.
_PAGE = 1000


class ListDatasetsOperator(BaseOperator):
    """List the datasets that were ever profiled by a service.

    What it returns is made for mapped tasks: ``ids`` for ``.expand(dataset_id=...)``; ``revisions``, objects of a
    ``dataset_id`` and its published ``revision``, for ``.expand_kwargs(...)``; and ``specifications``, as they were
    last submitted, for ``.expand(specification=...)``::

        known = ListDatasetsOperator(task_id="known", returns="specifications", profiled_before="{{ ds }}")
        ProfileDatasetOperator.partial(task_id="again").expand(specification=known.output)

    :param pattern: patterns of names, of which one must fit; ``*`` is anything, and case counts. (templated)
    :param profiled: True: datasets with a published profile; False: those without; None: all.
    :param profiled_after: whose published profile's job ended after this moment; text is ISO 8601, UTC where it names
        no time zone. (templated)
    :param profiled_before: whose published profile's job ended before this moment, or that have none. (templated)
    :param returns: ``ids``, ``revisions`` or ``specifications``.
    :param limit: so many datasets may fit; more fail the task, as Airflow maps over
        ``[core] max_map_length`` (1024) at most.
    :param profiler_conn_id: the connection to the service; without the default one datasets are those of embedded jobs.
        (templated)
    """

    template_fields: Sequence[str] = (
        "pattern",
        "profiled",
        "profiled_after",
        "profiled_before",
        "returns",
        "limit",
        "profiler_conn_id",
    )
    ui_color = "#d9ecf2"

    def __init__(
        self,
        *,
        pattern: str | Sequence[str] = "*",
        profiled: bool | None = None,
        profiled_after: "datetime | str | None" = None,
        profiled_before: "datetime | str | None" = None,
        returns: Literal["ids", "revisions", "specifications"] = "ids",
        limit: int = 1000,
        profiler_conn_id: str = DEFAULT_CONN_NAME,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.pattern = pattern
        self.profiled = profiled
        self.profiled_after = profiled_after
        self.profiled_before = profiled_before
        self.returns = returns
        self.limit = limit
        self.profiler_conn_id = profiler_conn_id
        for name, read in _READERS.items():
            if is_written(getattr(self, name)):
                read(self.task_id, name, getattr(self, name))
        self.template_fields = fields_to_render(self)

    def execute(self, context: "Context") -> list[Any]:  # noqa: ARG002
        """List them, by name."""
        from airflow_provider_profiler.hooks.profiler import ProfilerHook  # noqa: PLC0415 - DAGs are parsed often

        form = str(self._read("returns"))
        limit = int(self._read("limit"))
        with ProfilerHook(self.profiler_conn_id) as hook:
            found: list[DatasetEntry] = []
            for entry in self._fitting(hook, published_only=form == "revisions"):
                if len(found) == limit:
                    raise WrongArguments(
                        f"More than {limit} datasets fit the filters of task {self.task_id!r}. Narrow them, or "
                        "raise limit together with [core] max_map_length."
                    )
                found.append(entry)
            self.log.info("%d datasets fit.", len(found))
            return [_in_form(form, hook, entry) for entry in found]

    def _read(self, name: str) -> Any:
        return _READERS[name](self.task_id, name, getattr(self, name))

    def _fitting(self, hook: "ProfilerHook", *, published_only: bool) -> "Iterator[DatasetEntry]":
        from fnmatch import fnmatchcase  # noqa: PLC0415

        patterns = (self.pattern,) if isinstance(self.pattern, str) else tuple(self.pattern)
        after, before, profiled = self._read("profiled_after"), self._read("profiled_before"), self._read("profiled")
        for entry in _all(hook):
            published = entry.published_revision is not None
            if (profiled is not None and published is not profiled) or (published_only and not published):
                continue
            if not any(entry.name == pattern or fnmatchcase(entry.name, pattern) for pattern in patterns):
                continue
            if after is not None or before is not None:
                detail = hook.dataset(entry.dataset_id)
                finished = detail.finished if detail is not None else None
                if after is not None and (finished is None or finished <= after):
                    continue
                if before is not None and finished is not None and finished >= before:
                    continue
            yield entry


def _in_form(form: str, hook: "ProfilerHook", entry: "DatasetEntry") -> Any:
    if form == "ids":
        return str(entry.dataset_id)
    if form == "revisions":
        return {"dataset_id": str(entry.dataset_id), "revision": entry.published_revision}
    from airflow_provider_profiler.hooks.errors import UnknownDataset  # noqa: PLC0415

    last = hook.revision(entry.dataset_id, "latest")
    specification = None if last is None else hook.job_specification(last.job_id)
    if specification is None:
        raise UnknownDataset(f"The dataset {entry.name!r} ({entry.dataset_id}) was removed while it was listed.")
    return specification


def _all(hook: "ProfilerHook") -> "Iterator[DatasetEntry]":
    """All datasets, each once, in the order in which the service names them."""
    from airflow_provider_profiler.hooks.errors import ServiceTooOld  # noqa: PLC0415

    offset, seen = 0, set()
    while True:
        page = hook.datasets(limit=_PAGE, offset=offset)
        if page is None:
            raise ServiceTooOld(
                "The profiling service has the documented routes alone: it does not tell which datasets it knows."
            )
        for entry in page.data:
            # A dataset that comes up while they are listed moves others to the next page.
            if entry.dataset_id not in seen:
                seen.add(entry.dataset_id)
                yield entry
        offset += _PAGE
        if offset >= page.total:
            return
