"""The revision of a dataset that a task is given, by its job or by the dataset: found, and its profile read."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

from airflow_provider_profiler.contract.states import JobState, Target
from airflow_provider_profiler.hooks.errors import (
    NotFound,
    ProfileJobFailed,
    ProfileNotReady,
    ServiceTooOld,
    UnexpectedAnswer,
    UnknownDataset,
)
from airflow_provider_profiler.operators.arguments import WrongArguments, is_written

if TYPE_CHECKING:
    from airflow_provider_profiler.contract.profile import DatasetProfile
    from airflow_provider_profiler.hooks.profiler import ProfilerHook

#: What a template renders to where it finds nothing.
_NOTHING = ("", "None")
_WORDS = ("latest", "successful")
_PROFILE = "profile.json"
#: Revisions that are asked for at a time.
_PAGE = 100


class Found(NamedTuple):
    """A revision of which the service has documents."""

    job_id: str
    dataset_id: str
    revision: int


class RevisionGiven(NamedTuple):
    """The arguments of a task that say which revision it is.

    A tuple, as a dataclass takes ten times as long to make, whenever a DAG file is parsed.
    """

    task_id: str
    job_id: Any = None
    dataset_id: Any = None
    revision: Any = "successful"

    def check_written(self) -> None:
        """Check what is known when the DAG is read.

        :raises WrongArguments: when no rendering could mend it.
        """
        if is_written(self.job_id) and is_written(self.dataset_id):
            self._check_choice()
        if is_written(self.revision):
            self._wanted()

    def find(self, hook: "ProfilerHook") -> Found:
        """Ask the service, once all templates are rendered.

        :raises WrongArguments: when the arguments do not name one revision.
        :raises ServiceTooOld: when the service has the documented routes alone.
        :raises UnknownDataset: when it has no such revision of the dataset.
        :raises UnknownJob: when it knows no such job.
        :raises ProfileJobFailed: when the job failed.
        :raises ProfileNotReady: when the job has not ended.
        """
        self._check_choice()
        job_id = _text(self.job_id)
        if job_id:
            detail = hook.job_detail(job_id)
            if detail is None:
                raise _too_old()
            state, terminal, target, reason = detail.state, detail.terminal, detail.target, detail.reason
            found = Found(str(detail.job_id), str(detail.dataset_id), detail.revision)
        else:
            named = self._asked(hook)
            state, terminal, target, reason = named.state, named.terminal, named.target, named.reason
            found = Found(str(named.job_id), str(named.dataset_id), named.number)
        if state is JobState.FAILED:
            why = f": {reason.code.value}: {reason.message}" if reason else "."
            raise ProfileJobFailed(f"Profiling job {found.job_id} failed, so there is no profile to use{why}")
        if not terminal:
            raise ProfileNotReady(
                f"Profiling job {found.job_id} has not ended: it is {state.value} on its way to {target.value}. Wait "
                "for it with a ProfileJobSensor."
            )
        return found

    def _asked(self, hook: "ProfilerHook") -> Any:
        from airflow_provider_profiler.contract.identity import dataset_uuid  # noqa: PLC0415 - only where it runs

        name, wanted = _text(self.dataset_id), self._wanted()
        named = hook.revision(dataset_uuid(name), wanted)
        if named is not None:
            return named
        if hook.datasets(limit=1) is None:
            raise _too_old()
        what = f"revision {wanted}" if isinstance(wanted, int) else f"{wanted} revision"
        raise UnknownDataset(
            f"The profiling service has no {what} of the dataset {name!r}. Was it profiled, under this name, at this "
            "service?"
        )

    def _check_choice(self) -> None:
        job, dataset = _text(self.job_id), _text(self.dataset_id)
        if bool(job) == bool(dataset):
            raise WrongArguments(
                f"Task {self.task_id!r} must be given either a job_id or a dataset_id; it has "
                f"{'both' if job else 'neither'}."
            )

    def _wanted(self) -> int | str:
        word = _text(self.revision) or "successful"
        if word in _WORDS:
            return word
        if word.isascii() and word.isdecimal() and int(word) > 0:
            return int(word)
        raise WrongArguments(
            f"revision of task {self.task_id!r} is {word[:100]!r}; it must be a number from 1 on, 'latest' or "
            "'successful'."
        )


def profile_of(hook: "ProfilerHook", job_id: str) -> "DatasetProfile":
    """The profile model of a job.

    :raises ServiceTooOld: when the service has the documented routes alone.
    :raises NotFound: when the job has no profile.
    :raises UnexpectedAnswer: when it is of another version.
    """
    with TemporaryDirectory(prefix="profile-") as folder:
        file = Path(folder) / _PROFILE
        try:
            hook.download_artefact(job_id, _PROFILE, file)
        except NotFound:
            if hook.job_detail(job_id) is None:
                raise _too_old() from None
            raise
        return profile_in(file)


def profile_in(file: Path) -> "DatasetProfile":
    """The profile model that a file holds.

    :raises UnexpectedAnswer: when it is of another version.
    """
    from pydantic import ValidationError  # noqa: PLC0415 - only where it runs

    from airflow_provider_profiler.contract.profile import DatasetProfile  # noqa: PLC0415

    try:
        return DatasetProfile.from_document(file.read_bytes())
    except ValidationError as error:
        raise UnexpectedAnswer(
            f"The profile is not one of this version of the package ({error.error_count()} fields do not fit). Install "
            "the version on this worker that the service has."
        ) from None


def profile_before(hook: "ProfilerHook", found: Found) -> "tuple[int, DatasetProfile] | None":
    """The newest earlier revision with a heavy profile, and that profile; None where there is none."""
    offset = 0
    while True:
        page = hook.revisions(found.dataset_id, limit=_PAGE, offset=offset)
        if page is None:
            raise _too_old()
        for item in page.data:
            usable = item.state is JobState.HEAVY_PROFILES_READY and item.target is Target.HEAVY
            if item.number < found.revision and usable:
                return item.number, profile_of(hook, str(item.job_id))
        offset += _PAGE
        if offset >= page.total:
            return None


def _text(value: Any) -> str:
    text = "" if value is None else str(value).strip()
    return "" if text in _NOTHING else text


def _too_old() -> ServiceTooOld:
    return ServiceTooOld(
        "The profiling service has the documented routes alone: it does not hand out profiles. Use a service of this "
        "package, or run without a connection."
    )
