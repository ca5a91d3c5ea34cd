"""The whole suite, as `make test` runs it: a browser is found or fetched first, then one pytest over everything.

Arguments go through to pytest: `tests/run.py tests/unit -k money`.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.journeys.browser import obtain  # noqa: E402

# Two processes: one walks the journeys, which share one demonstration, while the other runs the rest.
SPREAD = ("-n", "2", "--dist", "loadgroup")


def main() -> int:
    print(f"Browser: {obtain().path}", flush=True)  # noqa: T201
    command = [sys.executable, "-m", "pytest", "-q", *SPREAD, *(sys.argv[1:] or ["tests"])]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
