"""`dawr demo`: install nothing, start everything, say what to try, stop everything."""

import asyncio
import os
import shutil
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from rich.console import Console

from dawr.db.embedded import running_server
from dawr.db.migrate import migrate
from dawr.demo.country import seed
from dawr.demo.national_id import invented_people
from dawr.demo.processes import ProcessFailed, Running, ended, require_free, running
from dawr.demo.site import demonstration_environment, ports, programs
from dawr.kernel.refusal import Refusal
from dawr.settings import Settings, read_settings

DISK_BYTES_MIN = 400_000_000
OURS = ("pg", "secrets", "beacon", "witnesses", "logs")
WATCH_SECONDS = 0.5

WHERE_TO_BEGIN = {
    "citizen": "/draws",
    "guard": "/gate",
    "clerk": "/counter",
    "branch-head": "/staff",
    "authority": "/staff/quota",
    "authority-syria": "/staff/quota",
    "operator": "/staff",
    "investigator": "/tips/inbox",
    "inspector": "/tips/inbox",
    "auditor": "/log",
}


class DiskFull(Refusal):
    """Too little room for a database."""

    code = "demo.disk_full"


def run_demo(*, is_reset: bool, console: Console) -> int:
    """Run the demonstration until Ctrl-C or SIGTERM; refuses busy ports and a full disk before it touches anything."""
    settings = read_settings()
    require_free(list(ports(settings.port).values()))
    if is_reset:
        forget(settings.data_dir)
    require_room(settings.data_dir)
    began = time.monotonic()
    try:
        with _stoppable(), _database(settings, console=console) as url:
            console.print("Bringing the database to this version ...")
            asyncio.run(migrate(url))
            environment = demonstration_environment(port=settings.port, data_dir=settings.data_dir, database_url=url)
            there = read_settings({**os.environ, **environment})
            console.print("Starting the web, the worker, the national ID, the beacon and two witnesses ...")
            with running(programs(there), logs=settings.data_dir / "logs", environment=environment) as started:
                asyncio.run(seed(there, console=console))
                _welcome(there, console=console, seconds=time.monotonic() - began)
                _watch(started)
    except KeyboardInterrupt:
        console.print("\nStopped. What happened is kept; make demo-reset begins anew.")
    return 0


def forget(data_dir: Path) -> None:
    """Remove what a demonstration made, and nothing else in that folder."""
    for name in OURS:
        shutil.rmtree(data_dir / name, ignore_errors=True)


def require_room(data_dir: Path, *, bytes_min: int = DISK_BYTES_MIN) -> None:
    """Refuses a folder whose disk has less than `bytes_min` left."""
    data_dir.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(data_dir).free
    if free < bytes_min:
        raise DiskFull(folder=data_dir, free_mb=free // 1_000_000, needed_mb=bytes_min // 1_000_000)


@contextmanager
def _database(settings: Settings, *, console: Console) -> Iterator[str]:
    if settings.database_url:
        yield settings.database_url
        return
    console.print(f"Starting PostgreSQL in {settings.data_dir / 'pg'} ...", soft_wrap=True)
    with running_server(settings.data_dir / "pg") as server:
        yield server.url


@contextmanager
def _stoppable() -> Iterator[None]:
    """SIGTERM, SIGHUP and Ctrl-C all stop in order; a second one does not interrupt the stopping."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def stop(_number: int, _frame: FrameType | None) -> None:
        for each in numbers:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _welcome(settings: Settings, *, console: Console, seconds: float) -> None:
    for person in invented_people():
        path = WHERE_TO_BEGIN.get(person.hint, "/my" if person.group == "citizens" else "/staff")
        is_citizen = person.group == "citizens"
        card = f"   (civil number {person.civil_number}, card {person.card_serial})" if is_citizen else ""
        console.print(
            f"{person.about}{card}\n    {settings.public_url}/sign-in?as={person.hint}&next={path}", soft_wrap=True
        )
    console.print(
        f"\nDawr is ready after {seconds:.0f} s: {settings.public_url}   (everybody here is invented)\n"
        "\nTry this:\n"
        "  1. Sign in as the citizen, enter the open draw with Hawalli as your first wish, keep the receipt.\n"
        "  2. Wait for the freeze and the beacon: the page says when. Open the result, and 'why I got this'.\n"
        f"  3. Check it yourself: .venv/bin/dawr verify draw {settings.public_url}/draws/<the draw's address>\n"
        "  4. Confirm, open the ticket, then let the guard, in another browser, type its reference.\n"
        "  5. As the clerk, call the next person. As the operator, try to raise a quota.\n"
        f"  6. Check the log: .venv/bin/dawr verify log {settings.public_url}/log\n"
        f"  7. As the branch head add a device at {settings.public_url}/gate/devices; as the guard,\n"
        f"     in another browser, enrol it at {settings.public_url}/gate/app and begin the shift;\n"
        "     then take the network away.\n"
        f"  8. Say at {settings.public_url}/tips that you were asked to pay; the inspector reads it.\n"
        "\nCtrl-C stops everything.",
        soft_wrap=True,
    )


def _watch(started: Sequence[Running]) -> None:
    while (gone := ended(started)) is None:
        time.sleep(WATCH_SECONDS)
    raise ProcessFailed(name=gone.program.name, log=gone.log)
