"""The load generator against a tiny server of this test's own."""

import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from dawr.bench.load import Driven, drive

REQUEST = b"GET / HTTP/1.1\r\n\r\n"
ANSWER = b"HTTP/1.1 %d X\r\ncontent-length: 2\r\n\r\nok"

Address = tuple[str, int]
Answering = Callable[[int], bytes | None]


@pytest.fixture
def serve() -> Iterator[Callable[[Answering], Address]]:
    """Starts servers that ask, for the number of each request, what to send; None closes the connection."""
    listeners: list[socket.socket] = []

    def start(answering: Answering) -> Address:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)
        numbers = iter(range(1_000_000))
        threading.Thread(target=_accept, args=(listener, answering, numbers), daemon=True).start()
        host, port = listener.getsockname()
        return str(host), int(port)

    yield start
    for listener in listeners:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def _accept(listener: socket.socket, answering: Answering, numbers: Iterator[int]) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_answer, args=(connection, answering, numbers), daemon=True).start()


def _answer(connection: socket.socket, answering: Answering, numbers: Iterator[int]) -> None:
    with connection:
        while connection.recv(4096):
            answer = answering(next(numbers))
            if answer is None:
                return
            connection.sendall(answer)


def test_every_request_is_sent_once_and_every_answer_counted(serve: Callable[[Answering], Address]) -> None:
    address = serve(lambda number: ANSWER % (201 if number % 2 else 409))
    driven = drive([address], iter([REQUEST] * 100), connections=4)
    assert driven.statuses == {201: 50, 409: 50}
    assert driven.answered == len(driven.latencies) == 100


def test_an_answer_that_comes_in_pieces_is_one_answer(serve: Callable[[Answering], Address]) -> None:
    large = b"HTTP/1.1 200 X\r\ncontent-length: 300000\r\n\r\n" + b"x" * 300_000
    driven = drive([serve(lambda _: large)], iter([REQUEST] * 5), connections=2)
    assert driven.statuses == {200: 5}


def test_a_connection_that_dies_is_counted_and_opened_again(serve: Callable[[Answering], Address]) -> None:
    address = serve(lambda number: None if number == 3 else ANSWER % 200)
    told: list[tuple[int, int]] = []
    driven = drive(
        [address], iter([REQUEST] * 20), connections=1, on_answer=lambda number, status: told.append((number, status))
    )
    assert driven.statuses == {0: 1, 200: 19}
    assert told == [(number, 0 if number == 3 else 200) for number in range(20)]


def test_nobody_there_is_an_error_and_not_a_figure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()
    with pytest.raises(ConnectionError):
        drive([address], iter([REQUEST]), connections=1)


def test_requests_at_a_rate_are_spread_over_their_time(serve: Callable[[Answering], Address]) -> None:
    driven = drive([serve(lambda _: ANSWER % 200)], iter([REQUEST] * 20), connections=4, rate=200)
    # The last of twenty is due nineteen intervals after the first; a busy machine only makes it later.
    assert driven.seconds >= 19 / 200
    assert driven.statuses == {200: 20}


def test_percentiles_are_of_the_answers_in_order() -> None:
    driven = Driven()
    driven.latencies.extend(number / 1000 for number in range(100, 0, -1))
    assert (driven.percentile_ms(50), driven.percentile_ms(99), driven.percentile_ms(100)) == (51, 100, 100)
