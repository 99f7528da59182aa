"""A receiver of webhooks on loopback: it remembers what it got and answers what it is told to."""

import json
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.loopback_server import serving

PATIENCE = 20.0


@dataclass(frozen=True)
class Received:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        return json.loads(self.body)


@dataclass
class Receiver:
    """``answers`` are used up one by one, then it is 204; what came is in ``received``, in order."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    location: str = ""
    got: list[Received] = field(default_factory=list)
    received: "queue.Queue[Received]" = field(default_factory=queue.Queue)
    arrived: threading.Event = field(default_factory=threading.Event)
    open: threading.Event = field(default_factory=threading.Event)
    """Cleared, it lets whoever sends something wait for an answer."""

    def __post_init__(self) -> None:
        self.open.set()

    def next(self) -> Received:
        return self.received.get(timeout=PATIENCE)

    def take(self, count: int) -> list[Received]:
        return [self.next() for _ in range(count)]


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for the loopback address that vouches for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "receiver")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(Encoding.PEM))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return certificate, private


@contextmanager
def receiving(certificate: tuple[Path, Path] | None = None) -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.arrived.set()
            assert receiver.open.wait(PATIENCE)
            status = receiver.answers.pop(0) if receiver.answers else 204
            found = Received(self.path, dict(self.headers.items()), body)
            receiver.got.append(found)
            self.send_response(status)
            if receiver.location:
                self.send_header("Location", receiver.location)
            self.send_header("Content-Length", "0")
            receiver.received.put(found)  # before the answer, which nobody may be there to take any more
            self.end_headers()

        do_GET = do_POST

        def log_message(self, *arguments: object) -> None:
            pass

    with serving(Handler, certificate) as port:
        receiver.url = f"{'https' if certificate else 'http'}://127.0.0.1:{port}"
        try:
            yield receiver
        finally:
            receiver.open.set()
