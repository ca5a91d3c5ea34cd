"""Ranks from a seed: a hash orders the entrants, and nobody's hand does (dawr-draw-v1, step 5)."""

from collections.abc import Callable, Iterable
from hashlib import sha256

from dawr.releases.entry_line import CREDIT_MAX, label_and_credit

FORMAT = "dawr-draw-v1"
_ATTEMPTS = tuple(b"#%d" % number for number in range(1, CREDIT_MAX + 1))
_BLOCK_BYTES = 64
_INNER_PAD = bytes(byte ^ 0x36 for byte in range(256))
_OUTER_PAD = bytes(byte ^ 0x5C for byte in range(256))


def seed_of(draw_id: str, *, list_root: str, round_number: int, randomness: str) -> bytes:
    """The draw's seed, 32 bytes; `list_root` and `randomness` are lower-case hexadecimal."""
    return sha256(f"{FORMAT}\n{draw_id}\n{list_root}\n{round_number}\n{randomness}\n".encode()).digest()


def ranking_key(seed: bytes, label: bytes, *, credit: int = 0) -> bytes:
    """What an entrant is ordered by, 32 bytes; each credit is one more try at a smaller one."""
    return _keys_of(seed)(label, credit)


def rank(seed: bytes, lines: Iterable[bytes]) -> list[int]:
    """Positions in `lines` (sorted, as frozen) in the order of rank.

    Equal keys stay in the order of the lines, which is that of the labels, because the sort is stable.
    """
    key_of = _keys_of(seed)
    keys = [key_of(*label_and_credit(line)) for line in lines]
    return sorted(range(len(keys)), key=keys.__getitem__)


def _keys_of(seed: bytes) -> Callable[[bytes, int], bytes]:
    """The keys under one seed: HMAC-SHA256 (RFC 2104) spelt out, which halves the time of `hmac.digest`."""
    block = seed.ljust(_BLOCK_BYTES, b"\0")
    inner, outer = block.translate(_INNER_PAD), block.translate(_OUTER_PAD)

    def key_of(label: bytes, credit: int) -> bytes:
        first = inner + label
        key = sha256(outer + sha256(first).digest()).digest()
        for attempt in _ATTEMPTS[:credit]:
            key = min(key, sha256(outer + sha256(first + attempt).digest()).digest())
        return key

    return key_of
