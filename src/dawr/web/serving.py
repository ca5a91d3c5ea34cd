"""Web processes on a port, with the edge, the logs and the figures that belong to them."""

import gc
import os
import shutil

from dawr.settings import Settings

METRICS_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
COLLECT_AFTER = (50_000, 20, 20)
"""So many new containers, then so many rounds of each generation; Python's own 700 is for programs that do little."""


def serve(settings: Settings, *, host: str, processes: int) -> None:
    """Serve until SIGTERM; every process of this port keeps its figures in one folder, which begins empty."""
    folder = settings.data_dir / "metrics" / str(settings.port)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    # The client library reads it when it is imported, here and in each process that is started from here.
    os.environ[METRICS_VARIABLE] = str(folder)

    import uvicorn

    from dawr.web.flood.edge import edge_options
    from dawr.web.logs import configure_logs

    configure_logs()
    uvicorn.run(
        "dawr.app:create_app",
        factory=True,
        host=host,
        port=settings.port,
        workers=processes,
        loop="uvloop",
        access_log=False,
        log_config=None,
        **edge_options(),
    )


def collect_rarely() -> None:
    """Let the garbage collector leave alone what a process has loaded by now, and look for cycles less often.

    With some hundred requests in flight it otherwise walks over all of them for every few that come; measured, that
    was half of the processor time of reading one's status.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
