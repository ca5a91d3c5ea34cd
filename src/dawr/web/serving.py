"""Web processes on a port, with the edge, the logs and the figures that belong to them."""

import os
import shutil

from dawr.settings import Settings

METRICS_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


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
