"""Figures for a scraper, and for nobody else."""

import httpx
import pytest

from dawr.web import metrics
from dawr.web.flood.middleware import Flood
from tests.pages.flood.conftest import CLIENT, PROXY

TOKEN = {"Authorization": "Bearer scrape-me"}


async def figures(site: httpx.AsyncClient) -> str:
    answer = await site.get("/metrics", headers=TOKEN)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    return answer.text


def at(site: httpx.AsyncClient, address: str) -> None:
    transport = site._transport
    assert isinstance(transport, httpx.ASGITransport)
    transport.client = (address, 1)


async def test_requests_are_told_by_their_template_and_never_by_their_address(site: httpx.AsyncClient) -> None:
    await site.get("/gone/289010100012?civil_number=289010100012")
    await site.get("/somewhere/289010100012")
    text = await figures(site)
    assert 'dawr_requests_total{method="GET",route="/gone/{number}",status="200"}' in text
    assert 'route="unrouted",status="404"' in text
    assert 'dawr_request_seconds_bucket{le="0.005",route="/gone/{number}"}' in text
    assert "289010100012" not in text


async def test_an_invented_method_makes_no_new_row(site: httpx.AsyncClient) -> None:
    await site.request("BREW", "/plain")
    text = await figures(site)
    assert 'method="other"' in text
    assert "BREW" not in text


async def test_batches_queues_pressure_and_refusals_are_told(site: httpx.AsyncClient, flood: Flood) -> None:
    metrics.observe_batch("enter", 32, 0.004)
    metrics.observe_refused("address")
    metrics.watch_queue("enter", lambda: 17)
    flood.pressure.tick(late_seconds=0.25, elapsed_seconds=0.35, pool_waiting=3)
    metrics.show_pressure(flood.pressure)
    text = await figures(site)
    for line in (
        'dawr_batch_size_bucket{batch="enter",le="32.0"}',
        'dawr_batch_seconds_count{batch="enter"}',
        'dawr_batch_waiting{batch="enter"} 17.0',
        'dawr_flood_refused_total{layer="address"}',
        "dawr_loop_lag_seconds 0.25",
        "dawr_pool_waiting 3.0",
        "dawr_in_flight 0.0",
        "dawr_pressure_level 0.0",
    ):
        assert line in text


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer "}, {"Authorization": "٣"}]
)
async def test_there_is_nothing_here_for_a_stranger(site: httpx.AsyncClient, headers: dict[str, str]) -> None:
    sent = {name: value.encode() for name, value in headers.items()}
    assert (await site.get("/metrics", headers=sent)).status_code == 404  # type: ignore[arg-type]


async def test_this_machine_may_look_and_whoever_was_forwarded_may_not(site: httpx.AsyncClient) -> None:
    at(site, "127.0.0.1")
    assert (await site.get("/metrics")).status_code == 200
    for header in ("X-Forwarded-For", "X-Real-IP", "Forwarded"):
        assert (await site.get("/metrics", headers={header: CLIENT})).status_code == 404
    at(site, PROXY)
    assert (await site.get("/metrics")).status_code == 404
