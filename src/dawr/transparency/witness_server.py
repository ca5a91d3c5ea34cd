"""A witness as a process of its own: its key file, its state file, one HTTP route."""

import asyncio
import fcntl
import json
import os
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import datetime
from pathlib import Path
from typing import Any

import uvicorn

from dawr.kernel.signing import SigningKey
from dawr.transparency.model import WitnessRunning
from dawr.transparency.note import VerifierKey, witness_key
from dawr.transparency.witness import NOTHING, REQUEST_BYTES_MAX, Remembered, Verdict, judge

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Clock = Callable[[], datetime]


def serve_witness(*, port: int, folder: Path, log_vkey: str, name: str, clock: Clock, host: str = "127.0.0.1") -> None:
    """Run one witness of one log until the process is told to stop; refuses a folder that another witness is using."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise WitnessRunning(folder=folder) from error
        application = witness_app(folder=folder, log=VerifierKey.parse(log_vkey), name=name, clock=clock)
        uvicorn.run(application, host=host, port=port, log_level="warning", access_log=False, lifespan="off")


def witness_vkey(folder: Path, name: str) -> str:
    """The verifier key of the witness whose files lie in `folder`; its key is made on first use."""
    return str(witness_key(name, key=_signing_key(folder)))


def witness_app(*, folder: Path, log: VerifierKey, name: str, clock: Clock) -> Application:
    """The ASGI application of one witness; one request at a time, so that check and record are one step."""
    key = _signing_key(folder)
    lock = asyncio.Lock()

    async def answer(scope: Scope, receive: Receive) -> Verdict:
        if scope["path"] != "/add-checkpoint":
            return Verdict(status=404, body="POST /add-checkpoint\n")
        if scope["method"] != "POST":
            return Verdict(status=405, body="POST /add-checkpoint\n")
        body = await _body(receive)
        if body is None:
            return Verdict(status=413, body="the request is too long\n")
        async with lock:
            remembered = read_state(folder)
            text = body.decode("utf-8", errors="replace")
            verdict = judge(text, remembered=remembered, log=log, name=name, key=key, now=clock())
            if verdict.remember not in (None, remembered):
                assert verdict.remember is not None
                write_state(folder, verdict.remember)
        return verdict

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http", "served with lifespan off"
        await _send(send, await answer(scope, receive))

    return application


def read_state(folder: Path) -> Remembered:
    """What the witness cosigned last; a state file that cannot be read stops it, since guessing would fork the log."""
    file = folder / "state.json"
    if not file.exists():
        return NOTHING
    state = json.loads(file.read_text())
    return Remembered(size=state["size"], root=bytes.fromhex(state["root"]))


def write_state(folder: Path, remembered: Remembered) -> None:
    """On disk, whole or not at all, before anybody is told."""
    _write_durably(folder / "state.json", json.dumps({"size": remembered.size, "root": remembered.root.hex()}).encode())


def _signing_key(folder: Path) -> SigningKey:
    file = folder / "key"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_durably(file, secrets.token_hex(32).encode())
    return SigningKey.from_seed(bytes.fromhex(file.read_text()))


def _write_durably(file: Path, content: bytes) -> None:
    aside = file.with_suffix(".new")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(descriptor)
    aside.replace(file)
    parent = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(parent)
    finally:
        os.close(parent)


async def _body(receive: Receive) -> bytes | None:
    body: bytes = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return b""
        body += message.get("body", b"")
        if len(body) > REQUEST_BYTES_MAX:
            return None
        if not message.get("more_body", False):
            return body


async def _send(send: Send, verdict: Verdict) -> None:
    headers = [(b"content-type", verdict.content_type.encode())]
    await send({"type": "http.response.start", "status": verdict.status, "headers": headers})
    await send({"type": "http.response.body", "body": verdict.body.encode()})
