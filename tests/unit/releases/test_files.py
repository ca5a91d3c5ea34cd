"""A draw on files: every fault is a line, and with a fault nothing is written."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dawr.kernel.refusal import Malformed
from dawr.releases.beacon import Standing
from dawr.releases.bench import bench_files
from dawr.releases.bundle import OutTaken
from dawr.releases.files import FilesRefused, run_draw
from tests.unit.releases.draws import (
    DRAW_2,
    ENTRANTS_1,
    ENTRANTS_2,
    PLACES_2,
    RANDOMNESS,
    RESULTS_2,
    SIGNATURE,
    SIGNED_BEACON,
    draw,
)

HEADER = "label,class,credit,preferences\n"
PLACES_HEADER = "place,office,starts_at,count,reserved\n"


def faults_of(folder: Path, **changed: str | bytes) -> list[str]:
    """What `draw` says about changed files, without the folder's name; and nothing is written."""
    with pytest.raises(FilesRefused) as refused:
        draw(folder, **changed)  # type: ignore[arg-type]
    assert not (folder / "bundle").exists()
    return [fault.replace(f"{folder}/", "") for fault in refused.value.faults]


def entrant_fault(folder: Path, row: str | bytes) -> str:
    """The one fault of an entrants file whose second line is `row`."""
    faults = faults_of(
        folder, entrants=HEADER.encode() + (row if isinstance(row, bytes) else row.encode()) + b"\nGOOD,,,\n"
    )
    assert len(faults) == 1
    return faults[0]


def place_fault(folder: Path, row: str) -> str:
    faults = faults_of(folder, entrants=ENTRANTS_1, places=PLACES_HEADER + row + "\n")
    assert len(faults) == 1
    return faults[0]


def test_the_order_of_the_file_changes_nothing(tmp_path: Path) -> None:
    rows = ENTRANTS_2.removeprefix(HEADER).splitlines(keepends=True)
    draw(tmp_path)
    draw(tmp_path, entrants=HEADER + "".join(reversed(rows)), out="other")
    for name in ("draw.json", "entrants.txt", "places.csv", "results.csv"):
        assert (tmp_path / "bundle" / name).read_bytes() == (tmp_path / "other" / name).read_bytes()


def test_what_spreadsheets_do_to_a_file_changes_nothing(tmp_path: Path) -> None:
    as_saved = b"\xef\xbb\xbf" + ENTRANTS_2.replace(",2,", ",\u0662,").replace("\n", "\r\n").encode() + b"\r\n"
    quoted = as_saved.replace(b"K2V6X9ZB,,0,HAW-0900", b'"K2V6X9ZB","","0","HAW-0900"')
    assert quoted != as_saved
    places = b"\xef\xbb\xbf" + PLACES_2.replace(",1,", ",\u06f1,").replace("\n", "\r\n").encode()
    draw(tmp_path, entrants=quoted, places=places)
    assert (tmp_path / "bundle" / "results.csv").read_text() == RESULTS_2
    assert (tmp_path / "bundle" / "places.csv").read_text() == PLACES_2


def test_a_last_line_without_an_end_is_read(tmp_path: Path) -> None:
    draw(tmp_path, entrants=ENTRANTS_2.rstrip("\n"), places=PLACES_2.rstrip("\n"))
    assert (tmp_path / "bundle" / "results.csv").read_text() == RESULTS_2


def test_an_office_may_have_an_arabic_name_with_a_comma(tmp_path: Path) -> None:
    draw(tmp_path, places=PLACES_2.replace("KW-MOI/HAW", '"حولي، الدور 1, باب 2"'))
    assert "حولي، الدور 1, باب 2" in (tmp_path / "bundle" / "places.csv").read_text()


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("a-1,,,", "entrants.csv:2: the label 'a-1' is not 1 to 16 characters of A-Z, 0-9 and the hyphen"),
        (",,,", "entrants.csv:2: the label '' is not 1 to 16 characters of A-Z, 0-9 and the hyphen"),
        (
            "A" * 17 + ",,,",
            f"entrants.csv:2: the label '{'A' * 17}' is not 1 to 16 characters of A-Z, 0-9 and the hyphen",
        ),
        ("A\x1b[2J,,,", "entrants.csv:2: the label 'A\\x1b[2J' is not 1 to 16 characters of A-Z, 0-9 and the hyphen"),
        ("A-1,vip,,", "entrants.csv:2: the class 'vip' is not one that a place reserves seats for"),
        ("A-1,,4,", "entrants.csv:2: the credit '4' is not 0, 1, 2 or 3"),
        ("A-1,,-1,", "entrants.csv:2: the credit '-1' is not 0, 1, 2 or 3"),
        ("A-1,,0,HAW-0901", "entrants.csv:2: the place 'HAW-0901' is not in the places file"),
        ("A-1,,0,HAW-0900 HAW-0900", "entrants.csv:2: a place stands twice among the preferences"),
        ("A-1,,0", "entrants.csv:2: there are 3 columns, not the 4 of label,class,credit,preferences"),
        ("A-1,,0,HAW-0900,", "entrants.csv:2: there are 5 columns, not the 4 of label,class,credit,preferences"),
        ('A-1,,0,"HAW-0900', "entrants.csv:2: a quotation mark is not closed, or stands in the wrong place"),
        (b"A-\xff,,,", "entrants.csv:2: the line is not UTF-8"),
        ("A-1,,0," + "HAW-0900 " * 1000, "entrants.csv:2: the line is longer than 4,096 bytes"),
        ("GOOD,,1,", "entrants.csv:3: the label 'GOOD' stands on line 2 already"),
    ],
)
def test_a_bad_entrant_is_named_by_file_and_line(tmp_path: Path, row: str | bytes, fault: str) -> None:
    assert entrant_fault(tmp_path, row) == fault


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("HAW 1,,,1,", "places.csv:2: the place 'HAW 1' is not up to 64 letters, digits and . _ / : + -"),
        ("X,,,x,", "places.csv:2: the count 'x' is not a whole number up to 1,000,000"),
        ("X,,,1000001,", "places.csv:2: the count '1000001' is not a whole number up to 1,000,000"),
        ("X,,,1.5,", "places.csv:2: the count '1.5' is not a whole number up to 1,000,000"),
        ("X,,,2,medical:3", "places.csv:2: 3 seats are reserved of 2"),
        ("X,,,2,medical", "places.csv:2: the reserved share '' is not a whole number up to 1,000,000"),
        (
            "X,,,2,1st:1",
            "places.csv:2: the class '1st' is not up to 32 letters, digits, hyphens and underscores, a letter first",
        ),
        ("X,,,2,medical:1 medical:1", "places.csv:2: the class 'medical' stands twice among the reserved shares"),
        ("X,,tomorrow,2,", "places.csv:2: the start 'tomorrow' is not a date and time like 2027-02-04T09:00+03:00"),
        ("X,,2", "places.csv:2: there are 3 columns, not the 5 of place,office,starts_at,count,reserved"),
        ("X,,,1,\nX,,,1,", "places.csv:3: the place 'X' stands on line 2 already"),
    ],
)
def test_a_bad_place_is_named_by_file_and_line(tmp_path: Path, row: str, fault: str) -> None:
    assert place_fault(tmp_path, row) == fault


def test_all_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    faults = faults_of(
        tmp_path, entrants=HEADER + "A,,9,\nB,x,,Z\nA,,,\nA,,,\n", places=PLACES_HEADER + "X,,,-,\n", beacon="{}"
    )
    assert [fault.split(": ")[0] for fault in faults] == [
        "beacon.json",
        "places.csv:2",
        "entrants.csv:2",
        "entrants.csv:4",
        "entrants.csv:5",
    ]


def test_a_faulty_places_file_does_not_blame_the_entrants(tmp_path: Path) -> None:
    assert faults_of(tmp_path, places=PLACES_2.replace(",1,", ",one,")) == [
        "places.csv:3: the count 'one' is not a whole number up to 1,000,000"
    ]


def test_a_hundred_faults_are_shown_and_all_are_counted(tmp_path: Path) -> None:
    (tmp_path / "bad.csv").touch()
    with pytest.raises(FilesRefused) as refused:
        draw(tmp_path, entrants=HEADER + "bad,,,\n" * 250)
    assert len(refused.value.faults) == 100
    assert refused.value.facts["count"] == 250


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "the file is empty"),
        (HEADER, "there is no entrant in it"),
        ("\n" + HEADER, "the first line is not label,class,credit,preferences"),
        ("A-0001,,,\n", "the first line is not label,class,credit,preferences"),
        ("label;class;credit;preferences\nA;;;\n", "the first line is not label,class,credit,preferences"),
    ],
)
def test_a_file_that_is_no_table_of_entrants_is_refused(tmp_path: Path, text: str, fault: str) -> None:
    (said,) = faults_of(tmp_path, entrants=text)
    assert said.startswith("entrants.csv")
    assert said.endswith(fault)


def test_a_file_in_utf_16_is_refused(tmp_path: Path) -> None:
    (said,) = faults_of(tmp_path, entrants=ENTRANTS_2.encode("utf-16"))
    assert said == "entrants.csv:1: the first line is not label,class,credit,preferences"


def test_a_table_without_places_is_refused(tmp_path: Path) -> None:
    assert faults_of(tmp_path, places=PLACES_HEADER) == ["places.csv: there is no place in it"]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FilesRefused) as refused:
        run_draw(tmp_path / "e", tmp_path / "p", draw_id="X", beacon_json=tmp_path / "b", out=tmp_path / "o")
    assert refused.value.faults == (f"{tmp_path}/b: No such file or directory",)


@pytest.mark.parametrize(
    ("beacon", "fault"),
    [
        ("", "the beacon's round is not JSON"),
        ("[1]", "the beacon's round is not a JSON object"),
        (f'{{"randomness": "{RANDOMNESS}"}}', '"round" is not a whole number from 1'),
        ('{"round": 1}', '"randomness" is not 64 hexadecimal digits'),
        (f'{{"round": 1, "randomness": "{RANDOMNESS[1:]}"}}', '"randomness" is not 64 hexadecimal digits'),
        (
            f'{{"round": 42, "randomness": "{RANDOMNESS}", "signature": "{SIGNATURE}"}}',
            "the randomness is not SHA-256 of the signature",
        ),
        (f'{{"round": 43, "signature": "{SIGNATURE}"}}', "the signature is not the chain's"),
    ],
)
def test_a_bad_beacon_is_refused(tmp_path: Path, beacon: str, fault: str) -> None:
    assert faults_of(tmp_path, beacon=beacon) == [f"beacon.json: {fault}"]


def test_a_round_without_a_signature_is_said_to_be_unchecked(tmp_path: Path) -> None:
    drawn = draw(tmp_path)
    assert drawn.beacon is Standing.UNCHECKED
    assert str(drawn.beacon) == "unchecked"
    assert json.loads((tmp_path / "bundle" / "draw.json").read_text())["signature"] == ""


def test_a_signed_round_is_checked_and_kept(tmp_path: Path) -> None:
    drawn = draw(tmp_path, beacon=SIGNED_BEACON)
    assert drawn.beacon is Standing.SIGNED
    assert json.loads((tmp_path / "bundle" / "draw.json").read_text())["signature"] == SIGNATURE
    assert (drawn.record.entrants, drawn.record.seats, drawn.winners) == (8, 5, 5)


def test_a_draw_id_of_two_lines_is_refused_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(Malformed):
        draw(tmp_path, draw_id="A\nB")
    assert not (tmp_path / "bundle").exists()


def test_another_draw_does_not_take_a_published_name(tmp_path: Path) -> None:
    draw(tmp_path)
    draw(tmp_path)
    with pytest.raises(OutTaken):
        draw(tmp_path, draw_id="KW-MOI/18/2027-02-02")
    assert json.loads((tmp_path / "bundle" / "draw.json").read_text())["draw_id"] == DRAW_2


def test_progress_tells_each_stage_from_beginning_to_end(tmp_path: Path) -> None:
    draw(tmp_path)
    told: list[tuple[str, int, int]] = []
    run_draw(
        tmp_path / "entrants.csv",
        tmp_path / "places.csv",
        draw_id=DRAW_2,
        beacon_json=tmp_path / "beacon.json",
        out=tmp_path / "bundle",
        progress=lambda *what: told.append(what),
    )
    assert list(dict.fromkeys(stage for stage, _, _ in told)) == [
        "reading",
        "freezing",
        "ranking",
        "assigning",
        "writing",
    ]
    for stage in ("reading", "freezing", "ranking", "assigning", "writing"):
        done = [done for name, done, _ in told if name == stage]
        of = {of for name, _, of in told if name == stage}
        assert done == sorted(done)
        assert of == {done[-1]}


def test_one_huge_line_takes_no_memory(tmp_path: Path) -> None:
    with (tmp_path / "huge.csv").open("wb") as stream:
        stream.write(HEADER.encode())
        stream.seek(1 << 30)
        stream.write(b"\n")
    (tmp_path / "places.csv").write_text(PLACES_2)
    (tmp_path / "beacon.json").write_text(SIGNED_BEACON)
    script = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_AS, (2**29, 2**29))
from dawr.releases.files import FilesRefused, run_draw
folder = Path(sys.argv[1])
try:
    given = {"draw_id": "X", "beacon_json": folder / "beacon.json", "out": folder / "out"}
    run_draw(folder / "huge.csv", folder / "places.csv", **given)
except FilesRefused as refused:
    sys.stdout.write(refused.faults[0])
"""
    said = subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True, capture_output=True, text=True)
    assert said.stdout.endswith("huge.csv:2: the line is longer than 4,096 bytes")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300), st.sampled_from(["entrants", "places", "beacon"]))
def test_files_of_any_bytes_are_refused_in_words(tmp_path: Path, text: bytes, which: str) -> None:
    with pytest.raises(FilesRefused):
        draw(tmp_path, **{which: text})  # type: ignore[arg-type]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text('A9-,"x0 é\t٣', max_size=20), min_size=1, max_size=5))
def test_rows_of_any_kind_are_drawn_or_refused_in_words(tmp_path: Path, rows: list[str]) -> None:
    out = os.urandom(8).hex()
    faults: tuple[str, ...] = ()
    try:
        draw(tmp_path, entrants=HEADER + "\n".join(rows), out=out)
    except FilesRefused as refused:
        faults = refused.faults
    assert bool(faults) != (tmp_path / out).exists()


def test_a_hundred_thousand_entrants_stay_within_the_memory_for_a_million(tmp_path: Path) -> None:
    figures = bench_files(entrants=100_000, seats=20_000)
    assert set(figures) == {"entrants", "seats", "rank_s", "assign_s", "store_s", "total_s", "peak_mib"}
    assert figures["peak_mib"] < 600 / 4
