"""Dawr's tests; every name is a sentence."""

import os
from pathlib import Path

import pytest


def vectors_folder(chapter: str) -> Path:
    """The published test vectors of one chapter; skips where they are not beside the project."""
    root = Path(os.environ.get("DAWR_VECTORS", Path(__file__).parents[2] / "shared" / "vectors"))
    if not (root / chapter).is_dir():
        pytest.skip(f"published vectors are not here: {root / chapter} (set DAWR_VECTORS)")
    return root / chapter
