"""The door of opening time: a few routes answered before the framework, everything else handed to it.

Where thousands of people a second enter, routing, sessions and hooks of the framework would cost more than the work
itself (docs/decisions/0006-hot-routes-before-the-framework.md). The rules are the same here and there: the same sealed
session, the same CSRF token, the same headers, the same refusals.
"""

import hmac
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, TypeVar, cast

import msgspec
import structlog
from litestar.datastructures import State
from litestar.enums import ScopeType
from litestar.middleware.csrf import CSRF_SECRET_LENGTH, generate_csrf_hash
from litestar.types import ASGIApp, Receive, Scope, Send

from dawr.db.batcher import CONNECTION_LOST
from dawr.kernel.refusal import Malformed, Refusal
from dawr.settings import Settings
from dawr.web.address import plain_part
from dawr.web.errors import CsrfFailed, TooLarge, Unavailable, Unexpected
from dawr.web.flood.reading import Reading, read_headers
from dawr.web.headers import security_headers
from dawr.web.language import next_step, sentence
from dawr.web.often import Often
from dawr.web.session import Visitor, session_reader, visitor_from

PREFIX = "/api/v1/"
BODY_BYTES_MAX = 10_000
KEY_LENGTH_MAX = 64

log = structlog.get_logger(__name__)

Read = TypeVar("Read")
Made = TypeVar("Made")


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One request to a hot route: who asks, the parts of the address between the noun and the verb, and the body.

    `asked_key` (16 bytes) is the same for the same request sent again; a new one where the caller gave none, and
    empty where nothing but a look is asked for.
    """

    visitor: Visitor
    parts: tuple[str, ...]
    body: bytes
    asked_key: bytes
    now: datetime

    def read(self, shape: "msgspec.json.Decoder[Read]") -> Read:
        """The body as `shape`; refuses anything else."""
        try:
            return shape.decode(self.body or b"{}")
        except msgspec.DecodeError as wrong:
            raise Malformed(reason=str(wrong)) from wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class HotRoute:
    """One route of the JSON API: `PREFIX noun / three parts / verb`, and what its documentation says."""

    method: str
    noun: str
    verb: str
    answer: Callable[[Call], Awaitable[msgspec.Struct]]
    summary: str
    asks: type[msgspec.Struct] | None
    answers: type[msgspec.Struct]
    refusals: tuple[type[Refusal], ...]
    status: int = 200

    @property
    def path(self) -> str:
        return f"{PREFIX}{self.noun}/{{authority}}/{{service}}/{{day}}/{self.verb}"


class Door:
    """An ASGI application around another one."""

    def __init__(self, app: ASGIApp, *, routes: Sequence[HotRoute], settings: Settings) -> None:
        self._app = app
        self._routes = {(route.method, route.noun, route.verb): route for route in routes}
        self._read_session = session_reader(settings)
        self._csrf_secret = settings.key_for("csrf").hex()
        self._lost = Often()
        self._headers = [
            (name.lower().encode(), value.encode()) for name, value in security_headers(settings).items()
        ] + [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or not scope["path"].startswith(PREFIX):
            await self._app(scope, receive, send)
            return
        parts = scope["path"].split("/")
        route = self._routes.get((scope["method"], parts[3], parts[-1])) if len(parts) == 8 else None
        if route is None:
            await self._app(scope, receive, send)
            return
        scope["path_template"] = route.path
        status, body = await self._answer(route, parts=tuple(parts[4:-1]), scope=scope, receive=receive)
        await self._send(send, status=status, body=body)

    async def _answer(
        self, route: HotRoute, *, parts: tuple[str, ...], scope: Scope, receive: Receive
    ) -> tuple[int, bytes]:
        language = "ar"
        try:
            asked = cast(Reading | None, scope.get("dawr.reading")) or read_headers(scope["headers"])
            now = datetime.now(UTC)
            visitor = self._visitor(scope, asked, now=now)
            language = visitor.language
            visitor.require_person()
            body, key = b"", b""
            if route.method != "GET":
                self._require_csrf(asked)
                body, key = await _body(receive), asked_key(asked.key)
            call = Call(visitor=visitor, parts=tuple(map(plain_part, parts)), body=body, asked_key=key, now=now)
            return route.status, msgspec.json.encode(await route.answer(call))
        except Refusal as refusal:
            return refusal.status, problem(refusal, language=language)
        except CONNECTION_LOST as lost:
            if times := self._lost.times(route.path, at=time.monotonic()):
                reason = str(lost).splitlines()[:1]
                log.warning("database.unavailable", reason=reason, route=route.path, times=times)
            return Unavailable.status, problem(Unavailable(), language=language)
        except Exception:
            # The edge of the API, as answer_bug is the edge of the pages.
            reference = secrets.token_hex(4)
            log.exception("bug", reference=reference, route=route.path)
            return Unexpected.status, problem(Unexpected(reference=reference), language=language)

    def _visitor(self, scope: Scope, asked: Reading, *, now: datetime) -> Visitor:
        """Whom the flood guard has read already, or whom the cookie tells of."""
        known = scope.get("dawr.visitor")
        return known if isinstance(known, Visitor) else visitor_from(self._read_session(asked.session), now=now)

    def _require_csrf(self, asked: Reading) -> None:
        """The token of the header is the cookie's, and was made by us; as the framework checks it for the pages."""
        if not asked.csrf_header or not hmac.compare_digest(asked.csrf_header, asked.csrf_cookie):
            raise CsrfFailed
        token = asked.csrf_header.decode("latin-1")
        signed = generate_csrf_hash(token=token[:CSRF_SECRET_LENGTH], secret=self._csrf_secret)
        if not hmac.compare_digest(token[CSRF_SECRET_LENGTH:].encode(), signed.encode()):
            raise CsrfFailed

    async def _send(self, send: Send, *, status: int, body: bytes) -> None:
        headers = [*self._headers, (b"content-length", b"%d" % len(body))]
        if status in (429, 503):
            headers.append((b"retry-after", b"2"))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})


def once_per_application(state: State, name: str, *, make: Callable[[State], Made]) -> Made:
    """What `make` makes of an application's state, made when it is first asked for and kept there."""
    if name not in state:
        state[name] = make(state)
    return cast(Made, state[name])


async def _body(receive: Receive) -> bytes:
    """The whole body; refuses one that is too large. One that comes too slowly is cut by the flood guard."""
    held, has_more = b"", True
    while has_more:
        message = await receive()
        if message["type"] != "http.request":
            raise Malformed(reason="the caller went away")
        held = _bounded(held + message["body"])
        has_more = message["more_body"]
    return held


def _bounded(body: bytes) -> bytes:
    if len(body) > BODY_BYTES_MAX:
        raise TooLarge
    return body


def asked_key(given: bytes) -> bytes:
    """16 bytes for an Idempotency-Key of up to 64 characters; of their own for a request without one."""
    if not given:
        return secrets.token_bytes(16)
    if len(given) > KEY_LENGTH_MAX:
        raise Malformed(reason=f"an Idempotency-Key has at most {KEY_LENGTH_MAX} characters")
    return blake2b(given, digest_size=16).digest()


def problem(refusal: Refusal, *, language: Any) -> bytes:
    """A refusal as problem details (RFC 9457): `type` is the stable code, `detail` what to do next."""
    said: Mapping[str, object] = {
        "type": refusal.code,
        "title": sentence(refusal, language=language),
        "detail": next_step(refusal, language=language),
        "status": refusal.status,
    }
    return msgspec.json.encode(said)
