"""drand's HTTP API, versions 1 and 2, for the demonstration's stand-in."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvicorn
from litestar import Litestar, Response, get
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.status_codes import HTTP_400_BAD_REQUEST, HTTP_425_TOO_EARLY

from dawr.demo.beacon.signer import SCHEME, DemonstrationBeacon, demonstration_beacon
from dawr.releases.beacon import instant_of, round_at

BEACON_ID = "demonstration"
Clock = Callable[[], datetime]


def serve_demo_beacon(port: int, folder: Path) -> None:
    """Serves the stand-in whose key is in `folder` on the loopback, until the process is told to stop."""
    application = demo_beacon_app(demonstration_beacon(folder), clock=lambda: datetime.now(UTC))
    uvicorn.run(application, host="127.0.0.1", port=port, log_level="warning", access_log=False)


def demo_beacon_url(port: int) -> str:
    """The stand-in's chain, as DAWR_BEACON_URL takes it."""
    return f"http://127.0.0.1:{port}/v2/beacons/{BEACON_ID}"


def demo_beacon_app(beacon: DemonstrationBeacon, *, clock: Clock) -> Litestar:
    """The ASGI application of one chain."""
    return Litestar(
        [chain_info, beacon_round],
        dependencies={
            "beacon": Provide(lambda: beacon, sync_to_thread=False),
            "now": Provide(clock, sync_to_thread=False, use_cache=False),
        },
        openapi_config=None,
    )


@get([f"/v2/beacons/{BEACON_ID}/info", "/{chain_hash:str}/info"], sync_to_thread=False)
def chain_info(beacon: NamedDependency[DemonstrationBeacon]) -> dict[str, Any]:
    """What drand says of a chain; the scheme says that this one is none of drand's."""
    return {
        "public_key": beacon.chain.public_key,
        "period": beacon.chain.period_seconds,
        "genesis_time": beacon.chain.genesis_seconds,
        "genesis_seed": "",
        "chain_hash": beacon.chain_hash,
        "scheme": SCHEME,
        "beacon_id": BEACON_ID,
    }


@get([f"/v2/beacons/{BEACON_ID}/rounds/{{wanted:str}}", "/{chain_hash:str}/public/{wanted:str}"], sync_to_thread=False)
def beacon_round(
    beacon: NamedDependency[DemonstrationBeacon], wanted: FromPath[str], now: NamedDependency[datetime]
) -> Response[dict[str, Any]]:
    """A round by its number, or the latest; not one second before it is due."""
    latest = round_at(now, chain=beacon.chain)
    if wanted == "latest":
        wanted = str(latest)
    if not (wanted.isascii() and wanted.isdigit() and len(wanted) <= 10 and int(wanted)):
        return Response({"error": "a round is a number from 1"}, status_code=HTTP_400_BAD_REQUEST)
    number = int(wanted)
    if number > latest:
        wait = f"round {number} is due at {instant_of(number, chain=beacon.chain):%FT%TZ}"
        return Response({"error": wait}, status_code=HTTP_425_TOO_EARLY)
    signed = beacon.sign_round(number)
    return Response({"round": number, "randomness": signed.randomness, "signature": signed.signature})
