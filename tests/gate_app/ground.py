"""An office whose gate works with devices: served at an address of its own, with people, tickets and codes."""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import pytest
import uvicorn

from dawr.booking import actions as booking
from dawr.db.pool import APPLICATION_ROLE, Pool, Transaction, make_pool, transaction
from dawr.gates import actions as gates
from dawr.gates import pages as gate_pages
from dawr.gates.actions.day_keys import lane_key_of
from dawr.gates.actions.lanes import lanes_on
from dawr.gates.model.devices import DeviceId
from dawr.kernel.identifiers import OfficeId
from dawr.people import actions as people
from dawr.people import pages as people_pages
from dawr.people.model import Officer, Role
from dawr.settings import Settings
from dawr.tickets import actions as tickets
from dawr.tickets import pages as ticket_pages
from dawr.tickets.model import Ticket, day_of
from dawr.tickets.selection import decoy_name, has_second_look, lane_of
from dawr.web.session import Visitor
from dawr.web.wiring import make_application
from tests.pages.conftest import show_token, sign_in_as
from tests.store.tickets.invented_office import OFFICE, STARTS_AT, Office, load_office

T = TypeVar("T")

SERIAL = "104772398"
TICKETS_A_MINUTE = 40
ENOUGH_DAY = (time(0, 45), time(23, 0))


@dataclass(slots=True, kw_only=True)
class Ground:
    """Where the gate's page is served, and what a test arranges behind it."""

    url: str
    database_url: str
    office: Office
    officers: dict[str, Officer] = field(default_factory=dict)
    made: int = 0

    def arrange(self, work: Callable[[Pool], Awaitable[T]]) -> T:
        """What `work` comes to; in a thread of its own, because the browser's driver has the loop of this one."""

        async def arranging() -> T:
            async with make_pool(self.database_url, role=APPLICATION_ROLE, size_max=2) as pool:
                return await work(pool)

        with ThreadPoolExecutor(1) as thread:
            return thread.submit(asyncio.run, arranging()).result()

    def written(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """The same in one transaction."""

        async def writing(pool: Pool) -> T:
            async with transaction(pool) as tx:
                return await work(tx)

        return self.arrange(writing)

    def ticket(self, *, starts_at: datetime = STARTS_AT, office_id: OfficeId = OFFICE) -> Ticket:
        """A ticket with neither a decoy nor a second look; its card has a serial."""
        return self.ticket_that(
            lambda decoy, second: not decoy and not second, starts_at=starts_at, office_id=office_id
        )

    def ticket_that(
        self, fits: Callable[[bool, bool], bool], *, starts_at: datetime = STARTS_AT, office_id: OfficeId = OFFICE
    ) -> Ticket:
        """A ticket whose decoy and second look, as the day's secret chooses them, `fits`; made until there is one."""
        settings = self.office.settings

        async def making(tx: Transaction) -> Ticket:
            while True:
                # A slot has few seats, so every so many tickets begin a minute earlier.
                self.made += 1
                earlier = timedelta(minutes=self.made // TICKETS_A_MINUTE)
                made = await self.office.ticket(tx, starts_at=starts_at - earlier, office_id=office_id)
                day_on = day_of(starts_at, timezone="Asia/Kuwait")
                secret = await tickets.day_secret_of(tx, office_id, day_on=day_on, settings=settings, now=starts_at)
                decoy = decoy_name(secret, made.ticket_id, signed_name="", names=["سعد المخترع"])
                if fits(decoy is not None, has_second_look(secret, made.ticket_id)):
                    await self.office.has_card(tx, made.person_id, serial=SERIAL)
                    return made

        return self.written(making)

    def ticket_of_lane(self, lane: int, *, starts_at: datetime = STARTS_AT) -> Ticket:
        """A plain ticket that arrives at that lane while two are open."""
        key = lane_key_of(OFFICE, day_on=day_of(starts_at, timezone="Asia/Kuwait"), settings=self.office.settings)
        while True:
            made = self.ticket(starts_at=starts_at)
            if lane_of(key, made.ticket_id, lanes_open=2) == lane:
                return made

    def opens_lanes(self, lanes_open: int, *, at: datetime = STARTS_AT) -> None:
        """The branch head opens as many lanes for the day."""

        async def opening(tx: Transaction) -> None:
            planned = await lanes_on(tx, OFFICE, day_on=day_of(at, timezone="Asia/Kuwait"), now=at)
            await gates.change_lanes(
                tx,
                head=self.officers["head"],
                lanes_open=lanes_open,
                revision=planned.revision,
                reason="ممر ثان للزحام",
                now=at,
            )

        self.written(opening)

    def gives_back(self, ticket: Ticket) -> None:
        """The holder gives his turn back now."""
        self.written(
            lambda tx: booking.cancel(
                tx,
                service_id=ticket.service_id,
                booking_id=ticket.booking_id,
                person_id=ticket.person_id,
                now=ticket.starts_at - timedelta(minutes=1),
            )
        )

    def reference_of(self, ticket: Ticket) -> str:
        """What is printed beneath the code, and sent by SMS."""
        held = self.written(lambda tx: booking.booking(tx, ticket.service_id, ticket.booking_id))
        return held.reference

    def enrolment_code(self, *, lane: int = 1) -> str:
        """What the branch head reads to whoever holds a new device."""
        return self.written(
            lambda tx: gates.add_device(
                tx,
                head=self.officers["head"],
                name=f"جهاز الممر {lane}",
                lane=lane,
                settings=self.office.settings,
                now=datetime.now(UTC),
            )
        )

    def code_on_sheet(self, who: str, number: int, *, lane: int = 1, at: datetime = STARTS_AT) -> str:
        """The code of that number on an officer's own sheet of the day."""
        sheet = self.written(
            lambda tx: gates.sheet_of(tx, officer=self.officers[who], settings=self.office.settings, now=at)
        )
        return next(code for each, code, _ in sheet.lanes[lane] if each == number)

    def day_pack(self, device_id: UUID, *, at: datetime, who: str = "guard") -> tuple[str, str]:
        """A day pack as a file, made at that time for a guard's shift, and the code that opens it."""
        guard = Visitor(
            person_id=self.officers[who].person_id, authenticated_at=at, assurance=3, language="ar", digits="western"
        )
        opened = self.arrange(
            lambda pool: gates.begin_shift(
                pool, guard, device_id=DeviceId(device_id), settings=self.office.settings, now=at
            )
        )
        return msgspec.json.encode(opened.pack).decode(), opened.opening_code


def this_minute() -> datetime:
    """The page asks the clock, and the gate is open from half an hour before.

    Skips round midnight in Kuwait, when the tickets of a few minutes are of two days.
    """
    local = datetime.now(ZoneInfo("Asia/Kuwait"))
    if not ENOUGH_DAY[0] <= local.time() < ENOUGH_DAY[1]:
        pytest.skip("round midnight the tickets of a few minutes are of two days: try again later")
    return datetime.now(UTC).replace(second=0, microsecond=0)


@contextmanager
def serving_ground(database_url: str, *, settings: Settings, folder: Path) -> Iterator[Ground]:
    """The pages of gates, tickets and people on a port of their own, and a door through which a test signs in."""
    routes: list[Any] = [*gate_pages.routes, *ticket_pages.routes, *people_pages.routes, sign_in_as, show_token]
    pool = make_pool(database_url, role=APPLICATION_ROLE)
    application = make_application(settings=settings, pool=pool, routes=routes)
    server = uvicorn.Server(uvicorn.Config(application, log_level="warning", ws="none"))
    # Who comes before the server has begun waits in the socket's queue.
    door = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
    thread.start()
    port = door.getsockname()[1]
    ground = Ground(url=f"http://localhost:{port}", database_url=database_url, office=Office(settings=settings))
    try:
        ground.written(lambda tx: _people(tx, ground, folder=folder))
        yield ground
    finally:
        server.should_exit = True
        thread.join()


async def _people(tx: Transaction, ground: Ground, *, folder: Path) -> None:
    await load_office(tx, folder)
    for who, role in (("guard", Role.GUARD), ("other guard", Role.GUARD), ("head", Role.BRANCH_HEAD)):
        officer = await ground.office.officer(tx, role)
        await people.grant_role(
            tx,
            person_id=officer.person_id,
            role=role,
            authority_id=officer.authority_id,
            office_id=officer.office_id,
            granted_by=None,
            now=datetime.now(UTC),
        )
        ground.officers[who] = officer
