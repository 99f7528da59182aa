"""What a job has to say about the profile it made: warnings, and whether there was anything to profile at all."""

from collections.abc import Sequence

from airflow_provider_profiler.contract.job import JobWarning
from airflow_provider_profiler.contract.profile import (
    DatasetProfile,
    Distribution,
    DistributionKind,
    DistributionStatus,
)
from airflow_provider_profiler.contract.reasons import FileReasonCode, Reason, ReasonCode
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.contract.states import Target

#: Files that a message names; the profile itself holds them all.
NAMED_FILES = 5
#: Warnings of the profile that a job repeats; a dataset of many files may have one for each.
REPEATED_WARNINGS = 50
#: What a job fails with that found nothing but databases, and could not get into them.
_UNREACHED = {
    FileReasonCode.CONNECTION_FAILED: ReasonCode.CONNECTION_FAILED,
    FileReasonCode.CREDENTIALS_MISSING: ReasonCode.CREDENTIALS_MISSING,
}


def specification_warnings(specification: ProfileSpecification) -> tuple[JobWarning, ...]:
    """A warning for fields that the specification does not know: kept, but probably misspelt."""
    unknown = sorted(specification.unknown_fields)
    for connector in specification.data_connectors:
        unknown += sorted(f"data_connectors.{name}" for name in connector.model_extra or {})
    if not unknown:
        return ()
    message = f"The specification does not know these fields: {', '.join(unknown)}. They are kept as they were sent."
    return (JobWarning(code="unknown_specification_fields", message=message),)


def profile_warnings(profile: DatasetProfile, target: Target) -> tuple[JobWarning, ...]:
    """The profile's own warnings, and one each for failed files and for databases that were only listed.

    :param target: how far the job goes. What failed is told of its last profile alone: more files may fail on the way.
    """
    warnings = list(profile.warnings[:REPEATED_WARNINGS])
    more = len(profile.warnings) - REPEATED_WARNINGS
    if more > 0:
        message = f"There are {more} more warnings; the profile holds them all."
        warnings.append(JobWarning(code="more_warnings", message=message))
    if profile.kind is not target:
        return tuple(warnings)
    failed = _with_status(profile, DistributionStatus.FAILED)
    if failed:
        message = f"{len(failed)} of {len(_members(profile))} files could not be read: {_named(failed)}."
        warnings.append(JobWarning(code="files_failed", message=message))
    databases = [
        item for item in _with_status(profile, DistributionStatus.LISTED) if item.kind is DistributionKind.DATABASE
    ]
    if databases:
        message = f"Databases are listed, their tables were not profiled: {_named(databases)}."
        warnings.append(JobWarning(code="databases_listed", message=message))
    return tuple(warnings)


def nothing_read(profile: DatasetProfile) -> Reason | None:
    """Why a job fails although its documents could be written: every file that was to be read failed.

    One of them is enough where the options say so.

    Files that nobody wanted to read (``listed``) neither save a job nor fail it. Before a heavy profile has read
    anything, every file that can be opened counts as readable.
    """
    failed = _with_status(profile, DistributionStatus.FAILED)
    if failed and not profile.options.execution.continue_on_error:
        message = f"A file could not be read, and the option execution.continue_on_error is off: {_named(failed)}."
        return Reason(code=ReasonCode.FILE_FAILED, message=message)
    good = _with_status(profile, DistributionStatus.PROFILED)
    if profile.kind is Target.LIGHT:
        good = good + _with_status(profile, DistributionStatus.LISTED)
    if good or not failed:
        return None
    codes = {item.reason.code for item in failed if item.reason}
    if len(codes) == 1 and all(item.kind is DistributionKind.DATABASE for item in failed):
        unreached = _UNREACHED.get(codes.pop())
        if unreached is not None:
            message = "; ".join(item.reason.message for item in failed[:NAMED_FILES] if item.reason)
            return Reason(code=unreached, message=f"{message}.")
    message = f"None of the {len(failed)} files that were to be read could be: {_named(failed)}."
    return Reason(code=ReasonCode.ALL_FAILED, message=message)


def _members(profile: DatasetProfile) -> list[Distribution]:
    return [item for item in profile.distributions if item.kind is not DistributionKind.FILE_SET]


def _with_status(profile: DatasetProfile, status: DistributionStatus) -> list[Distribution]:
    return [item for item in _members(profile) if item.status is status]


def _named(items: Sequence[Distribution]) -> str:
    names = [f"{item.path or item.name} ({item.reason.code})" if item.reason else item.path for item in items]
    more = len(names) - NAMED_FILES
    return ", ".join(names[:NAMED_FILES]) + (f" and {more} more" if more > 0 else "")
