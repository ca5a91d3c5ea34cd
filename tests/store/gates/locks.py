"""Waiting for somebody who waits, without a clock."""

import asyncio

import psycopg


async def until_locked_or_done(database_url: str, task: asyncio.Task[object]) -> None:
    """Until the task is done, or anybody in the database waits for a lock."""
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as watcher:
        while not task.done():
            row = await (await watcher.execute("select count(*) from pg_locks where not granted")).fetchone()
            if row and row[0]:
                return
            await asyncio.sleep(0)
