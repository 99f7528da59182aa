"""From an exception over one file to the reason that its distribution carries."""

import logging

from airflow_provider_profiler.contract.reasons import FileReason, FileReasonCode
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
    """
    match error:
        case UnreadableFile() | UnsupportedContent() | TooMuchData() | ChangedWhileRead():
            code = next(code for kind, code in _CODES.items() if isinstance(error, kind))
            return FileReason(code=code, message=str(error))
        case ReaderNotInstalled():
            return FileReason(code=FileReasonCode.READER_NOT_INSTALLED, message=f"{path}: {error}")
        case OSError():
            # An OSError's text holds paths of this machine; what went wrong is enough.
            why = error.strerror or type(error).__name__
            return FileReason(code=FileReasonCode.UNREADABLE, message=f"{path}: cannot be read: {why}")
        case _:
            log.exception("Reading %s failed", path, exc_info=error)
            message = f"{path}: the profiler failed over it ({type(error).__name__}); its log says where"
            return FileReason(code=FileReasonCode.INTERNAL, message=message)
