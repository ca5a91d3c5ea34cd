"""A public log as a folder, as its keeper would export it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from dawr.kernel.signing import SigningKey
from dawr.releases.beacon import QUICKNET, Chain, instant_of
from dawr.transparency.leaf import public_leaf
from dawr.transparency.merkle import inclusion_proof, leaf_hash, root_of_leaves
from dawr.transparency.model import EntryKind
from dawr.transparency.note import Note, TreeHead, cosign, log_key, sign, witness_key
from dawr.transparency.policy import make_policy
from dawr.transparency.proof import Receipt
from dawr.transparency.tiles import bundle, tiles_at
from tests.unit.releases.draws import DRAW_2, LIST_ROOT_2, SIGNED_ROUND

KEY = SigningKey.from_seed(b"l" * 32)
ORIGIN = "dawr.example/log"
ROUND_AT = instant_of(SIGNED_ROUND, chain=QUICKNET)
WITNESSES = {
    name: SigningKey.from_seed(name.encode().ljust(32, b".")) for name in ("audit.example/w", "paper.example/w")
}
WITNESS_WORDS = [f"{witness_key(name, key=key)}=http://{name}" for name, key in WITNESSES.items()]

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
        "witnesses": WITNESS_WORDS,
        "witness_quorum": 2,
    }
    freeze = {"list_root": LIST_ROOT_2, "entrants": 8, "places_sha256": places_sha256}
    result = {"seed": seed, "randomness": randomness, "results_sha256": results_sha256}
    return {
        "rules": ("draw.rules", ROUND_AT - timedelta(days=3), {"draw_id": DRAW_2, **rules}),
        "freeze": ("draw.freeze", ROUND_AT - timedelta(hours=2), {"draw_id": DRAW_2, **freeze}),
        "result": ("draw.result", ROUND_AT + timedelta(seconds=9), {"draw_id": DRAW_2, **result}),
    }


def write_log(
    folder: Path,
    said: Sequence[Statement],
    *,
    seen_at: Mapping[str, datetime] | None = None,
    cosigned_by: Mapping[str, SigningKey] = WITNESSES,
) -> Path:
    """A signed log of these statements among others of other draws.

    Every entry has a receipt; its witnesses cosigned when it was said, or when `seen_at` says for its kind.
    """
    other: Statement = ("draw.rules", datetime(2027, 1, 1, tzinfo=UTC), {"draw_id": "KW-MOI/99/2027-01-01"})
    entries = (other, *said, other)
    leaves = [public_leaf(EntryKind(kind), facts=facts, at=at) for kind, at, facts in entries]
    files = {
        f"tile/{next(tiles_at('entries', size=len(leaves))).path}": bundle(leaves),
        f"tile/{next(tiles_at(0, size=len(leaves))).path}": b"".join(leaf_hash(leaf) for leaf in leaves),
        "policy": str(make_policy(log_key(ORIGIN, key=KEY), witnesses=(), quorum=0)).encode(),
        "checkpoint": str(checkpoint(leaves)).encode(),
    }
    for index, (kind, at, _) in enumerate(entries):
        seen = (seen_at or {}).get(kind, at)
        files[f"entry/{index}/receipt"] = receipt(leaves, index=index, seen_at=seen, cosigned_by=cosigned_by).encode()
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def receipt(
    leaves: Sequence[bytes], *, index: int, seen_at: datetime, cosigned_by: Mapping[str, SigningKey] = WITNESSES
) -> str:
    """The receipt of an entry under the checkpoint that ends with it."""
    until = leaves[: index + 1]
    signed = checkpoint(until)
    cosignatures = tuple(cosign(signed.text, name=name, key=key, at=seen_at) for name, key in cosigned_by.items())
    proof = inclusion_proof([leaf_hash(leaf) for leaf in until], index)
    note = Note(text=signed.text, signatures=signed.signatures + cosignatures)
    return str(Receipt(leaf=until[index], index=index, proof=tuple(proof), checkpoint=note))


def checkpoint(leaves: Sequence[bytes]) -> Note:
    head = TreeHead(origin=ORIGIN, size=len(leaves), root=root_of_leaves(leaves))
    return Note(text=head.text, signatures=(sign(head.text, name=ORIGIN, key=KEY),))
