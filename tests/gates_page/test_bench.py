"""The bench times the real page: every ticket of its own passes from a camera's frame to the signed name."""

from playwright.sync_api import Browser

from dawr.bench.gate_page import times_of
from dawr.bench.ticket import issued_code, turns_of


def test_each_ticket_is_read_off_its_frame_and_its_name_is_shown(chromium: Browser) -> None:
    told: list[tuple[str, int, int]] = []
    codes = [issued_code(turn) for turn in turns_of(3)]
    times = times_of(chromium, codes, told=lambda *step: told.append(step))
    assert len(times) == 3
    assert all(time > 0 for time in times)
    assert told == [("page", 3, 3)]
