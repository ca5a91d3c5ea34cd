"""Draw it again yourself: python3 citizen_check.py FOLDER (Python 3.9 or later, nothing to install)."""

import hashlib
import hmac
import json
import sys
from pathlib import Path


def root(lines: list[bytes]) -> bytes:
    """The fingerprint of the whole list (RFC 6962): change one letter of one line and it is another."""
    if len(lines) == 1:
        return hashlib.sha256(b"\0" + lines[0]).digest()
    left = 1 << (len(lines) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + root(lines[:left]) + root(lines[left:])).digest()


def key(seed: bytes, line: bytes) -> tuple[bytes, bytes]:
    """What a line is ordered by: the smallest of its hashes, one and one more for each credit."""
    label, _, credit = (line + b"\t\t0").split(b"\t")[:3]
    names = [label] + [b"%s#%d" % (label, number) for number in range(1, int(credit) + 1)]
    return min(hmac.digest(seed, name, "sha256") for name in names), label


def check(folder: Path) -> None:
    """Prints the ranks, or says what is wrong and fails."""
    draw = json.loads((folder / "draw.json").read_text())
    lines = (folder / "entrants.txt").read_bytes().splitlines()
    if not lines or root(lines).hex() != draw["list_root"]:
        sys.exit("WRONG: entrants.txt is not the list that was frozen")
    signature = bytes.fromhex(draw["signature"])
    if not signature:
        print("The beacon's signature was not given: unchecked", file=sys.stderr)
    elif hashlib.sha256(signature).hexdigest() != draw["randomness"]:
        sys.exit("WRONG: the randomness does not come from the beacon's signature")
    words = ["dawr-draw-v1", draw["draw_id"], draw["list_root"], str(draw["round"]), draw["randomness"], ""]
    seed = hashlib.sha256("\n".join(words).encode()).digest()
    if seed.hex() != draw["seed"]:
        sys.exit("WRONG: the seed does not come from the list and the beacon")
    for rank, (_, label) in enumerate(sorted(key(seed, line) for line in lines), start=1):
        print(rank, label.decode())


if __name__ == "__main__":
    check(Path(sys.argv[1]))
