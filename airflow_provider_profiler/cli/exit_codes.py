"""What the command line's exit codes mean, so that a script can tell them apart."""

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of ``dataset-profiler``."""

    OK = 0
    SOME_FAILED = 1
    """Some files could not be profiled; the documents are written and say which."""
    USAGE = 2
    NOTHING_PROFILED = 3
    NOTHING_CHECKED = 4
    """A rule found nothing that it could be held against."""
    INTERNAL = 70
    """A fault of the program (``EX_SOFTWARE`` of ``sysexits.h``): what Python would end with means something else."""
    INTERRUPTED = 130
    """Ended by Ctrl-C, as shells tell it: 128 and the signal's number."""
