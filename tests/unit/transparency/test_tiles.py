"""Tiles: the paths and the shapes of c2sp.org/tlog-tiles, and that they hold the tree."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dawr.kernel.refusal import Malformed
from dawr.transparency.merkle import EMPTY_ROOT, leaf_hash, root
from dawr.transparency.tiles import (
    Tile,
    bundle,
    grown,
    hashes_at,
    is_within,
    levels_of,
    parse_tile,
    root_of_runs,
    runs_of,
    split_bundle,
    split_hashes,
    tiles_at,
)

HASHES = [leaf_hash(number.to_bytes(4, "big")) for number in range(70_000)]


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(level=0, index=0), "0/000"),
        (Tile(level=0, index=999), "0/999"),
        (Tile(level=0, index=1000), "0/x001/000"),
        (Tile(level=1, index=1234067), "1/x001/x234/067"),
        (Tile(level=63, index=5, width=1), "63/005.p/1"),
        (Tile(level="entries", index=273, width=112), "entries/273.p/112"),
        (Tile(level="entries", index=1234067, width=255), "entries/x001/x234/067.p/255"),
    ],
)
def test_a_tile_has_the_path_that_the_standard_gives_it(tile: Tile, path: str) -> None:
    assert tile.path == path
    assert parse_tile(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        *(
            "",
            "0",
            "0/",
            "0/0",
            "0/00",
            "0/0000",
            "0/x000/000",
            "0/001/234",
            "0/x001/x234",
            "0/xxx/000",
            "0/٠٠٠",
            "0/²²²",
        ),
        *("0/000.p/0", "0/000.p/256", "0/000.p/01", "0/000.p/", "0/000.p/-1", "0/000.p/1.p/1", "entries/000.p/256"),
        *("64/000", "00/000", "-1/000", "leaves/000", "0/000/", "/0/000", "0/000 ", f"0/{'x999/' * 7}999"),
    ],
)
def test_a_path_in_any_other_form_is_refused(path: str) -> None:
    with pytest.raises(Malformed):
        parse_tile(path)


@given(st.text(alphabet="0123456789x/.pentris", max_size=20))
def test_the_path_parser_refuses_or_gives_back_what_it_read(path: str) -> None:
    with suppress(Malformed):
        assert parse_tile(path).path == path


def test_a_tree_of_70_000_has_the_tiles_that_the_standard_counts() -> None:
    widths = {level: [tile.width for tile in tiles_at(level, size=70_000)] for level in levels_of(70_000)}
    assert widths == {0: [256] * 273 + [112], 1: [256, 17], 2: [1]}
    assert [tile.width for tile in tiles_at("entries", size=70_000)] == widths[0]
    assert {level: [tile.width for tile in tiles_at(level, size=256)] for level in levels_of(256)} == {0: [256], 1: [1]}
    assert list(levels_of(0)) == []
    assert hashes_at(1, size=70_000) == 273


def test_a_tile_is_within_the_tree_up_to_its_last_hash() -> None:
    assert is_within(Tile(level=0, index=273, width=112), size=70_000)
    assert not is_within(Tile(level=0, index=273, width=113), size=70_000)
    assert is_within(Tile(level=2, index=0, width=1), size=70_000)
    assert not is_within(Tile(level=3, index=0, width=1), size=70_000)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 30_000), min_size=1, max_size=3).filter(lambda sizes: sum(sizes) <= len(HASHES)))
def test_a_tree_grown_in_steps_has_the_root_of_all_its_leaves(steps: list[int]) -> None:
    levels: list[list[bytes]] = [[], [], []]
    size = 0
    for step in steps:
        edge = [levels[run.level][run.first : run.end] for run in runs_of((0, size))]
        for level, gained in enumerate(grown(edge, leaves=HASHES[size : size + step])):
            levels[level].extend(gained)
        size += step
    found = [levels[run.level][run.first : run.end] for run in runs_of((0, size))]
    assert root_of_runs(found) == root(HASHES[:size])


def test_the_root_of_no_runs_is_that_of_the_empty_tree() -> None:
    assert runs_of((0, 0)) == []
    assert root_of_runs([]) == EMPTY_ROOT


@given(st.lists(st.binary(max_size=300)))
def test_a_bundle_gives_back_its_entries(leaves: list[bytes]) -> None:
    assert split_bundle(bundle(leaves)) == leaves


@given(st.binary(max_size=50))
def test_the_bundle_parser_refuses_or_gives_back_what_it_read(content: bytes) -> None:
    with suppress(Malformed):
        assert bundle(split_bundle(content)) == content


@pytest.mark.parametrize("content", [b"\0", b"\0\x01", b"\0\x02a", b"\0\x01a\0"])
def test_a_bundle_that_ends_in_the_middle_is_refused(content: bytes) -> None:
    with pytest.raises(Malformed):
        split_bundle(content)


def test_a_tile_splits_into_its_hashes() -> None:
    assert split_hashes(b"".join(HASHES[:3])) == HASHES[:3]
