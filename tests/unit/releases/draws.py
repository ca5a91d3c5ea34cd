"""Draws that several tests use."""

from pathlib import Path

from dawr.releases.assignment import Place
from dawr.releases.files import DrawOnFiles, run_draw

ROUND = 657413
RANDOMNESS = "fc1873a13f3545aeade8401532ef5519920652eee6b0d2b19ca12643b87b3587"

# Round 42 of quicknet: https://docs.drand.love/developer/http-api
SIGNED_ROUND = 42
SIGNATURE = "95a9f9f5b231b7714de1553105d8ffdf3dcda24cfdb1e689319bccf79a9c8ce430a91b811fbfaf763900bc998b5d686a"
SIGNED_BEACON = f'{{"round": {SIGNED_ROUND}, "signature": "{SIGNATURE}"}}'

PLAIN_BEACON = f'{{"round": {ROUND}, "randomness": "{RANDOMNESS}"}}'

DRAW_1 = "KW-MOI/412/2027-01-01"
ENTRANTS_1 = "label,class,credit,preferences\n" + "".join(f"A-{number:04},,,\n" for number in range(1, 13))
PLACES_1 = "place,office,starts_at,count,reserved\nHAW-0900,KW-MOI/HAW,2027-01-04T09:00+03:00,4,\n"
RANKS_1 = ["A-0012", "A-0010", "A-0005", "A-0001"]
LIST_ROOT_1 = "a6a83383f6c51b9af0a823f3f96c9d31f98e3be79f640684f7b02a3dda81adb7"
SEED_1 = "7bf7382b743436a46c800484fcfda5e44e45d091b2bf4b5ca4c8f92d7b8e3091"

DRAW_2 = "KW-MOI/18/2027-02-01"
ENTRANTS_2 = """label,class,credit,preferences
7QK2M9XA,,0,HAW-0900 HAW-0930 FAR-0900
B4T8ZC3E,medical,0,HAW-0900 FAR-0900
D9F2H6JK,,2,FAR-0900 HAW-0900
G5M3P8RT,elderly,0,FAR-0900
K2V6X9ZB,,0,HAW-0900
N7C4E2GH,medical,1,HAW-0900
R3J8L5NQ,,0,HAW-0930 HAW-0900
T6S9U2VW,,3,FAR-0900 HAW-0930
"""
PLACES_2 = """place,office,starts_at,count,reserved
HAW-0900,KW-MOI/HAW,2027-02-04T09:00+03:00,2,medical:1
HAW-0930,KW-MOI/HAW,2027-02-04T09:30+03:00,1,
FAR-0900,KW-MOI/FAR,2027-02-04T09:00+03:00,2,elderly:1
"""
LIST_ROOT_2 = "c8e54dba15bde7271d6b796b6e5936b5b25b14d86d5d5fc449a28afc2abb1d15"
SEED_2 = "7af6a312388a8b36f203ddd35013462283b12d0c02931a95788662e100e39963"
RESULTS_2 = """rank,label,place
1,N7C4E2GH,HAW-0900
2,R3J8L5NQ,HAW-0930
3,T6S9U2VW,FAR-0900
4,7QK2M9XA,HAW-0900
5,D9F2H6JK,
6,K2V6X9ZB,
7,G5M3P8RT,FAR-0900
8,B4T8ZC3E,
"""
PLACE_LIST_2 = (
    Place(place_id="HAW-0900", count=2, reserved={"medical": 1}),
    Place(place_id="HAW-0930", count=1),
    Place(place_id="FAR-0900", count=2, reserved={"elderly": 1}),
)


def draw(
    folder: Path,
    *,
    entrants: str | bytes = ENTRANTS_2,
    places: str | bytes = PLACES_2,
    beacon: str | bytes = PLAIN_BEACON,
    draw_id: str = DRAW_2,
    out: str = "bundle",
) -> DrawOnFiles:
    """Vector 2, or what a test changes of it, drawn in `folder`."""
    given = {"entrants.csv": entrants, "places.csv": places, "beacon.json": beacon}
    for name, text in given.items():
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return run_draw(
        folder / "entrants.csv",
        folder / "places.csv",
        draw_id=draw_id,
        beacon_json=folder / "beacon.json",
        out=folder / out,
    )
