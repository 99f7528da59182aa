"""What every process apart does: bounds itself, takes one request after another, and answers each."""

import resource
import signal
import socket
from collections.abc import Callable
from typing import Any

from airflow_provider_profiler.profiling.isolation.messages import ChannelClosed, receive, send

#: Address space of one process. An image of as many pixels as are allowed takes 512 MiB in colour, twice that while it
#: is converted.
MEMORY_BYTES = 3 * 1024**3
#: A library unpacks its model of languages into a temporary file without a name; nothing else is written.
_FILE_BYTES = 128 * 1024**2
_IDLE_SECONDS = 60


def serve(
    descriptor: int, answer: Callable[[dict[str, Any], int], dict[str, Any]], *, file_bytes: int = _FILE_BYTES
) -> None:
    """Serve until the other side closes the channel, or nothing was asked for a while.

    :param descriptor: of the channel.
    :param answer: of a request and the open file that came with it, which it closes.
    :param file_bytes: of the largest file that may be written.
    """
    limits = {resource.RLIMIT_CORE: 0, resource.RLIMIT_FSIZE: file_bytes, resource.RLIMIT_AS: MEMORY_BYTES}
    for limit, most in limits.items():
        # The hard limit may be lower where this runs, and cannot be raised; it is left as it is, for readers that
        # start a process set others for that one.
        hard = resource.getrlimit(limit)[1]
        resource.setrlimit(limit, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
    # Interrupting a profile from a terminal is told to all its processes; this one ends with its channel.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What is ignored or held back where this process was started would be so here, and nothing would end it then.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGALRM})
    with socket.socket(fileno=descriptor) as channel:
        while True:
            try:
                channel.settimeout(_IDLE_SECONDS)
                request, file = receive(channel)
                channel.settimeout(None)
                if file is None:
                    return
                send(channel, answer(request, file))
            except ChannelClosed:
                return
