"""The guard as an ASGI application around another one: each request is counted once, and watched until its answer."""

import asyncio
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import cast

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPReceiveMessage, HTTPScope, HTTPSendMessage, Receive, Scope, Send

from dawr.settings import Settings
from dawr.web.flood.addresses import Addresses, Proxies
from dawr.web.flood.answers import Answer, Answers
from dawr.web.flood.deadlines import Deadlines
from dawr.web.flood.guard import Asking, FloodGuard, Kind
from dawr.web.flood.pressure import Pressure
from dawr.web.flood.proofs import Proofs
from dawr.web.flood.reading import Reading, read_headers
from dawr.web.metrics import observe_refused, observe_request
from dawr.web.often import Often
from dawr.web.session import Visitor, session_reader, visitor_from

BODY_SECONDS_MAX = 10.0
ANSWER_SECONDS_MAX = 30.0
SLOW_SECONDS = 1.0
UNROUTED = "unrouted"

OPEN_TO_ALL = ("/static/", "/healthz", "/metrics")
"""Answered whatever happens: they cost next to nothing, and who watches us must see us under pressure."""

UNWATCHED = "/tips"
"""Where people tell what they saw: no line tells when, and the figures do not tell which of its pages."""
TOLD_WHEN_REFUSED = re.compile(r"/refused/.+/paid")
"""Where a refused visitor tells the same; it counts as one of those pages."""

log = structlog.get_logger("dawr.requests")


class Flood:
    """What one web process holds against a flood, made from its settings; `clock` tells Unix seconds."""

    def __init__(self, settings: Settings, *, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.monotonic = time.monotonic
        self.pressure = Pressure()
        self.guard = FloodGuard(pressure=self.pressure, addresses=Addresses(carriers=settings.carrier_ranges))
        self.proofs = Proofs(settings)
        self.proxies = Proxies(settings.trusted_proxies)
        self.answers = Answers(settings)
        self.read_session = session_reader(settings)
        self.often = Often()
        self.deadlines = Deadlines()


def guarded(app: ASGIApp, *, flood: Flood) -> ASGIApp:
    """`app` behind the guard; what that has read is left in `scope["dawr.visitor"]` and `scope["dawr.reading"]`."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await app(scope, receive, send)
            return
        began = flood.monotonic()
        passage = _Passage(scope, receive=receive, send=send, flood=flood)
        if scope["path"].startswith(OPEN_TO_ALL):
            await app(scope, receive, cast(Send, passage.send))
        else:
            await _admit(app, passage, flood=flood, began=began)
        _observe(scope, status=passage.status, began=began, flood=flood)

    return application


async def _admit(app: ASGIApp, passage: "_Passage", *, flood: Flood, began: float) -> None:
    scope = passage.scope
    now = datetime.fromtimestamp(flood.clock(), UTC)
    reading = read_headers(scope["headers"])
    visitor = visitor_from(flood.read_session(reading.session) if reading.session else {}, now=now)
    cast(dict[str, object], scope).update({"dawr.visitor": visitor, "dawr.reading": reading})
    asking = _asking(scope, reading, visitor=visitor, flood=flood, now=now)
    admission = flood.guard.admit(asking, at=began)
    wants_page = b"application/json" not in reading.accept and not scope["path"].startswith("/api/")
    if admission.refused_by is not None:
        observe_refused(admission.refused_by)
        await passage.answer(
            flood.answers.refused(
                admission,
                wanted=_wanted(scope),
                wants_page=wants_page,
                language=visitor.language,
                at=int(now.timestamp()),
            )
        )
        return
    if not await passage.served_in_time(app, has_body=reading.has_body):
        await passage.answer(
            flood.answers.too_slow()
            if passage.is_body_awaited
            else flood.answers.busy(wants_page=wants_page, language=visitor.language)
        )


def _asking(scope: HTTPScope, reading: Reading, *, visitor: Visitor, flood: Flood, now: datetime) -> Asking:
    """Who asks, as far as the peer, our own proxies and a sealed cookie say."""
    client = scope.get("client")
    address = flood.proxies.client(
        client[0] if client else "", forwarded_for=reading.forwarded_for, real_ip=reading.real_ip
    )
    kind = kind_of(scope["method"], scope["path"])
    if visitor.person_id is not None and visitor.authenticated_at is not None:
        person = visitor.person_id.bytes
        session = person + int(visitor.authenticated_at.timestamp()).to_bytes(8, "big")
        return Asking(address=address, session=session, person=person, kind=kind)
    proof = flood.proofs.pass_name(reading.earned, at=int(now.timestamp())) if reading.earned else None
    return Asking(address=address, kind=kind, proof=proof)


def kind_of(method: str, path: str) -> Kind:
    """What a request costs, and whether it is on the way round."""
    if path.startswith("/sign-in"):
        return "sign_in"
    if path.startswith("/proof"):
        return "proof"
    if path.startswith(("/status", "/readyz")):
        return "status"
    return "read" if method in ("GET", "HEAD") else "write"


def _wanted(scope: HTTPScope) -> str:
    """Where to go on once the wait is over; what was posted has to be sent again from its page."""
    if scope["method"] != "GET":
        return "/"
    query = scope["query_string"].decode("latin-1")
    return scope["raw_path"].decode("latin-1") + (f"?{query}" if query else "")


def _observe(scope: HTTPScope, *, status: int, began: float, flood: Flood) -> None:
    at = flood.monotonic()
    route, method, seconds = scope.get("path_template", UNROUTED), scope["method"], at - began
    if route.startswith(UNWATCHED) or TOLD_WHEN_REFUSED.fullmatch(route):
        route = UNWATCHED
    observe_request(route, method=method, status=status, seconds=seconds)
    is_hot, is_turned_away = route.startswith("/api/"), status == 429 or status >= 500
    if route == UNWATCHED and status < 500:
        return
    # What is many and went well is in the metrics; a line for each would cost as much as the answer.
    if is_hot and not is_turned_away and seconds <= SLOW_SECONDS:
        return
    if times := flood.often.times((route, status), at=at) if is_hot or is_turned_away else 1:
        milliseconds = round(seconds * 1000, 1)
        log.info("request", method=method, route=route, status=status, milliseconds=milliseconds, times=times)


class _Passage:
    """One request on its way: what was answered, and how long its body and its answer may take."""

    __slots__ = (
        *("_deadlines", "_is_entered", "_is_late", "_pressure", "_receive", "_send", "_task"),
        *("is_body_awaited", "scope", "status"),
    )

    def __init__(self, scope: HTTPScope, *, receive: Receive, send: Send, flood: Flood) -> None:
        self.scope = scope
        self.status = 0
        self.is_body_awaited = False
        self._receive = receive
        self._send = send
        self._pressure = flood.pressure
        self._deadlines = flood.deadlines
        self._is_entered = False
        self._is_late = False
        self._task: asyncio.Task[object] | None = None

    async def served_in_time(self, app: ASGIApp, *, has_body: bool) -> bool:
        """Whether `app` began its answer in time; a body has its own seconds, and presses nobody until it is here."""
        self._task = asyncio.current_task()
        self.is_body_awaited = has_body
        if not has_body:
            self._enter()
        self._deadlines.allow(self._give_up, seconds=BODY_SECONDS_MAX if has_body else ANSWER_SECONDS_MAX)
        try:
            await app(self.scope, cast(Receive, self.receive), cast(Send, self.send))
        except asyncio.CancelledError:
            if not self._is_late or self._task is None or self._task.uncancel():
                raise
            return False
        finally:
            self._leave()
            self._deadlines.forget(self._give_up)
        return True

    async def receive(self) -> HTTPReceiveMessage:
        message = cast(HTTPReceiveMessage, await self._receive())
        if self.is_body_awaited and not message.get("more_body"):
            self.is_body_awaited = False
            self._enter()
            self._deadlines.allow(self._give_up, seconds=ANSWER_SECONDS_MAX)
        return message

    async def send(self, message: HTTPSendMessage) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self._leave()
            self._deadlines.forget(self._give_up)
        await self._send(message)

    async def answer(self, answer: Answer) -> None:
        self.status = answer.status
        body = b"" if self.scope["method"] == "HEAD" else answer.body
        await self._send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        await self._send({"type": "http.response.body", "body": body, "more_body": False})

    def _enter(self) -> None:
        self._is_entered = True
        self._pressure.enter()

    def _leave(self) -> None:
        if self._is_entered:
            self._is_entered = False
            self._pressure.leave()

    def _give_up(self) -> None:
        if self._task is not None:
            self._is_late = True
            self._task.cancel()
