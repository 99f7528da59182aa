"""From an exception over one file to the reason that its distribution carries."""

import logging

from airflow_provider_profiler.contract.errors import FileFailed
from airflow_provider_profiler.contract.options import ProfileOptions
from airflow_provider_profiler.contract.reasons import ONLY_LISTED, FileReason, FileReasonCode
from airflow_provider_profiler.profiling.databases.failures import DatabaseFailure
from airflow_provider_profiler.profiling.observer import Stopped
from airflow_provider_profiler.profiling.readers.reader import (
    ChangedWhileRead,
    TooMuchData,
    UnreadableFile,
    UnsupportedContent,
)
from airflow_provider_profiler.profiling.readers.registry import ReaderNotInstalled

log = logging.getLogger(__name__)

_CODES = {
    UnreadableFile: FileReasonCode.MALFORMED,
    UnsupportedContent: FileReasonCode.UNSUPPORTED_FORMAT,
    TooMuchData: FileReasonCode.TOO_LARGE,
    ChangedWhileRead: FileReasonCode.CHANGED_WHILE_READ,
}


def file_reason(error: Exception, path: str) -> FileReason:
    """Why a file could not be read, for people.

    :param error: what was raised while it was read.
    :param path: the file's path in its dataset.
    :raises Stopped: where that is what was raised: nothing is wrong with the file, its work was given up.
    """
    match error:
        case Stopped():
            raise error
        case UnreadableFile() | UnsupportedContent() | TooMuchData() | ChangedWhileRead():
            code = next(code for kind, code in _CODES.items() if isinstance(error, kind))
            return FileReason(code=code, message=str(error))
        case ReaderNotInstalled():
            return FileReason(code=FileReasonCode.READER_NOT_INSTALLED, message=f"{path}: {error}")
        case DatabaseFailure():
            return FileReason(code=error.code, message=str(error))
        case OSError():
            # An OSError's text holds paths of this machine; what went wrong is enough.
            why = error.strerror or type(error).__name__
            return FileReason(code=FileReasonCode.UNREADABLE, message=f"{path}: cannot be read: {why}")
        case _:
            log.exception("Reading %s failed", path, exc_info=error)
            message = f"{path}: the profiler failed over it ({type(error).__name__}); its log says where"
            return FileReason(code=FileReasonCode.INTERNAL, message=message)


def only_listed(reason: FileReason) -> bool:
    """Whether a reason is none of failure: sound content that nothing here reads."""
    return reason.code in ONLY_LISTED


def check_goes_on(reason: FileReason, options: ProfileOptions) -> None:
    """End the work at a file that failed, where the options say so.

    :raises FileFailed: with the file's reason.
    """
    if not options.execution.continue_on_error and not only_listed(reason):
        raise FileFailed(
            f"{reason.message.rstrip('.')}. The job ends with the first file that cannot be read, for the option "
            "execution.continue_on_error is off."
        )
