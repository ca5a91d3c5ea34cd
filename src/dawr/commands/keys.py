"""`dawr keys`: the keys that sign tickets, followed by newer ones and revoked."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from dawr.commands.screen import add_command, now, out, with_database
from dawr.db.pool import Transaction, make_pool, transaction
from dawr.settings import Settings
from dawr.tickets import actions as tickets
from dawr.tickets.keys import key_name, signs_now

T = TypeVar("T")


def add(commands: Any) -> None:
    """The commands that change which keys sign and prove tickets."""
    keys = commands.add_parser("keys", help="the keys that sign tickets").add_subparsers(required=True)
    add_command(keys, "list", command=list_keys, what="every key, since when, and what became of it")
    add_command(keys, "rotate", command=rotate, what="publish the next key, which signs from now on")
    revoking = add_command(keys, "revoke", command=revoke, what="make every ticket under a key not ours, for good")
    revoking.add_argument("key", help="the name of the key, as `dawr keys list` and /keys show it")
    revoking.add_argument("--reason", required=True, help="a sentence that everybody can read")


def list_keys(_: argparse.Namespace) -> int:
    published = _with_tickets(lambda tx, _: tickets.all_keys(tx))
    signing = signs_now(published)
    for each in published:
        state = "signs now" if each == signing else "still proves earlier tickets"
        if each.revocation:
            state = f"revoked {each.revocation.revoked_at.isoformat()}: {each.revocation.reason}"
        out.print(
            f"{each.generation:3}  {each.name}  since {each.published_at.isoformat()}  {state}",
            markup=False,
            soft_wrap=True,
        )
    return 0


def rotate(_: argparse.Namespace) -> int:
    key = _with_tickets(lambda tx, settings: tickets.rotate_keys(tx, settings=settings, now=now()))
    out.print(f"Key {key_name(key.key_id)} signs from now on; tickets under the earlier keys stay good.")
    return 0


def revoke(arguments: argparse.Namespace) -> int:
    revoked = _with_tickets(
        lambda tx, settings: tickets.revoke_key(
            tx, name=arguments.key, reason=arguments.reason, settings=settings, now=now()
        )
    )
    out.print(
        f"Key {revoked.name} is revoked: no ticket under it opens a gate that has heard of it. Who holds one gets a "
        "new ticket when he next looks at it; devices need a new day pack.",
        soft_wrap=True,
    )
    return 0


def _with_tickets(work: Callable[[Transaction, Settings], Awaitable[T]]) -> T:
    """What `work` comes to, in one transaction."""
    settings = with_database()

    async def working() -> T:
        async with make_pool(settings.database_url, size_max=1) as pool, transaction(pool) as tx:
            return await work(tx, settings)

    return asyncio.run(working())
