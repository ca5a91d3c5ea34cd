"""The demonstration's beacon answers as drand does, and tells what it is."""

import asyncio
import socket
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
import uvicorn

from dawr.demo.beacon.pages import demo_beacon_app, demo_beacon_url
from dawr.demo.beacon.signer import KEY_FILE, DemonstrationBeacon, demonstration_beacon
from dawr.releases.beacon import BeaconRefused, Standing, check_round, instant_of, read_beacon
from dawr.releases.beacon_source import BeaconUnreachable, RoundNotDue, fetch_round

NOW = datetime(2027, 2, 4, 6, 0, tzinfo=UTC)


@pytest.fixture
def beacon(tmp_path: Path) -> DemonstrationBeacon:
    return demonstration_beacon(tmp_path / "beacon")


async def get(beacon: DemonstrationBeacon, path: str, *, now: datetime = NOW) -> httpx.Response:
    transport = httpx.ASGITransport(app=demo_beacon_app(beacon, clock=lambda: now))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://beacon") as client:
        return await client.get(path)


@contextmanager
def served(beacon: DemonstrationBeacon) -> Iterator[str]:
    """The stand-in as a server of its own."""
    application = demo_beacon_app(beacon, clock=lambda: NOW)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(application, log_level="warning"))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listening])))
        thread.start()
        yield demo_beacon_url(listening.getsockname()[1])
        server.should_exit = True
        thread.join()


@contextmanager
def answering(status: int, body: bytes) -> Iterator[str]:
    """A server that says the same to everybody."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v2/beacons/x"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_key_is_made_once_and_is_nobody_elses_to_read(tmp_path: Path) -> None:
    first = demonstration_beacon(tmp_path / "beacon")
    assert (
        demonstration_beacon(tmp_path / "beacon") == first
        or first.chain == demonstration_beacon(tmp_path / "beacon").chain
    )
    assert demonstration_beacon(tmp_path / "other").chain != first.chain
    assert stat.S_IMODE((tmp_path / "beacon" / KEY_FILE).stat().st_mode) == 0o600
    assert [file.name for file in (tmp_path / "beacon").iterdir()] == [KEY_FILE]


def test_a_round_is_signed_the_same_way_each_time_and_is_labelled(beacon: DemonstrationBeacon) -> None:
    assert beacon.sign_round(7) == beacon.sign_round(7)
    assert beacon.sign_round(7).randomness != beacon.sign_round(8).randomness
    assert check_round(beacon.sign_round(7), chain=beacon.chain) is Standing.DEMONSTRATION
    assert "not random for anyone who runs it" in Standing.DEMONSTRATION


def test_a_round_signed_by_another_key_or_for_another_number_is_refused(
    beacon: DemonstrationBeacon, tmp_path: Path
) -> None:
    with pytest.raises(BeaconRefused):
        check_round(demonstration_beacon(tmp_path / "other").sign_round(7), chain=beacon.chain)
    signed = beacon.sign_round(8)
    moved = type(signed)(round_number=7, randomness=signed.randomness, signature=signed.signature)
    with pytest.raises(BeaconRefused):
        check_round(moved, chain=beacon.chain)


@pytest.mark.parametrize(
    "path_of", [lambda _: "/v2/beacons/demonstration/info", lambda beacon: f"/{beacon.chain_hash}/info"]
)
async def test_the_chain_says_what_it_is(
    beacon: DemonstrationBeacon, path_of: Callable[[DemonstrationBeacon], str]
) -> None:
    info = (await get(beacon, path_of(beacon))).json()
    assert info["scheme"] == "demonstration"
    assert (info["public_key"], info["period"]) == (beacon.chain.public_key, 3)
    assert info["chain_hash"] == beacon.chain_hash


async def test_a_round_that_is_due_is_given_in_both_apis(beacon: DemonstrationBeacon) -> None:
    for path in ("/v2/beacons/demonstration/rounds/1000", f"/{beacon.chain_hash}/public/1000"):
        answer = await get(beacon, path)
        assert answer.status_code == 200
        assert check_round(read_beacon(answer.content), chain=beacon.chain) is Standing.DEMONSTRATION


async def test_a_round_is_not_given_a_second_before_it_is_due(beacon: DemonstrationBeacon) -> None:
    due_at = instant_of(1000, chain=beacon.chain)
    path = "/v2/beacons/demonstration/rounds/1000"
    assert (await get(beacon, path, now=due_at - timedelta(seconds=1))).status_code == 425
    assert (await get(beacon, path, now=due_at)).status_code == 200


async def test_the_latest_round_is_the_one_that_is_due_now(beacon: DemonstrationBeacon) -> None:
    now = instant_of(1000, chain=beacon.chain) + timedelta(seconds=2)
    assert (await get(beacon, "/v2/beacons/demonstration/rounds/latest", now=now)).json()["round"] == 1000


@pytest.mark.parametrize("wanted", ["0", "-1", "x", "1.5", "9" * 30, "٣"])
async def test_what_is_no_round_is_refused(beacon: DemonstrationBeacon, wanted: str) -> None:
    assert (await get(beacon, f"/v2/beacons/demonstration/rounds/{wanted}")).status_code == 400


async def test_a_round_is_fetched_over_http(beacon: DemonstrationBeacon) -> None:
    with served(beacon) as url:
        assert await fetch_round(url, 1000) == beacon.sign_round(1000)
        with pytest.raises(RoundNotDue):
            await fetch_round(url, 10**9)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"hello"),
        (200, b"{}"),
        (200, b'{"round": 8, "signature": "00"}'),
        (200, b'{"round": 7, "randomness": "' + b"00" * 32 + b'"}'),
        (200, b" " * 10_000_000),
        (500, b""),
        (302, b""),
    ],
)
async def test_an_answer_that_is_not_the_round_is_refused(status: int, body: bytes) -> None:
    with answering(status, body) as url, pytest.raises(BeaconUnreachable):
        await fetch_round(url, 7)


async def test_a_chain_that_does_not_answer_is_refused() -> None:
    with pytest.raises(BeaconUnreachable):
        await fetch_round("http://127.0.0.1:9/v2/beacons/x", 7)
