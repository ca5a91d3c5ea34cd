"""Ranks come from the seed and the labels, and from nothing else."""

import hmac

from dawr.releases.ranking import rank, ranking_key, seed_of
from tests.unit.releases.draws import DRAW_1, LIST_ROOT_1, RANDOMNESS, ROUND, SEED_1

SEED = bytes.fromhex(SEED_1)


def test_the_seed_names_every_input() -> None:
    inputs = {"list_root": LIST_ROOT_1, "round_number": ROUND, "randomness": RANDOMNESS}
    seed = seed_of(DRAW_1, **inputs)
    assert seed == SEED
    changed = [
        {**inputs, "list_root": "00" * 32},
        {**inputs, "round_number": ROUND + 1},
        {**inputs, "randomness": "00" * 32},
    ]
    others = {seed_of("KW-MOI/412/2027-01-02", **inputs), *(seed_of(DRAW_1, **other) for other in changed)}
    assert len(others) == 4
    assert seed not in others


def test_a_key_is_the_hmac_of_the_label() -> None:
    assert ranking_key(SEED, b"A-0001") == hmac.digest(SEED, b"A-0001", "sha256")


def test_each_credit_is_one_more_try_at_a_smaller_key() -> None:
    tries = [hmac.digest(SEED, label, "sha256") for label in (b"A-1", b"A-1#1", b"A-1#2", b"A-1#3")]
    assert [ranking_key(SEED, b"A-1", credit=credit) for credit in range(4)] == [min(tries[: n + 1]) for n in range(4)]


def test_rank_orders_positions_by_key() -> None:
    lines = [b"A-%04d" % number for number in range(50)]
    assert [lines[position] for position in rank(SEED, lines)] == sorted(
        lines, key=lambda label: ranking_key(SEED, label)
    )


def test_nobody_is_ranked_where_nobody_entered() -> None:
    assert rank(SEED, []) == []
