"""What each person does this morning, told as he would tell it."""

import asyncio
import heapq
import re
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import msgspec

from dawr.bench.crowd import Browser
from dawr.bench.morning.line import GATHER_MINUTES
from dawr.bench.morning.seekers import Ending, Seeker, between, chance
from dawr.bench.morning.wire import Answer, Wire
from dawr.lines.model import Rules

TRIES_MAX = 300
LOOK_SECONDS = (10.0, 20.0)
"""Between two looks at now.json, by the clock on the wall: a morning that is shortened has no more looks a second."""
LOOK_SECONDS_LEAST = 0.25
FARM_LOOK_SECONDS = 0.25
WATCHER = "198.51.100.1"
BURST = 1200
"""A script that hammers sends so many requests, through several connections, before another one does."""
HANDS = 4
HAND_OVER_SECONDS = 0.05
COPIES = 3
"""A script takes its number through so many connections at once."""

OFFERED = re.compile(r'name="slot" type="radio" value="([^"]+)"')

Fact = dict[str, Any]


class NobodyAnswered(Exception):
    """A person asked again and again and was told nothing but "later"."""


class Tempo:
    """The morning's clock, `scale` times as fast as the one on the wall; minute 0 is when numbers can be taken."""

    def __init__(self, *, scale: float, gathers_at: datetime, now: datetime) -> None:
        self.scale = scale
        self._gathers_at = gathers_at
        self._began = time.perf_counter() + (gathers_at - now).total_seconds()

    def minute(self) -> float:
        return (time.perf_counter() - self._began) * self.scale / 60

    def minute_at(self, at: datetime) -> float:
        return (at - self._gathers_at) / timedelta(minutes=1) * self.scale

    def seconds(self, minutes: float) -> float:
        """On the wall."""
        return minutes * 60 / self.scale

    def seconds_until(self, minute: float) -> float:
        return max(0.0, self.seconds(minute - self.minute()))


@dataclass(slots=True, kw_only=True)
class Board:
    """now.json as one reader saw it: kept for the pictures, and what a farm of scripts goes by for all its accounts."""

    serving: int = 0
    seen: list[tuple[float, int]] = field(default_factory=list)
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    _waiting: list[tuple[int, int, "asyncio.Future[None]"]] = field(default_factory=list)

    def tell(self, now: Fact, *, minute: float) -> None:
        self.serving = now["serving"]
        self.seen.append((minute, self.serving))
        if now["open"]:
            self.opened.set()
        if now["closed"]:
            self.closed.set()
        while self._waiting and (self._waiting[0][0] <= now["serving"] or now["closed"]):
            _, _, called = heapq.heappop(self._waiting)
            if not called.done():
                called.set_result(None)

    async def called(self, number: int) -> None:
        """Until `number` is served, or the line has closed."""
        if self.closed.is_set():
            return
        called: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (number, id(called), called))
        await called


class Stories:
    """Everybody's story at one line; `is_polling` says whether the scripts do what makes them scripts."""

    def __init__(
        self, rules: Rules, *, tempo: Tempo, board: Board, honest: Wire, scripts: Wire, is_polling: bool
    ) -> None:
        self._page = f"/lines/{rules.line_id}"
        self._api = f"/api/v1/lines/{rules.line_id}"
        # Some of the first have their turn at once: whoever looks this late has half of it left.
        self._opening_seconds = min(LOOK_SECONDS[0], rules.act_seconds / 2)
        self._inside_max = rules.inside_max
        self._tempo = tempo
        self._board = board
        self._honest = honest
        self._scripts = scripts
        self._is_polling = is_polling
        self.taken: list[float] = []

    async def honest(self, seeker: Seeker, browser: Browser) -> None:
        """Joins, goes about his day, looks from time to time, and chooses when his turn comes."""
        if not await self._join(seeker, browser):
            return
        # Whoever would come back after the line has closed comes back then.
        await self.until_closed(self._tempo.seconds(seeker.away_minutes))
        now: Fact = {}
        for looks in count():
            await asyncio.sleep(self._pause(seeker, now=now, looks=looks))
            now = _read(await self._persist(_look(self._page, address=seeker.address), seeker=seeker))
            if now["closed"]:
                break
            if seeker.number is None and now["open"]:
                await self._status(seeker, browser)
            if seeker.number is not None and now["serving"] >= seeker.number:
                if not seeker.comes:
                    await self._board.closed.wait()
                elif await self._act(seeker, browser):
                    return
        await self._read_the_end(seeker, browser)

    async def script(self, seeker: Seeker, browser: Browser) -> None:
        """Takes its number at the first instant, and its seat the instant that its number is called."""
        copies = COPIES if self._is_polling else 1
        joined = await asyncio.gather(*(self._join(seeker, browser) for _ in range(copies)))
        if not joined[0]:
            return
        await self._board.opened.wait()
        await self._status(seeker, browser)
        while seeker.number is not None and not self._board.closed.is_set():
            await self._board.called(seeker.number)
            if self._board.closed.is_set():
                break
            if await self._act(seeker, browser):
                return
        await self._read_the_end(seeker, browser)

    async def hammer(self, seeker: Seeker, browser: Browser, *, rate: float) -> None:
        """Asks where it stands `rate` times a second, through several connections, whatever it is told.

        It begins when it has its place and lets go when its number is called: what it spends on asking is missing
        when it wants to act.
        """
        status = browser.get(f"{self._api}/place", f"X-Forwarded-For: {seeker.address}")
        look = _look(self._page, address=seeker.address)

        async def hand() -> None:
            for nth in range(BURST // HANDS):
                if not self._may_hammer(seeker):
                    return
                await self._scripts.ask(look if nth % 3 == 0 else status)
                await asyncio.sleep(HANDS / rate)

        await asyncio.gather(*(hand() for _ in range(HANDS)))
        await asyncio.sleep(HAND_OVER_SECONDS)

    async def watch(self) -> None:
        """Reads now.json for as long as the line is open, for the pictures and for the farm."""
        look = _look(self._page, address=WATCHER)
        while not self._board.closed.is_set():
            if (answer := await self._scripts.ask(look)).is_final:
                self._board.tell(_read(answer), minute=self._tempo.minute())
            await asyncio.sleep(FARM_LOOK_SECONDS)

    def _may_hammer(self, seeker: Seeker) -> bool:
        is_called = seeker.number is not None and seeker.number <= self._board.serving
        return seeker.joined_minute is not None and not is_called and not self._board.closed.is_set()

    async def until_closed(self, seconds: float) -> None:
        """Wait so long, but no longer than the line is open."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._board.closed.wait(), seconds)

    def _pause(self, seeker: Seeker, *, now: Fact, looks: int) -> float:
        """Until the next look, in seconds on the wall.

        As often as the waiting page looks; soon after the opening, which everybody knows; and when his number may be
        called before that, in time for it: looks are then as close to each other as in earnest, against his time to
        act, which is shortened like everything else.
        """
        usual = between(*LOOK_SECONDS, chance=chance(seeker.name, f"looks {looks}"))
        if seeker.number is None:
            to_opening = self._tempo.seconds(GATHER_MINUTES - self._tempo.minute())
            soon_after = between(0, self._opening_seconds, chance=chance(seeker.name, "opening"))
            return min(usual, max(LOOK_SECONDS_LEAST, to_opening + soon_after))
        # About so many can be let in a second at most, however many of them had no need of their time.
        soonest = (seeker.number - now["serving"]) / self._inside_max if now else 0.0
        return min(usual, max(LOOK_SECONDS_LEAST, usual / self._tempo.scale, soonest / 2))

    async def _join(self, seeker: Seeker, browser: Browser) -> bool:
        """Whether he is in line now; who comes too late is told so."""
        request = browser.post(f"{self._api}/place", f"X-Forwarded-For: {seeker.address}")
        answer = await self._persist(request, seeker=seeker)
        if answer.status == 201:
            place = _read(answer)
            seeker.joined_minute = seeker.joined_minute or self._tempo.minute()
            self._keep(seeker, place)
            return True
        if _code(answer) == "lines.closed":
            seeker.ending = Ending.TOO_LATE if seeker.joined_minute is None else Ending.MISSED
        return False

    async def _status(self, seeker: Seeker, browser: Browser) -> Fact:
        request = browser.get(f"{self._api}/place", f"X-Forwarded-For: {seeker.address}")
        place = _read(await self._persist(request, seeker=seeker))
        self._keep(seeker, place)
        return place

    async def _act(self, seeker: Seeker, browser: Browser) -> bool:
        """Whether it is over for him: he has a seat, or the line closed. Who was too slow takes a later number."""
        await self._status(seeker, browser)
        await asyncio.sleep(self._tempo.seconds(seeker.act_minutes))
        mine = browser.get(f"{self._page}/mine", f"X-Forwarded-For: {seeker.address}")
        tries = 0
        while slots := OFFERED.findall((await self._persist(mine, seeker=seeker)).body.decode()):
            tries += 1
            slot = slots[int(chance(seeker.name, f"chooses {tries}") * len(slots))]
            request = browser.post(
                f"{self._api}/booking",
                f"X-Forwarded-For: {seeker.address}",
                f"Idempotency-Key: {seeker.name} {tries}",
                body=msgspec.json.encode({"slot": slot}),
            )
            answer = await self._persist(request, seeker=seeker)
            if answer.status == 201:
                self.taken.append(self._tempo.minute())
                seeker.ending = Ending.SERVED
                return True
            if _code(answer) != "booking.slot_full":
                break
        seeker.number = None
        return not await self._join(seeker, browser)

    async def _read_the_end(self, seeker: Seeker, browser: Browser) -> None:
        place = await self._status(seeker, browser)
        if "booking" in place:
            seeker.ending = Ending.SERVED
        else:
            seeker.ending = Ending.MISSED if "let_in_at" in place else Ending.ALL_GIVEN

    async def _persist(self, request: bytes, *, seeker: Seeker) -> Answer:
        """The first answer that says more than "later"; honest people wait as long as they are asked to."""
        wire = self._scripts if seeker.is_script else self._honest
        for _ in range(TRIES_MAX):
            answer = await wire.ask(request)
            if answer.is_final:
                return answer
            seeker.told_to_wait += 1
            is_patient = not (seeker.is_script and self._is_polling)
            await asyncio.sleep(max(1, answer.retry_after_seconds) if is_patient else 0.2)
        raise NobodyAnswered

    def _keep(self, seeker: Seeker, place: Fact) -> None:
        seeker.number = place.get("number", seeker.number)
        seeker.first_number = seeker.first_number or seeker.number
        if "let_in_at" in place and seeker.turn_minute is None:
            seeker.turn_minute = self._tempo.minute_at(datetime.fromisoformat(place["let_in_at"]))


def _look(page: str, *, address: str) -> bytes:
    """now.json as the waiting page asks for it: without a cookie."""
    return f"GET {page}/now.json HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: {address}\r\n\r\n".encode()


def _read(answer: Answer) -> Fact:
    """The facts of an answer; those of a refusal are its problem details."""
    read: Fact = msgspec.json.decode(answer.body)
    return read


def _code(answer: Answer) -> str:
    return str(_read(answer).get("type", ""))
