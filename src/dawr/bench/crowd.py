"""People who do not exist, signed in as the site itself would sign them in, and the requests that they send."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from litestar.middleware.csrf import generate_csrf_token
from litestar.middleware.session.client_side import ClientSideSessionBackend

from dawr.kernel.identifiers import PersonId
from dawr.people.model import Assurance
from dawr.settings import Settings
from dawr.web.session import session_config

FIRST = 0xDA << 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Browser:
    """One signed-in person's cookies, and the HTTP/1.1 requests that are sent with them."""

    person_id: PersonId
    cookies: str
    token: str

    def get(self, path: str, *headers: str) -> bytes:
        """A request to read."""
        return _written(f"GET {path} HTTP/1.1", "Host: localhost", f"Cookie: {self.cookies}", *headers)

    def post(self, path: str, *headers: str, body: bytes = b"") -> bytes:
        """A request to act; without another key, the person is the key by which a second one is the same."""
        if not any(header.startswith("Idempotency-Key:") for header in headers):
            headers = (*headers, f"Idempotency-Key: {self.person_id}")
        return (
            _written(
                f"POST {path} HTTP/1.1",
                "Host: localhost",
                f"Cookie: {self.cookies}",
                f"X-CSRFToken: {self.token}",
                *headers,
                "Content-Type: application/json",
                f"Content-Length: {len(body)}",
            )
            + body
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """Makes signed-in people; `signed_in_at` is when all of them did."""

    settings: Settings
    signed_in_at: datetime

    def browsers(self, people: Iterator[PersonId]) -> Iterator[Browser]:
        """Each person's own."""
        backend = ClientSideSessionBackend(config=session_config(self.settings))
        token = generate_csrf_token(self.settings.key_for("csrf").hex())
        at = int(self.signed_in_at.timestamp())
        for person_id in people:
            session = {"person": str(person_id), "at": at, "assurance": int(Assurance.SUBSTANTIAL)}
            cookie = b"".join(backend.dump_data(session)).decode()
            yield Browser(person_id=person_id, cookies=f"dawr={cookie}; csrftoken={token}", token=token)

    def requests(
        self,
        method: str,
        path: str,
        *,
        people: Iterator[PersonId],
        bodies: Iterator[Mapping[str, object]] | None = None,
    ) -> list[bytes]:
        """One prepared request per person, as his browser would send it."""
        return [
            browser.get(path)
            if method == "GET"
            else browser.post(path, body=json.dumps(next(bodies)).encode() if bodies else b"")
            for browser in self.browsers(people)
        ]


def people(first: int, count: int) -> Iterator[PersonId]:
    """The invented people number `first` and the `count - 1` after him."""
    return (PersonId(UUID(int=FIRST + number)) for number in range(first, first + count))


def _written(*lines: str) -> bytes:
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
