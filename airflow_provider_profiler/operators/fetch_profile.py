"""The operator that hands a document of a profile on: to a path, or to an object store."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from airflow_provider_profiler.hooks.names import DEFAULT_CONN_NAME
from airflow_provider_profiler.operators.arguments import WrongArguments, fields_to_render, is_written
from airflow_provider_profiler.operators.rendered import flag_given, is_nothing
from airflow_provider_profiler.operators.revision_given import Found, RevisionGiven

if TYPE_CHECKING:
    from pathlib import Path

    from airflow.sdk import Context, ObjectStoragePath

    from airflow_provider_profiler.contract.artefacts import Artefact
    from airflow_provider_profiler.hooks.profiler import ProfilerHook

#: The documents that have a word of their own; the CDD file is called after its dataset.
DOCUMENTS = {
    "profile": "profile.json",
    "light": "moma_profile_light.json",
    "heavy": "moma_profile_heavy.json",
    "cdd": "",
    "croissant": "croissant.json",
    "report": "report.html",
    "states": "states.bin",
    "log": "log.jsonl",
}


class FetchProfileOperator(BaseOperator):
    """Copy a document of a job, or of a revision of a dataset, to a path or into an object store.

    What was downloaded is compared with the checksum that the service tells, and is at the target as a whole or not at
    all. Returns where it is::

        FetchProfileOperator(
            task_id="fetch",
            job_id="{{ ti.xcom_pull('profile', key='job_id') }}",
            document="croissant",
            target="s3://catalogue/{{ ds }}/",
        )

    :param job_id: the job whose document is fetched. (templated)
    :param dataset_id: instead of a job: the dataset's UUID, or the name or path that one is derived from. (templated)
    :param revision: which of the dataset's: a number, ``latest``, or ``successful``, the newest that reached its
        target. (templated)
    :param document: ``profile``, ``light``, ``heavy``, ``cdd``, ``croissant``, ``report``, ``states`` or ``log``; or
        the name of any other file of the revision, such as ``mirror/orders.parquet``. (templated)
    :param target: an absolute path, or a URL such as ``s3://bucket/key``; where it ends with a slash, the file keeps
        its name below it. (templated)
    :param target_conn_id: the Airflow connection to the object store of such a URL. (templated)
    :param overwrite: whether a file of other content that is there already is replaced; without it the task fails.
    :param profiler_conn_id: the connection to the service; without the default one documents are those of embedded
        jobs. (templated)
    """

    template_fields: Sequence[str] = (
        "job_id",
        "dataset_id",
        "revision",
        "document",
        "target",
        "target_conn_id",
        "overwrite",
        "profiler_conn_id",
    )
    ui_color = "#d9ecf2"

    def __init__(
        self,
        *,
        target: str,
        job_id: str | None = None,
        dataset_id: str | None = None,
        revision: int | str = "successful",
        document: str = "profile",
        target_conn_id: str | None = None,
        overwrite: bool = False,
        profiler_conn_id: str = DEFAULT_CONN_NAME,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.target = target
        self.job_id = job_id
        self.dataset_id = dataset_id
        self.revision = revision
        self.document = document
        self.target_conn_id = target_conn_id
        self.overwrite = overwrite
        self.profiler_conn_id = profiler_conn_id
        RevisionGiven(self.task_id, job_id, dataset_id, revision).check_written()
        if is_written(document):
            self._file_name("")
        if is_written(overwrite):
            flag_given(self.task_id, "overwrite", overwrite)
        if isinstance(target, str) and is_written(target):
            self._check_target()
        self.template_fields = fields_to_render(self)

    def execute(self, context: "Context") -> str:  # noqa: ARG002
        """Fetch it."""
        from pathlib import Path  # noqa: PLC0415 - DAGs are parsed often
        from tempfile import TemporaryDirectory  # noqa: PLC0415

        from airflow_provider_profiler.hooks.profiler import ProfilerHook  # noqa: PLC0415
        from airflow_provider_profiler.operators.placing import Fetched, place  # noqa: PLC0415

        self._check_target()
        overwrite = bool(flag_given(self.task_id, "overwrite", self.overwrite))
        with ProfilerHook(self.profiler_conn_id) as hook, TemporaryDirectory(prefix="profile-") as folder:
            found = RevisionGiven(self.task_id, self.job_id, self.dataset_id, self.revision).find(hook)
            name = self._file_name(found.dataset_id)
            # A page is no file of the revision: it is made here out of the profile, as it is everywhere.
            kept = DOCUMENTS["profile"] if name == DOCUMENTS["report"] else name
            listed = self._listed(hook, found, kept)
            file = Path(folder) / "document"
            hook.download_artefact(found.job_id, kept, file)
            fetched = Fetched.verified(file, listed.sha256, f"{kept} of revision {found.revision}")
            if kept != name:
                fetched = Fetched.verified(_page(file), None, name)
            target = self._target_path(name)
            written = place(fetched, target, overwrite=overwrite)
        what = f"{name} of revision {found.revision} of dataset {found.dataset_id}"
        said = "is now" if written else "was there already, unchanged,"
        self.log.info("%s (%d bytes, sha256 %s) %s at %s.", what, fetched.size, fetched.sha256, said, target)
        return str(target)

    def _file_name(self, dataset_id: str) -> str:
        word = str(self.document).strip()
        if word == "cdd":
            return f"{dataset_id}.json"
        name = DOCUMENTS.get(word, word)
        if word not in DOCUMENTS and "." not in word:
            raise WrongArguments(
                f"Task {self.task_id!r}: document={word[:100]!r} is none of {', '.join(DOCUMENTS)}, nor the name of a "
                "file such as 'mirror/orders.parquet'."
            )
        return name

    def _check_target(self) -> None:
        target = str(self.target or "")
        if "://" not in target and not target.startswith("/"):
            raise WrongArguments(
                f"Task {self.task_id!r}: target={target[:100]!r} must be an absolute path, or a URL such as "
                "'s3://bucket/key'."
            )

    def _target_path(self, name: str) -> "ObjectStoragePath":
        from airflow.sdk import ObjectStoragePath  # noqa: PLC0415

        target = str(self.target)
        whole = target + name.rpartition("/")[2] if target.endswith("/") else target
        return ObjectStoragePath(whole, conn_id=None if is_nothing(self.target_conn_id) else self.target_conn_id)

    def _listed(self, hook: "ProfilerHook", found: Found, name: str) -> "Artefact":
        from airflow_provider_profiler.hooks.errors import NotFound, ServiceTooOld  # noqa: PLC0415

        listed = hook.artefacts(found.job_id, checksums=True, name=name)
        if listed is None:
            raise ServiceTooOld("The profiling service has the documented routes alone: it does not hand out files.")
        for item in listed.data:
            if item.name == name:
                return item
        there = hook.artefacts(found.job_id)
        names = ", ".join(item.name for item in there.data[:30]) if there else "none"
        raise NotFound(
            f"Revision {found.revision} of dataset {found.dataset_id} (job {found.job_id}) has no file {name!r}. It "
            f"has: {names}."
        )


def _page(profile: "Path") -> "Path":
    """The report of a profile, beside it."""
    from airflow_provider_profiler.operators.revision_given import profile_in  # noqa: PLC0415
    from airflow_provider_profiler.render.report import report_chunks  # noqa: PLC0415

    page = profile.with_name("page")
    with page.open("wb") as file:
        file.writelines(report_chunks(profile_in(profile)))
    return page
