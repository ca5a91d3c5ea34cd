"""A national ID that lies as it is told: a real server on loopback whose every answer a test can forge."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import time
from typing import Any
from urllib.parse import parse_qsl

from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from dawr.people.openid import code_challenge

CIVIL_NUMBER = "288020122596"


@dataclass(slots=True, kw_only=True)
class ForgingProvider:
    """What it will say next; `claims` go into the ID token, `header` decides how that is signed."""

    issuer: str = ""
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "k1"}))
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=lambda: {"alg": "ES256", "kid": "k1"})
    signer: ECKey | OctKey | None = None
    id_token: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    user_info: dict[str, Any] | str | None = None
    token_status: int = 200
    redeemed: list[dict[str, str]] = field(default_factory=list)

    def honest_claims(self, asked: dict[str, str]) -> dict[str, Any]:
        """What an honest provider would say to this request."""
        now = int(time())
        return {
            "iss": self.issuer,
            "sub": "subject-1",
            "aud": asked["client_id"],
            "exp": now + 300,
            "iat": now,
            "auth_time": now,
            "nonce": asked["nonce"],
            "acr": "http://eidas.europa.eu/LoA/substantial",
            "civil_number": CIVIL_NUMBER,
            "name_ar": "نورة سالم",
            "name": "Noura Salem",
        }

    def tokens(self) -> dict[str, Any]:
        signer = self.signer or self.key
        algorithms = [self.header["alg"]]
        token = self.id_token or jwt.encode(self.header, self.claims, signer, algorithms=algorithms)
        return {"id_token": token, "access_token": "a", "token_type": "Bearer"}

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/auth",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "userinfo_endpoint": f"{self.issuer}/me",
            "authorization_response_iss_parameter_supported": True,
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        } | self.metadata

    def proved_verifier(self, asked: dict[str, str]) -> bool:
        """Whether the last code was redeemed with the verifier of the request's challenge."""
        return code_challenge(self.redeemed[-1]["code_verifier"]) == asked["code_challenge"]


@contextmanager
def forging_provider() -> Iterator[ForgingProvider]:
    """A provider that listens until the end of the block."""
    provider = ForgingProvider()

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/jwks":
                return self.answer({"keys": [provider.key.as_dict(private=False), {"kty": "oct", "k": "AAAA"}]})
            if self.path == "/me":
                return self.answer(provider.user_info)
            return self.answer(provider.discovery())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            provider.redeemed.append(dict(parse_qsl(body)))
            if provider.token_status != 200:
                return self.answer({"error": "invalid_grant"}, status=provider.token_status)
            return self.answer(provider.tokens())

        def answer(self, said: object, *, status: int = 200) -> None:
            is_token = isinstance(said, str)
            self.send_response(status)
            self.send_header("content-type", "application/jwt" if is_token else "application/json")
            self.end_headers()
            self.wfile.write(said.encode() if isinstance(said, str) else json.dumps(said).encode())

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
            """Nothing: the tests' own output is enough."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
