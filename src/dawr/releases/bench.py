"""How fast a large draw on files is: the same invented country each time, drawn in a process of its own."""

import json
import re
import subprocess
import sys
import tempfile
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from time import perf_counter

from dawr.kernel.identifiers import code_from_bytes
from dawr.releases.files import run_draw

PLACES = 4_000
FIGURES_FILE = "figures.json"
_LABEL_CHARACTERS = 10
_FIRST_DAY_ON = date(2027, 2, 4)
_PLACES_A_DAY = 100
_CLASSES = ("medical", "elderly")
_ROUND = {"round": 657413, "randomness": "fc1873a13f3545aeade8401532ef5519920652eee6b0d2b19ca12643b87b3587"}


def bench_files(*, entrants: int = 1_000_000, seats: int = 200_000) -> dict[str, int | float]:
    """Seconds and peak memory of a draw on files.

    `rank_s` includes freezing; `total_s` includes reading and checking the files, and ends when the bundle is on disk.
    """
    with tempfile.TemporaryDirectory(prefix="dawr-bench-") as folder:
        write_inputs(Path(folder), entrants=entrants, seats=seats)
        timed = "import sys; from dawr.releases.bench import time_draw; time_draw(sys.argv[1])"
        subprocess.run([sys.executable, "-c", timed, folder], check=True)
        figures = json.loads((Path(folder) / FIGURES_FILE).read_text())
    return {"entrants": entrants, "seats": seats, **figures}


def write_inputs(folder: Path, *, entrants: int, seats: int) -> None:
    """Invented entrants (a tenth in a class, half with credit) who crowd at the first places of the list."""
    places = min(PLACES, seats)
    has_classes = seats >= 2 * places
    with (folder / "places.csv").open("w") as stream:
        stream.write("place,office,starts_at,count,reserved\n")
        for number in range(places):
            count = seats // places + (number < seats % places)
            reserved = "medical:1 elderly:1" if has_classes else ""
            stream.write(f"{_place_id(number)},KW-MOI/HAW,2027-02-04T09:00:00+03:00,{count},{reserved}\n")
    with (folder / "entrants.csv").open("w") as stream:
        stream.write("label,class,credit,preferences\n")
        for number in range(entrants):
            chance = sha256(b"entrant %d" % number).digest()
            stream.write(_entrant_row(chance, places=places, has_classes=has_classes))
    (folder / "beacon.json").write_text(json.dumps(_ROUND))


def _entrant_row(chance: bytes, *, places: int, has_classes: bool) -> str:
    label = code_from_bytes(chance[:_LABEL_CHARACTERS])
    draw_class = _CLASSES[chance[10] % 2] if has_classes and chance[10] < 26 else ""
    credit = chance[11] % 4 if chance[12] % 2 else 0
    wanted = (int.from_bytes(chance[start : start + 4], "big") for start in (13, 17, 21))
    # The square of an even chance falls oftener on small numbers: some places are wanted much more than others.
    chosen = dict.fromkeys(int((number / 2**32) ** 2 * places) for number in wanted)
    return f"{label},{draw_class},{credit},{' '.join(map(_place_id, chosen))}\n"


def _place_id(number: int) -> str:
    day_on = _FIRST_DAY_ON + timedelta(days=number // _PLACES_A_DAY)
    minute = 8 * 60 + number % _PLACES_A_DAY * 3
    return f"HAW-{day_on:%Y%m%d}-{minute // 60:02}{minute % 60:02}"


def time_draw(folder: str) -> None:
    """Draws in this process and writes the figures beside the inputs, as JSON."""
    marks: dict[str, float] = {}

    def mark(stage: str, _done: int, _of: int) -> None:
        marks.setdefault(stage, perf_counter())

    inputs = Path(folder)
    started = perf_counter()
    run_draw(
        inputs / "entrants.csv",
        inputs / "places.csv",
        draw_id="BENCH/1",
        beacon_json=inputs / "beacon.json",
        out=inputs / "bundle",
        progress=mark,
    )
    ended = perf_counter()
    seconds = {
        "rank_s": marks["assigning"] - marks["freezing"],
        "assign_s": marks["writing"] - marks["assigning"],
        "store_s": ended - marks["writing"],
        "total_s": ended - started,
    }
    figures = {name: round(value, 3) for name, value in seconds.items()}
    figures["peak_mib"] = peak_mib()
    (inputs / FIGURES_FILE).write_text(json.dumps(figures))


def peak_mib() -> float:
    """The most memory that this process has had, in MiB.

    Not getrusage's ru_maxrss, which in a new process begins with what its parent had.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    marked = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    assert marked is not None, "Linux marks the high water of every process"
    return round(int(marked[1]) / 1024, 1)
