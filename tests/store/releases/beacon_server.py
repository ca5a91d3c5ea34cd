"""The demonstration beacon as the worker reaches it: a real server on loopback."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

from tests.store.releases.invented_draw import round_of


class BeaconServer:
    """Answers with the round that is asked for, or with nothing useful while it is down."""

    def __init__(self) -> None:
        self.is_down = False
        self.asked: list[int] = []

    async def __call__(self, scope: dict[str, Any], _receive: object, send: Callable[..., Awaitable[None]]) -> None:
        round_number = int(scope["path"].rsplit("/", 1)[1])
        self.asked.append(round_number)
        beacon = round_of(round_number)
        said = {"round": round_number, "randomness": beacon.randomness, "signature": beacon.signature}
        status = 503 if self.is_down else 200
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": json.dumps(said).encode()})


@asynccontextmanager
async def running_beacon() -> AsyncIterator[tuple[BeaconServer, str]]:
    """The beacon on a free port, and its address."""
    beacon = BeaconServer()
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(beacon, log_level="error", lifespan="off"))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield beacon, f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving
        listening.close()
