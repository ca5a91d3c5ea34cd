"""What the application sees when the database goes away under it."""

import asyncio
import struct
from collections.abc import AsyncIterator

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool

from dawr.db.pool import Pool, transaction

ADMITTED = b"R" + struct.pack("!II", 8, 0) + b"Z" + struct.pack("!I", 5) + b"I"
TLS_NOT_HERE = b"N"
STARTUP = 196608


def error(code: bytes, sentence: bytes) -> bytes:
    """An ErrorResponse of PostgreSQL's protocol."""
    fields = b"SFATAL\0VFATAL\0C" + code + b"\0M" + sentence + b"\0\0"
    return b"E" + struct.pack("!I", len(fields) + 4) + fields


async def answer_twice(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """As PgBouncer does: it lets a client in, and passes on both the server's last word and its own."""
    while True:
        length, kind = struct.unpack("!II", await reader.readexactly(8))
        await reader.readexactly(length - 8)
        if kind == STARTUP:
            break
        writer.write(TLS_NOT_HERE)
    writer.write(ADMITTED)
    await reader.read(1)
    writer.write(error(b"57P01", b"terminating connection") + error(b"08P01", b"server conn crashed?"))
    await writer.drain()
    writer.close()
    await writer.wait_closed()


@pytest.fixture
async def dying_pool() -> AsyncIterator[Pool]:
    server = await asyncio.start_server(answer_twice, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    url = f"host=127.0.0.1 port={port} user=dawr_web dbname=dawr gssencmode=disable"
    async with server, AsyncConnectionPool(url, min_size=1, open=False, kwargs={"autocommit": True}) as pool:
        yield pool


async def test_a_server_that_is_lost_behind_a_pooler_is_lost_and_not_a_bug(dying_pool: Pool) -> None:
    with pytest.raises(psycopg.OperationalError):
        async with transaction(dying_pool):
            pass
