"""How the C library hands out memory in processes that profile."""

import ctypes
import os
import platform
import sys
from functools import cache

#: Numbers of the parameters, from glibc's ``malloc.h``.
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3
_MIB = 1024 * 1024
#: What is as large comes from the system and goes back there at once; glibc takes no more than this.
_LARGE = 32 * _MIB
#: Free memory that a thread's heap keeps, and how much it grows by.
_KEPT, _GROWTH = 128 * _MIB, 8 * _MIB
#: Where one of these is set, somebody else has decided.
_DECIDED = ("MALLOC_TRIM_THRESHOLD_", "MALLOC_TOP_PAD_", "MALLOC_MMAP_THRESHOLD_", "GLIBC_TUNABLES")


@cache
def keep_freed_memory() -> bool:
    """Let freed memory of a few megabytes be used again instead of going back to the system each time.

    The engine makes and drops arrays of some hundred kilobytes by the thousand. By default each of them is mapped
    anew, and touching its pages for the first time takes longer than computing what they hold: a fifth of the time
    of profiling a table. What is kept is bounded for every thread.

    :return: whether it was done; not where the C library is another one, or the environment says how to allocate.
    """
    if sys.platform != "linux" or platform.libc_ver()[0] != "glibc" or any(name in os.environ for name in _DECIDED):
        return False
    library = ctypes.CDLL(None)
    wanted = ((_MMAP_THRESHOLD, _LARGE), (_TRIM_THRESHOLD, _KEPT), (_TOP_PAD, _GROWTH))
    done = [library.mallopt(parameter, value) == 1 for parameter, value in wanted]
    return all(done)
