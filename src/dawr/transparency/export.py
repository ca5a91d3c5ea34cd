"""The log as a folder of files that any web server can serve, and `verify_log` and `verify_draw` can check."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

from dawr.db.pool import Transaction
from dawr.settings import Settings
from dawr.transparency.actions import best_proof_at, latest_checkpoint, policy_of, tile_content
from dawr.transparency.model import NotYetCovered
from dawr.transparency.named_quorums import named_quorums
from dawr.transparency.tiles import Level, levels_of, split_bundle, tiles_at


async def export_log(tx: Transaction, folder: Path, *, settings: Settings) -> int:
    """Write the log as of its latest checkpoint, the checkpoint last; how many entries it holds.

    Every entry about a draw comes with its receipt, since a draw is held against its witnesses' clocks.
    """
    checkpoint = await latest_checkpoint(tx)
    if checkpoint is None:
        raise NotYetCovered
    levels: list[Level] = ["entries", *levels_of(checkpoint.size)]
    for level in levels:
        for tile in tiles_at(level, size=checkpoint.size):
            content = await tile_content(tx, tile, size=checkpoint.size)
            await asyncio.to_thread(_write, folder / "tile" / tile.path, content)
    for index, quorum in named_quorums(_leaves(folder, size=checkpoint.size)):
        receipt = await best_proof_at(tx, index, quorum=quorum)
        await asyncio.to_thread(_write, folder / "entry" / str(index) / "receipt", receipt.encode())
    policy = policy_of(settings)
    for name, text in (("policy", str(policy)), ("vkey", f"{policy.log}\n"), ("checkpoint", checkpoint.text)):
        await asyncio.to_thread(_write, folder / name, text.encode())
    return checkpoint.size


def _leaves(folder: Path, *, size: int) -> Iterator[bytes]:
    """Every entry as it was just written."""
    for tile in tiles_at("entries", size=size):
        yield from split_bundle((folder / "tile" / tile.path).read_bytes())


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
