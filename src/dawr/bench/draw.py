"""How long one large draw takes, and how much memory."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from dawr.db.embedded import running_server
from dawr.db.migrate import migrate
from dawr.releases.bench import bench_files
from dawr.releases.bench_server import bench_server


def draw_figures(*, entrants: int, seats: int, is_on_files: bool) -> dict[str, Any]:
    """Seconds and peak memory of ranking, assigning and storing one large draw, on files or on a server of its own."""
    if is_on_files:
        return dict(bench_files(entrants=entrants, seats=seats))
    with tempfile.TemporaryDirectory(prefix="dawr-bench-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        with running_server(Path(folder) / "pg", options={"max_wal_size": "4GB"}) as server:
            asyncio.run(migrate(server.url))
            return dict(bench_server(server.url, entrants=entrants, seats=seats))
