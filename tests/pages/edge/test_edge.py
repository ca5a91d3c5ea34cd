"""Slow, large, silent and many: a real process on a real socket, and an honest request beside them."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx
import pytest

from dawr.web.flood.edge import HEAD_BYTES_MAX, HEAD_SECONDS_MAX, HEADERS_MAX
from dawr.web.flood.middleware import BODY_SECONDS_MAX
from tests.pages.edge.conftest import Served

pytestmark = pytest.mark.xdist_group("edge")

HEAD = b"GET /healthz HTTP/1.1\r\nHost: dawr.example\r\n"
GRACE_SECONDS = 4.0
STORM = 300


def answer_of(connection: socket.socket) -> bytes:
    """All that comes until the other side closes."""
    held = b""
    try:
        while part := connection.recv(65_536):
            held += part
    except ConnectionResetError:
        pass
    return held


def asked(served: Served, *parts: bytes) -> bytes:
    with served.connect() as connection:
        try:
            for part in parts:
                connection.sendall(part)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it was cut while it was still sending, as it should be
        return answer_of(connection)


@contextmanager
def timed(*, at_most: float) -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < at_most


def honest(served: Served, path: str = "/healthz") -> httpx.Response:
    return httpx.get(f"{served.url}{path}", timeout=5)


def test_an_ordinary_request_on_a_raw_socket_is_answered(served: Served) -> None:
    assert asked(served, HEAD + b"Connection: close\r\n\r\n").startswith(b"HTTP/1.1 200")


def test_requests_in_one_connection_are_answered_one_after_another(served: Served) -> None:
    with httpx.Client(base_url=served.url) as client:
        assert [client.get("/healthz").status_code for _ in range(5)] == [200] * 5
    both = asked(served, HEAD + b"\r\n" + HEAD + b"Connection: close\r\n\r\n")
    assert both.count(b"HTTP/1.1 200") == 2


@pytest.mark.parametrize(
    "head",
    [
        HEAD + b"X-Long: " + b"x" * (2 * HEAD_BYTES_MAX) + b"\r\n\r\n",
        HEAD + b"".join(b"X-%d: 1\r\n" % number for number in range(HEADERS_MAX + 1)) + b"\r\n",
        b"GET /healthz?" + b"q" * (2 * HEAD_BYTES_MAX) + b" HTTP/1.1\r\nHost: dawr.example\r\n\r\n",
        HEAD + b"X-Endless: " + b"x" * 20 * HEAD_BYTES_MAX,
    ],
    ids=["long header", "many headers", "long address", "header without an end"],
)
def test_a_head_that_is_too_large_is_refused_at_once(served: Served, head: bytes) -> None:
    with timed(at_most=GRACE_SECONDS):
        answer = asked(served, head)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 431")
    assert honest(served).status_code == 200


def test_a_large_head_behind_a_small_one_in_the_same_read_is_refused_too(served: Served) -> None:
    answer = asked(served, HEAD + b"\r\n" + HEAD + b"X-Long: " + b"x" * (HEAD_BYTES_MAX + 1) + b"\r\n\r\n")
    assert answer.count(b"HTTP/1.1 200") <= 1, "the second is not answered, whatever of the first came through"
    assert honest(served).status_code == 200


def test_a_head_that_is_too_large_is_told_so(served: Served) -> None:
    answer = asked(served, HEAD, b"".join(b"X-%d: 1\r\n" % number for number in range(HEADERS_MAX + 1)), b"\r\n")
    assert answer.startswith(b"HTTP/1.1 431")
    assert "ترويسة".encode() in answer


def test_slow_heads_silence_and_slow_bodies_are_cut_while_an_honest_request_is_answered(served: Served) -> None:
    """All at once, since each of them takes its whole time."""
    with ExitStack() as stack:
        silent, slow_head, slow_body = (stack.enter_context(served.connect(timeout=30)) for _ in range(3))
        slow_head.sendall(HEAD + b"X-Slow: ")
        slow_body.sendall(
            b"POST /proof HTTP/1.1\r\nHost: dawr.example\r\nContent-Length: 100\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\n\r\n"
        )
        began = time.monotonic()
        while time.monotonic() - began < HEAD_SECONDS_MAX - 2:
            slow_head.sendall(b"x")
            slow_body.sendall(b"x")
            assert honest(served).status_code == 200
            time.sleep(1)
        with timed(at_most=GRACE_SECONDS + 2):
            assert answer_of(slow_head).startswith(b"HTTP/1.1 408")
            assert answer_of(silent) == b""
        assert answer_of(slow_body).startswith(b"HTTP/1.1 408")
        assert time.monotonic() - began < BODY_SECONDS_MAX + GRACE_SECONDS


def test_a_body_that_is_too_large_is_refused(served: Served) -> None:
    answer = httpx.post(f"{served.url}/proof", data={"payload": "x" * 200_000}, timeout=5)
    assert answer.status_code == 413
    assert "أكبر مما يتسع" in answer.text


def test_a_storm_of_connections_leaves_room_for_an_honest_request(served: Served) -> None:
    with ExitStack() as stack:
        storm = [stack.enter_context(served.connect()) for _ in range(STORM)]
        for number, connection in enumerate(storm):
            connection.sendall(HEAD if number % 2 else b"")
        with timed(at_most=2.0):
            assert honest(served, "/status.json").status_code == 200


def test_what_is_no_http_is_refused(served: Served) -> None:
    assert asked(served, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n").startswith(b"HTTP/1.1 400")


def test_a_smuggled_length_is_refused(served: Served) -> None:
    both = HEAD.replace(b"GET", b"POST") + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    assert asked(served, both).startswith(b"HTTP/1.1 400")


def test_an_address_that_the_client_claims_is_not_believed(served: Served) -> None:
    """uvicorn would take it from anybody on this machine; the guard alone decides."""
    forwarded = {"X-Forwarded-For": "203.0.113.9"}
    assert httpx.get(f"{served.url}/metrics", headers=forwarded).status_code == 404
    assert httpx.get(f"{served.url}/metrics").status_code == 200


def test_metrics_are_of_all_processes_in_their_folder(served: Served) -> None:
    honest(served)
    text = honest(served, "/metrics").text
    assert 'dawr_requests_total{method="GET",route="/healthz",status="200"}' in text
    assert "dawr_loop_lag_seconds" in text
    assert list((served.web.log.parent.parent / "metrics" / str(served.port)).glob("counter_*.db"))


def test_the_web_process_says_that_it_lives(served: Served) -> None:
    deadline = time.monotonic() + 5
    while not (status := honest(served, "/status.json").json())["is_up"] and time.monotonic() < deadline:
        time.sleep(0.2)
    assert status["down"] == []


def test_the_log_is_json_without_addresses_queries_or_numbers(served: Served) -> None:
    httpx.get(f"{served.url}/draws?service=289010100012", headers={"User-Agent": "289010100012"})
    httpx.get(f"{served.url}/log/entry/289010100012")
    lines = [json.loads(line) for line in served.web.log.read_text(encoding="utf-8").splitlines()]
    requests = [line for line in lines if line["event"] == "request"]
    assert {"method", "route", "status", "milliseconds", "at", "level"} <= requests[-1].keys()
    assert "289010100012" not in served.web.log.read_text(encoding="utf-8")
    assert "127.0.0.1" not in served.web.log.read_text(encoding="utf-8")
