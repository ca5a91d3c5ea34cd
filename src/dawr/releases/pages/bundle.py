"""The bundle of a draw, file by file, as `dawr verify draw` and the citizen's check read it."""

from collections.abc import AsyncIterator, Callable

from litestar import MediaType, Response, Router, get
from litestar.di import Provide
from litestar.response import Stream

from dawr.db.pool import Pool, Transaction, transaction
from dawr.kernel.refusal import NotFound
from dawr.releases import actions
from dawr.releases.bundle import DRAW_FILE, ENTRANTS_FILE, PLACES_FILE, RESULTS_FILE, places_text, record_text
from dawr.releases.model import Release
from dawr.releases.pages.address import DRAW, AskedDraw, asked_draw
from dawr.releases.pages.public import citizen_script

SCRIPT_FILE = "citizen_check.py"
CSV = "text/csv"
FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
LINES_IN_CHUNK = 2000

Chunks = Callable[[Transaction, Release], AsyncIterator[bytes]]


@get(f"/{DRAW_FILE}")
async def send_record(pool: Pool, asked: AskedDraw) -> Response[bytes]:
    """draw.json: what the seed was made of; refuses before the draw."""
    async with transaction(pool) as tx:
        release = await actions.release(tx, asked.service_id, asked.draw_id)
        record = await actions.draw_record_of(tx, release)
    return Response(record_text(record), media_type=MediaType.JSON, headers=FOR_EVER)


@get(f"/{ENTRANTS_FILE}")
async def send_entrants(pool: Pool, asked: AskedDraw) -> Stream:
    """entrants.txt: the frozen list; refuses before the freeze."""
    release = await _release(pool, asked)
    if release.frozen_at is None:
        raise NotFound
    return _streamed(pool, release, chunks=_entrants, media_type="text/plain")


@get(f"/{PLACES_FILE}")
async def send_places(pool: Pool, asked: AskedDraw) -> Response[bytes]:
    """places.csv: public with the rules, which name its hash."""
    async with transaction(pool) as tx:
        release = await actions.release(tx, asked.service_id, asked.draw_id)
        places = await actions.places(tx, release)
    return Response(places_text(places), media_type=CSV, headers=FOR_EVER)


@get(f"/{RESULTS_FILE}")
async def send_results(pool: Pool, asked: AskedDraw) -> Stream:
    """results.csv: rank, label, place; refuses before the draw."""
    release = await _release(pool, asked)
    if release.drawn_at is None:
        raise NotFound
    return _streamed(pool, release, chunks=actions.result_chunks, media_type=CSV)


@get(f"/{SCRIPT_FILE}")
async def send_script() -> Response[str]:
    """The check itself."""
    return Response(citizen_script(), media_type="text/x-python")


async def _release(pool: Pool, asked: AskedDraw) -> Release:
    async with transaction(pool) as tx:
        return await actions.release(tx, asked.service_id, asked.draw_id)


def _streamed(pool: Pool, release: Release, *, chunks: Chunks, media_type: str) -> Stream:
    """A file in pieces, read in a transaction that lasts as long as the answer."""

    async def pieces() -> AsyncIterator[bytes]:
        async with transaction(pool) as tx:
            async for piece in chunks(tx, release):
                yield piece

    return Stream(pieces, media_type=media_type, headers=FOR_EVER)


async def _entrants(tx: Transaction, release: Release) -> AsyncIterator[bytes]:
    held: list[bytes] = []
    async for line in actions.bundle_lines(tx, release):
        held.append(line)
        if len(held) == LINES_IN_CHUNK:
            yield b"".join(held)
            held.clear()
    yield b"".join(held)


routes = [
    Router(
        path=f"{DRAW}/bundle",
        route_handlers=[send_record, send_entrants, send_places, send_results, send_script],
        dependencies={"asked": Provide(asked_draw, sync_to_thread=False)},
        # What anybody may cache says nothing about who asked for it.
        opt={"skip_session": True, "exclude_from_csrf": True},
    )
]
