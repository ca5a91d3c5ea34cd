"""Number them yourself: python3 citizen_check.py FOLDER (Python 3.9 or later, nothing to install).

The folder holds line.json and labels.txt, as the line's page gives them out.
"""

import hashlib
import json
import sys
from pathlib import Path


def root(lines: list[bytes]) -> bytes:
    """The fingerprint of the whole list (RFC 6962): change one letter of one line and it is another."""
    if len(lines) < 2:
        return hashlib.sha256(b"".join(b"\0" + line for line in lines)).digest()
    left = 1 << (len(lines) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + root(lines[:left]) + root(lines[left:])).digest()


def check(folder: Path) -> None:
    """Prints the numbers, or says what is wrong and fails."""
    line = json.loads((folder / "line.json").read_text())
    labels = (folder / "labels.txt").read_bytes().splitlines()
    key = bytes.fromhex(line["key"])
    if hashlib.sha256(key).hexdigest() != line["key_sha256"]:
        sys.exit("WRONG: this is not the key that the rules committed to")
    if len(labels) != line["gathered"] or root(labels).hex() != line["gathered_root"]:
        sys.exit("WRONG: labels.txt is not the list of those who were there")
    by_key = sorted((hashlib.sha256(key + label).digest(), label) for label in labels)
    for number, (_, label) in enumerate(by_key, start=1):
        print(number, label.decode())


if __name__ == "__main__":
    check(Path(sys.argv[1]))
