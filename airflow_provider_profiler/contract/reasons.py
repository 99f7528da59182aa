"""Why a job failed, and why a single file was not profiled."""

from enum import StrEnum

from airflow_provider_profiler.contract.model import Model


class ReasonCode(StrEnum):
    """Why a job is ``FAILED``."""

    DATASET_NOT_FOUND = "dataset_not_found"
    PATH_OUTSIDE_ROOT = "path_outside_root"
    CREDENTIALS_MISSING = "credentials_missing"
    CONNECTION_FAILED = "connection_failed"
    ALL_FAILED = "all_failed"
    FILE_FAILED = "file_failed"
    """One file did, and the options say that no other one matters then."""
    ABORTED = "aborted"
    DEADLINE = "deadline"
    LOST = "lost"
    INTERNAL = "internal"


class FileReasonCode(StrEnum):
    """Why a distribution is ``listed`` or ``failed`` instead of ``profiled``."""

    LINK_OUTSIDE_ROOT = "link_outside_root"
    LINK_BROKEN = "link_broken"
    LINK_LOOP = "link_loop"
    NOT_A_FILE = "not_a_file"
    UNREADABLE = "unreadable"
    CHANGED_WHILE_READ = "changed_while_read"
    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    UNSUPPORTED_FORMAT = "unsupported_format"
    READER_NOT_INSTALLED = "reader_not_installed"
    CREDENTIALS_MISSING = "credentials_missing"
    CONNECTION_FAILED = "connection_failed"
    PERMISSION_DENIED = "permission_denied"
    TIMED_OUT = "timed_out"
    INTERNAL = "internal"


#: Reasons that are none of failure: the content is sound, and nothing here reads it.
ONLY_LISTED = frozenset({FileReasonCode.UNSUPPORTED_FORMAT, FileReasonCode.READER_NOT_INSTALLED})


class Reason(Model):
    """A job's reason code and what a person needs to know beside it."""

    code: ReasonCode
    message: str


class FileReason(Model):
    """A file's reason code and what a person needs to know beside it."""

    code: FileReasonCode
    message: str
