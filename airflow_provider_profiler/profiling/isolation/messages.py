"""Messages between a process and the one that reads for it: a length, then JSON, over a pair of sockets."""

import json
import socket
import struct
from typing import Any

_LENGTH = struct.Struct("!Q")
#: A document's facts hold its text, which an option bounds; more than this is no answer.
_LONGEST = 4 * 1024**3


class ChannelClosed(Exception):
    """The other side is gone."""


def send(channel: socket.socket, message: dict[str, Any], descriptor: int | None = None) -> None:
    """Send a message.

    :param descriptor: an open file that the other side gets too.
    :raises ChannelClosed: when there is nobody to take it.
    """
    body = json.dumps(message, allow_nan=False).encode()
    head = _LENGTH.pack(len(body))
    try:
        if descriptor is None:
            channel.sendall(head)
        else:
            # Ancillary data go with the bytes that they were sent with, and eight bytes are never parted.
            socket.send_fds(channel, [head], [descriptor])
        channel.sendall(body)
    except OSError as error:
        raise ChannelClosed from error


def receive(channel: socket.socket) -> tuple[dict[str, Any], int | None]:
    """Wait for a message, and the open file that may come with it.

    :raises ChannelClosed: when the other side ended before a whole message came.
    """
    try:
        head, descriptors, _, _ = socket.recv_fds(channel, _LENGTH.size, 1)
    except OSError as error:
        raise ChannelClosed from error
    if len(head) < _LENGTH.size:
        raise ChannelClosed
    (length,) = _LENGTH.unpack(head)
    if length > _LONGEST:
        raise ChannelClosed
    message: dict[str, Any] = json.loads(_exactly(channel, length))
    return message, descriptors[0] if descriptors else None


def _exactly(channel: socket.socket, length: int) -> bytearray:
    body = bytearray()
    while len(body) < length:
        try:
            part = channel.recv(min(length - len(body), 1024 * 1024))
        except OSError as error:
            raise ChannelClosed from error
        if not part:
            raise ChannelClosed
        body += part
    return body
