"""The whole suite, as `make test` runs it: a browser, nginx and PgBouncer are found or fetched, then one pytest runs.

Arguments go through to pytest: `tests/run.py tests/unit -k money`.
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.deploy import programs  # noqa: E402
from tests.journeys.browser import obtain  # noqa: E402

# Two processes: one walks the journeys, which share one demonstration, while the other runs the rest.
SPREAD = ("-n", "2", "--dist", "loadgroup")


def main() -> None:
    """Pytest takes our place, so that Ctrl-C reaches it alone and it clears its servers away."""
    print(f"Browser: {obtain().path}", flush=True)  # noqa: T201
    for name, found in programs.obtain().items():
        print(f"{name}: {found.path if found else 'none; its tests are skipped'}", flush=True)  # noqa: T201
    command = [sys.executable, "-m", "pytest", "-q", *SPREAD, *(sys.argv[1:] or ["tests"])]
    os.chdir(ROOT)
    os.execv(sys.executable, command)


if __name__ == "__main__":
    main()
