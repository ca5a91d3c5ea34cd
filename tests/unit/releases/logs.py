"""A public log as a folder, as its keeper would serve it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from dawr.kernel.signing import SigningKey
from dawr.releases.beacon import QUICKNET, Chain, instant_of
from dawr.transparency.leaf import public_leaf
from dawr.transparency.merkle import leaf_hash, root_of_leaves
from dawr.transparency.model import EntryKind
from dawr.transparency.note import Note, TreeHead, log_key, sign
from dawr.transparency.policy import make_policy
from dawr.transparency.tiles import bundle, tiles_at
from tests.unit.releases.draws import DRAW_2, LIST_ROOT_2, SIGNED_ROUND

KEY = SigningKey.from_seed(b"l" * 32)
ORIGIN = "dawr.example/log"
ROUND_AT = instant_of(SIGNED_ROUND, chain=QUICKNET)

Statement = tuple[str, datetime, Mapping[str, Any]]


def statements(
    *,
    places_sha256: str,
    seed: str,
    randomness: str,
    results_sha256: str,
    chain: Chain = QUICKNET,
) -> dict[str, Statement]:
    """What the log says of vector 2 drawn with a signed round, by a name for each statement."""
    rules_chain = {name: getattr(chain, name) for name in ("public_key", "genesis_seconds", "period_seconds")}
    rules_chain["is_demonstration"] = chain.is_demonstration
    rules = {
        "round": SIGNED_ROUND,
        "beacon": rules_chain,
        "lead_seconds": 3600,
        "places_sha256": places_sha256,
        "seats": 5,
    }
    freeze = {"list_root": LIST_ROOT_2, "entrants": 8, "places_sha256": places_sha256}
    result = {"seed": seed, "randomness": randomness, "results_sha256": results_sha256}
    return {
        "rules": ("draw.rules", ROUND_AT - timedelta(days=3), {"draw_id": DRAW_2, **rules}),
        "freeze": ("draw.freeze", ROUND_AT - timedelta(hours=2), {"draw_id": DRAW_2, **freeze}),
        "result": ("draw.result", ROUND_AT + timedelta(seconds=9), {"draw_id": DRAW_2, **result}),
    }


def write_log(folder: Path, said: Sequence[Statement]) -> Path:
    """A signed log of these statements among others of other draws."""
    other: Statement = ("draw.rules", datetime(2027, 1, 1, tzinfo=UTC), {"draw_id": "KW-MOI/99/2027-01-01"})
    leaves = [public_leaf(EntryKind(kind), facts=facts, at=at) for kind, at, facts in (other, *said, other)]
    files = {
        f"tile/{next(tiles_at('entries', size=len(leaves))).path}": bundle(leaves),
        f"tile/{next(tiles_at(0, size=len(leaves))).path}": b"".join(leaf_hash(leaf) for leaf in leaves),
        "policy": str(make_policy(log_key(ORIGIN, key=KEY), witnesses=(), quorum=0)).encode(),
        "checkpoint": _checkpoint(leaves),
    }
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def _checkpoint(leaves: Sequence[bytes]) -> bytes:
    head = TreeHead(origin=ORIGIN, size=len(leaves), root=root_of_leaves(leaves))
    return str(Note(text=head.text, signatures=(sign(head.text, name=ORIGIN, key=KEY),))).encode()
