"""The connection itself: heads and silences are bounded before there is a request that anybody could judge.

uvicorn's httptools protocol bounds what waits between two requests and how much of a body is read ahead; it bounds
neither the head of a request, nor the time that it takes to come, nor a reader who does not read, nor the connections.
"""

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES_MAX = 32_768
HEADERS_MAX = 100
HEAD_SECONDS_MAX = 10.0
UNREAD_SECONDS_MAX = 30.0
CONNECTIONS_MAX = 10_000
HELD_BYTES_MAX = 65_536


def plain_answer(status: str, words: str, *, retry_after_seconds: int = 0) -> bytes:
    """A whole HTTP answer that closes its connection; Arabic and English in one line each."""
    body = words.encode()
    lines = [
        f"HTTP/1.1 {status}",
        "content-type: text/plain; charset=utf-8",
        f"content-length: {len(body)}",
        "cache-control: no-store",
        "connection: close",
        *([f"retry-after: {retry_after_seconds}"] if retry_after_seconds else []),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


HEAD_TOO_LARGE = plain_answer(
    "431 Request Header Fields Too Large",
    "ترويسة الطلب أكبر مما نقبل.\nThe head of the request is larger than we take.\n",
)
HEAD_TOO_SLOW = plain_answer("408 Request Timeout", "لم يصل الطلب في وقته.\nThe request did not come in time.\n")
NO_ROOM = plain_answer(
    "503 Service Unavailable",
    "الإقبال كبير في هذه اللحظة. حاول بعد ثوانٍ.\nVery many people are here. Try again in a few seconds.\n",
    retry_after_seconds=5,
)


class Together:
    """A transport that sends in one piece what is written in one turn of the loop: the head and the body of an answer.

    uvicorn writes them one after the other, and each would be a call of the system and a packet of its own.
    """

    __slots__ = ("_held", "_held_bytes", "_loop", "_transport")

    def __init__(self, transport: asyncio.Transport, *, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held: list[bytes] = []
        self._held_bytes = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if not self._held:
            self._loop.call_soon(self.flush)
        self._held.append(data)
        self._held_bytes += len(data)
        if self._held_bytes > HELD_BYTES_MAX:
            self.flush()

    def close(self) -> None:
        self.flush()
        self._transport.close()

    def flush(self) -> None:
        """Send what is held back, if anything."""
        held, self._held, self._held_bytes = self._held, [], 0
        # Who has gone meanwhile is sent nothing.
        if held and not self._transport.is_closing():
            self._transport.write(b"".join(held))


class Edge(HttpToolsProtocol):
    """One connection of a client who may be slow, large, silent or one of too many."""

    _head_bytes = 0
    _read_bytes = 0
    _is_head_open = False
    _is_cut = False
    _head_timer: asyncio.TimerHandle | None = None
    _unread_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(cast(asyncio.Transport, Together(transport, loop=self.loop)))
        if len(self.connections) > CONNECTIONS_MAX:
            self._cut(NO_ROOM)
        else:
            self._await_head()

    def data_received(self, data: bytes) -> None:
        if self._is_cut:
            return
        self._read_bytes = self._head_bytes + len(data)
        super().data_received(data)
        if self._is_head_open and not self._is_cut:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES_MAX:
                self._cut(HEAD_TOO_LARGE)
            elif self._head_timer is None:
                self._await_head()
        elif self._is_idle_without_a_timer():
            self._await_head()

    def on_message_begin(self) -> None:
        self._is_head_open = True
        self._head_bytes = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._is_head_open = False
        self._head_bytes = 0
        self._stop_awaiting_head()
        if len(self.headers) > HEADERS_MAX or self._is_head_large():
            self._cut(HEAD_TOO_LARGE)
            return
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if not self._is_cut:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if not self._is_cut:
            super().on_message_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread_timer = self.loop.call_later(UNREAD_SECONDS_MAX, self.transport.abort)

    def resume_writing(self) -> None:
        self._stop_awaiting_reader()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_awaiting_head()
        self._stop_awaiting_reader()
        super().connection_lost(exc)

    def _is_head_large(self) -> bool:
        # What was read since it began, and perhaps a little before, is mostly less than any head may be.
        if self._read_bytes <= HEAD_BYTES_MAX:
            return False
        return len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > HEAD_BYTES_MAX

    def _is_idle_without_a_timer(self) -> bool:
        """The answer is out, and what still comes is a body that nobody reads."""
        is_answered = self.cycle is not None and self.cycle.response_complete
        return is_answered and self.timeout_keep_alive_task is None and self._head_timer is None

    def _await_head(self) -> None:
        self._head_timer = self.loop.call_later(HEAD_SECONDS_MAX, self._head_is_late)

    def _head_is_late(self) -> None:
        self._head_timer = None
        if self._is_head_open:
            self._cut(HEAD_TOO_SLOW)
        else:
            self.transport.close()

    def _stop_awaiting_head(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _stop_awaiting_reader(self) -> None:
        if self._unread_timer is not None:
            self._unread_timer.cancel()
            self._unread_timer = None

    def _cut(self, answer: bytes) -> None:
        """Say why where nothing has been said, and close; what still comes is not read."""
        self._is_cut = True
        self._stop_awaiting_head()
        is_answering = self.cycle is not None and not self.cycle.response_complete
        if not is_answering:
            self.transport.write(answer)
        self.transport.close()


def edge_options() -> dict[str, Any]:
    """What uvicorn is told, so that the guard alone decides whose address a request has."""
    return {"http": Edge, "proxy_headers": False, "server_header": False, "timeout_keep_alive": 15, "backlog": 4096}
