"""Processes that live and die with the one that started them."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from dawr.kernel.refusal import Refusal

START_SECONDS_MAX = 60
STOP_SECONDS_MAX = 15


class PortBusy(Refusal):
    """Something else listens there already."""

    code = "demo.port_busy"


class ProcessFailed(Refusal):
    """A process ended or never answered; `log` is where it wrote why."""

    code = "demo.process_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What to run, and the address that answers once it works ("" where there is none)."""

    name: str
    command: Sequence[str]
    answers_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    program: Program
    process: subprocess.Popen[bytes]
    log: Path


def require_free(ports: Sequence[int]) -> None:
    """Refuses while any of the loopback ports is taken."""
    for port in ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as error:
                raise PortBusy(port=port) from error


@contextmanager
def running(programs: Sequence[Program], *, logs: Path, environment: Mapping[str, str]) -> Iterator[list[Running]]:
    """All programs, answering; stopped in the opposite order at the end, whatever happens."""
    logs.mkdir(parents=True, exist_ok=True)
    started: list[Running] = []
    try:
        started.extend(_start(program, logs=logs, environment=environment) for program in programs)
        for each in started:
            _wait_until_it_answers(each)
        yield started
    finally:
        for each in reversed(started):
            _stop(each)


def ended(started: Sequence[Running]) -> Running | None:
    """The first of them that is not running any more."""
    return next((each for each in started if each.process.poll() is not None), None)


def _start(program: Program, *, logs: Path, environment: Mapping[str, str]) -> Running:
    # A signal to the terminal's whole group must not reach them: they are stopped one by one, in order.
    dies_with_us = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
    log = logs / f"{program.name}.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*dies_with_us, *program.command],
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
            env={**os.environ, **environment},
            start_new_session=True,
        )
    return Running(program=program, process=process, log=log)


def _wait_until_it_answers(running: Running) -> None:
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline and running.process.poll() is None:
        if not running.program.answers_at or _answers(running.program.answers_at):
            return
        time.sleep(0.05)
    raise ProcessFailed(name=running.program.name, log=running.log)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).status_code < 500
    except httpx.HTTPError:
        return False


def _stop(running: Running) -> None:
    if running.process.poll() is None:
        running.process.send_signal(signal.SIGTERM)
        try:
            running.process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            running.process.kill()
            running.process.wait()
