"""A bundle has one way to be written, and comes into being at once or not at all."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dawr.kernel.refusal import Malformed
from dawr.releases.assignment import Place
from dawr.releases.beacon import Beacon
from dawr.releases.bundle import (
    PARTS,
    DrawRecord,
    OutTaken,
    draw_record,
    entrants_text,
    places_text,
    read_bundled_places,
    read_lines,
    read_record,
    record_text,
    require_draw_id,
    require_free,
    write_bundle,
)
from tests.unit.releases.draws import LIST_ROOT_2, PLACE_LIST_2, RANDOMNESS, ROUND, SEED_2

PARTS_OF_A_TEST = {name: [name.encode(), b"\n"] for name in PARTS}

place_lists = st.lists(
    st.builds(
        Place,
        place_id=st.from_regex(r"[A-Z][A-Z0-9-]{0,9}", fullmatch=True),
        office=st.text(st.characters(categories=("L", "N", "P")), max_size=20),
        starts_at=st.datetimes().map(lambda instant: instant.isoformat()),
        count=st.integers(10, 1000),
        reserved=st.dictionaries(st.sampled_from(["medical", "elderly"]), st.integers(0, 5)),
    ),
    min_size=1,
    unique_by=lambda place: place.place_id,
)


def record() -> DrawRecord:
    beacon = Beacon(round_number=ROUND, randomness=RANDOMNESS)
    return draw_record("KW-MOI/18/2027-02-01", list_root=LIST_ROOT_2, places=PLACE_LIST_2, beacon=beacon, entrants=8)


def test_draw_json_has_the_fields_of_the_format_in_its_order() -> None:
    text = record_text(record())
    document = json.loads(text)
    fields = "format draw_id list_root places_sha256 round randomness signature seed entrants seats"
    assert list(document) == fields.split()
    assert (document["format"], document["seed"], document["signature"]) == ("dawr-draw-v1", SEED_2, "")
    assert text.endswith(b"}\n")


def test_draw_json_is_read_back() -> None:
    assert read_record(record_text(record())) == record()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'  "seats"', b' "seats"'),
        (b'"seats": 5', b'"seats": 5.0'),
        (b'"entrants": 8', b'"entrants": true'),
        (b'"entrants": 8', b'"entrants": "8"'),
        (b'"entrants": 8,\n', b""),
        (b'"format": "dawr-draw-v1"', b'"format": "dawr-draw-v2"'),
        (b'"signature": ""', b'"signature": null'),
        (b'"signature": ""', b'"signature": "", "extra": 1'),
        (b'"draw_id": "KW', b'"draw_id": "\\u004bW'),
        (b'"draw_id": "KW', b'"draw_id": "K W'),
        (b'"seed": "7af6', b'"seed": "7aXX'),
        (b'"list_root": "', b'"list_root": ["'),
        (b"\n}\n", b"\n}"),
        (b"{", b"[" * 100_000),
    ],
)
def test_another_way_to_write_draw_json_is_refused(old: bytes, new: bytes) -> None:
    text = record_text(record())
    assert old in text
    with pytest.raises(Malformed):
        read_record(text.replace(old, new))


@given(place_lists)
def test_places_are_read_back(places: list[Place]) -> None:
    assert read_bundled_places(places_text(places)) == places


@given(st.binary(max_size=200))
def test_places_that_are_bytes_of_any_kind_are_refused(text: bytes) -> None:
    with pytest.raises(Malformed):
        read_bundled_places(text)


def test_places_written_in_another_way_are_refused() -> None:
    text = places_text(PLACE_LIST_2)
    for other in (
        text.replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + text,
        text[:-1],
        text + b"\n",
        text.replace(b",2,", b",02,", 1),
    ):
        with pytest.raises(Malformed):
            read_bundled_places(other)


@given(st.lists(st.binary(min_size=1, max_size=9).filter(lambda line: b"\n" not in line)))
def test_lines_are_read_back(lines: list[bytes]) -> None:
    assert read_lines(b"".join(entrants_text(lines))) == lines


def test_a_last_line_without_its_end_is_refused() -> None:
    with pytest.raises(Malformed):
        read_lines(b"A-0001\nA-0002")


@pytest.mark.parametrize("draw_id", ["", " ", "a b", "a\nb", "\u0660", "x" * 101])
def test_a_draw_id_that_the_seed_could_misread_is_refused(draw_id: str) -> None:
    with pytest.raises(Malformed):
        require_draw_id(draw_id)


def test_a_bundle_is_written_whole_and_for_all_to_read(tmp_path: Path) -> None:
    write_bundle(tmp_path / "new" / "out", parts=PARTS_OF_A_TEST)
    assert sorted(file.name for file in (tmp_path / "new" / "out").iterdir()) == sorted(PARTS)
    assert (tmp_path / "new" / "out" / "draw.json").read_bytes() == b"draw.json\n"
    assert (tmp_path / "new" / "out").stat().st_mode & 0o777 == 0o755
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["out"]


def test_an_empty_folder_may_become_the_bundle(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    require_free(tmp_path / "out")
    write_bundle(tmp_path / "out", parts=PARTS_OF_A_TEST)
    assert (tmp_path / "out" / "draw.json").exists()


def test_the_same_bundle_again_changes_nothing(tmp_path: Path) -> None:
    write_bundle(tmp_path / "out", parts=PARTS_OF_A_TEST)
    before = (tmp_path / "out" / "draw.json").stat()
    write_bundle(tmp_path / "out", parts=PARTS_OF_A_TEST)
    after = (tmp_path / "out" / "draw.json").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert [file.name for file in tmp_path.iterdir()] == ["out"]


def test_another_bundle_is_never_written_over_a_published_one(tmp_path: Path) -> None:
    write_bundle(tmp_path / "out", parts=PARTS_OF_A_TEST)
    with pytest.raises(OutTaken):
        write_bundle(tmp_path / "out", parts={**PARTS_OF_A_TEST, "results.csv": [b"else\n"]})
    assert (tmp_path / "out" / "results.csv").read_bytes() == b"results.csv\n"
    assert [file.name for file in tmp_path.iterdir()] == ["out"]


def test_a_folder_with_other_things_or_a_file_is_never_taken(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "1.jpg").touch()
    (tmp_path / "file").touch()
    for taken in (tmp_path / "photos", tmp_path / "file"):
        with pytest.raises(OutTaken):
            require_free(taken)
        with pytest.raises(OutTaken):
            write_bundle(taken, parts=PARTS_OF_A_TEST)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["file", "photos"]


def test_a_fault_while_writing_leaves_nothing_behind(tmp_path: Path) -> None:
    def interrupted() -> Iterator[bytes]:
        yield b"half"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_bundle(tmp_path / "out", parts={**PARTS_OF_A_TEST, "results.csv": interrupted()})
    assert not list(tmp_path.iterdir())


def test_a_kill_while_writing_leaves_nothing_under_the_name(tmp_path: Path) -> None:
    script = """
import os, signal, sys
from pathlib import Path
from dawr.releases.bundle import write_bundle
def killed():
    yield b"half"
    os.kill(os.getpid(), signal.SIGKILL)
write_bundle(Path(sys.argv[1]), parts={"draw.json": [b"{}"], "entrants.txt": killed()})
"""
    killed = subprocess.run([sys.executable, "-c", script, str(tmp_path / "out")], check=False)
    assert killed.returncode == -9
    assert not (tmp_path / "out").exists()
    write_bundle(tmp_path / "out", parts=PARTS_OF_A_TEST)
    assert (tmp_path / "out" / "draw.json").read_bytes() == b"draw.json\n"
