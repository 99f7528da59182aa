"""A server of published keys."""

import base64
import http.server
import json
import threading

import jwt

from tests.contract.service.tokens import KEYS, SECRET


class KeyServer(http.server.ThreadingHTTPServer):
    """Serves a key set; counts how often, and can be made slow or broken."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _KeyHandler)
        self.fetched = 0
        self.working = True
        self.body: bytes | None = None
        self.go_on = threading.Event()
        self.go_on.set()
        self.asked = threading.Event()
        self.keys = []
        for name, algorithm in (("rsa-1", "RS256"), ("ec-1", "ES256")):
            to_jwk = jwt.get_algorithm_by_name(algorithm).to_jwk
            key = to_jwk(KEYS[algorithm].public_key(), as_dict=True)
            self.keys.append({**key, "kid": name, "use": "sig", "alg": algorithm})
        octets = base64.urlsafe_b64encode(SECRET.encode()).rstrip(b"=").decode()
        self.keys.append({"kty": "oct", "kid": "shared", "k": octets, "alg": "HS256", "use": "sig"})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/jwks.json"


class _KeyHandler(http.server.BaseHTTPRequestHandler):
    server: KeyServer

    def do_GET(self) -> None:
        self.server.fetched += 1
        self.server.asked.set()
        self.server.go_on.wait(30)
        body = json.dumps({"keys": self.server.keys}).encode() if self.server.body is None else self.server.body
        self.send_response(200 if self.server.working else 500)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args) -> None:
        pass
