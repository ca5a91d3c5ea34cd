"""`dawr demo` in a folder and on ports of its own."""

import os
import queue
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast
from urllib.parse import quote

import httpx
from playwright.sync_api import Page

from tests import database_folder

READY = "Dawr is ready"
READY_SECONDS_MAX = 180
STOP_SECONDS_MAX = 30
PAUSE_SECONDS = 0.5
PORTS_IN_A_ROW = 8
LAST_LINES = 40


@dataclass(slots=True, kw_only=True)
class Demonstration:
    """A demonstration: where it is, its process, and what it printed to whoever started it last."""

    port: int
    data_dir: Path
    printed: str = ""
    process: subprocess.Popen[str] = field(init=False)
    _reader: threading.Thread = field(init=False)
    _unread: "queue.Queue[str]" = field(default_factory=queue.Queue)

    @property
    def address(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def links(self) -> list[str]:
        """Every address that the newcomer was offered."""
        return re.findall(r"https?://[^\s\x1b]+", self.printed)

    @property
    def environment(self) -> dict[str, str]:
        own = {"DAWR_PORT": str(self.port), "DAWR_DATA_DIR": str(self.data_dir), "NO_COLOR": "1", "COLUMNS": "200"}
        return os.environ | own

    def start(self) -> None:
        """As a newcomer does it; returns when it has said that it is ready, and everything that it says then."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "dawr", "demo"],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        self._reader = threading.Thread(target=_read_away, args=(self.process.stdout, self._unread), daemon=True)
        self._reader.start()
        self.printed = _wait_until_ready(self.process, lines=self._unread)
        httpx.get(f"{self.address}/readyz").raise_for_status()

    def last_words(self) -> str:
        """What it printed after it was ready."""
        return "".join(self._unread.queue)

    def stop(self, with_signal: signal.Signals = signal.SIGINT) -> int:
        """Its exit code, once it is gone."""
        self.process.send_signal(with_signal)
        try:
            return self.process.wait(timeout=STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()
        finally:
            self._reader.join()
            cast(IO[str], self.process.stdout).close()


@contextmanager
def running_demonstration() -> Iterator[Demonstration]:
    """A new one, stopped at the end as Ctrl-C does it."""
    with database_folder("dawr-demo-") as folder:
        demonstration = Demonstration(port=free_ports(), data_dir=folder)
        try:
            demonstration.start()
            yield demonstration
        finally:
            died = demonstration.process.poll() is not None
            demonstration.stop()
        if died:
            raise RuntimeError(f"the demonstration stopped by itself:\n{demonstration.last_words()}")


def sign_in(page: Page, *, person: str, path: str = "/", assurance: str = "low") -> None:
    """Through the national ID as `person` of the demonstration, and on to `path`."""
    page.goto(f"/sign-in?as={quote(person)}&assurance={assurance}&next={quote(path)}")
    page.locator("button[name=person]").click()
    page.locator(".wordmark").wait_for()


def log_size(demonstration: Demonstration) -> int:
    """How many entries the public log shows."""
    checkpoint = httpx.get(f"{demonstration.address}/log/checkpoint").raise_for_status().text
    return int(checkpoint.splitlines()[1])


def free_ports() -> int:
    """The first of a few free ports in a row; where the search begins is chance, for two may search at once."""
    rows = range(20_000, 30_000, PORTS_IN_A_ROW)
    for first in random.sample(rows, len(rows)):
        with ExitStack() as sockets:
            try:
                for port in range(first, first + PORTS_IN_A_ROW):
                    sockets.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
        return first
    raise RuntimeError("no free ports between 20000 and 30000")


def _wait_until_ready(process: subprocess.Popen[str], *, lines: "queue.Queue[str]") -> str:
    """What was printed up to the first pause after the ready line."""
    printed: list[str] = []
    deadline = time.monotonic() + READY_SECONDS_MAX
    is_ready = False
    while True:
        try:
            line = lines.get(timeout=PAUSE_SECONDS)
        except queue.Empty:
            if is_ready:
                return "".join(printed)
            if process.poll() is not None or time.monotonic() > deadline:
                last = "".join(printed[-LAST_LINES:])
                raise RuntimeError(f"the demonstration did not become ready:\n{last}") from None
        else:
            printed.append(line)
            is_ready = is_ready or line.lstrip().startswith(READY)


def _read_away(stream: IO[str], lines: "queue.Queue[str]") -> None:
    """Every line as it comes, to the end, so that the pipe never fills."""
    for line in stream:
        lines.put(line)
