"""What a device keeps and sends: its keys, its chain of records, its clock, the codes that it asks for."""

from typing import Any, cast

import pytest
from playwright.sync_api import Page

HOUR_MS = 3_600_000


def run(page: Page, module: str, call: str, argument: Any = None) -> Any:
    """What an expression on a module's exports, `it`, comes to with `given`."""
    return page.evaluate(f"(given) => import({module!r}).then((it) => {call})", argument)


def sent(page: Page, **how: Any) -> dict[str, Any]:
    return cast(dict[str, Any], run(page, "/asking/receiving.js", "it.sent(given)", how))


def test_records_written_at_once_are_one_chain_and_travel_in_pieces(gate_page: Page) -> None:
    found = sent(gate_page, count=230)
    assert found["numbers"] == list(range(1, 232))
    assert found["pieces"] == [100, 100, 30, 1]
    assert (found["isAllSent"], found["waiting"]) == (True, 0)


def test_the_time_of_a_record_is_never_before_the_one_that_it_follows(gate_page: Page) -> None:
    times = sent(gate_page, count=5)["times"]
    assert times == [1_000] * 5 + [2_000]


def test_a_lost_answer_is_followed_by_the_same_records_and_none_is_taken_twice(gate_page: Page) -> None:
    found = sent(gate_page, count=150, cutAfter=0)
    assert found["isCut"]
    assert found["pieces"] == [100, 100, 51]
    assert found["numbers"] == list(range(1, 152))


@pytest.mark.parametrize("how", [{"believes": 0}, {"loses": 3}, {"loses": 20}])
def test_a_device_and_a_server_that_remember_differently_find_together(gate_page: Page, how: dict[str, int]) -> None:
    found = sent(gate_page, count=20, **how)
    assert found["numbers"] == list(range(1, 22))
    assert found["waiting"] == 0


def test_the_devices_keys_cannot_be_taken_out(gate_page: Page) -> None:
    kept = run(gate_page, "/asking/receiving.js", "it.keysAreKept()")
    assert kept == {"extractable": [False, False], "refused": [True, True]}


@pytest.mark.parametrize(
    ("wall_ms", "monotonic_ms", "now_ms", "moved_ms"),
    [
        (0, 0, 500, 0),
        (HOUR_MS, HOUR_MS, 500 + HOUR_MS, 0),
        # Within a minute the stopwatch is right and the wall clock is not.
        (60_000, 0, 500, 0),
        (-60_000, 0, 500, 0),
        (60_001, 0, 500, 60_001),
        (-60_001, 0, 500, -60_001),
        (HOUR_MS - 60_001, HOUR_MS, 500 + HOUR_MS, -60_001),
    ],
)
def test_a_clock_that_leaves_the_stopwatch_by_more_than_a_minute_was_moved(
    gate_page: Page, wall_ms: int, monotonic_ms: int, now_ms: int, moved_ms: int
) -> None:
    looked = run(
        gate_page,
        "/gate/clock.js",
        """it.look(it.clockFrom({ wallMs: 1e12, monotonicMs: 50 }, { nowMs: 500, lastMs: 400 }),
             { wallMs: 1e12 + given[0], monotonicMs: 50 + given[1] })""",
        [wall_ms, monotonic_ms],
    )
    assert looked == {"nowMs": now_ms, "movedMs": moved_ms}


def test_the_time_is_never_behind_the_last_record(gate_page: Page) -> None:
    after_a_reload = """[59_000, 60_000, 61_000].map((behind) => {
      const reading = { wallMs: 1e12, monotonicMs: 0 };
      return it.look(it.clockFrom(reading, { nowMs: 1e12, lastMs: 1e12 + behind }), reading);
    })"""
    looked = run(gate_page, "/gate/clock.js", after_a_reload)
    assert [each["movedMs"] for each in looked] == [0, 0, -61_000]
    assert [each["nowMs"] for each in looked] == [10**12 + behind for behind in (59_000, 60_000, 61_000)]


def test_a_clock_that_a_head_believes_goes_on_from_the_wall_but_not_back(gate_page: Page) -> None:
    believed = """(() => {
      const clock = it.recordedAt(it.clockFrom({ wallMs: 1e12, monotonicMs: 0 }, { nowMs: 1e12, lastMs: 0 }), 1e12);
      return [7_200_000, -7_200_000].map((by) => {
        const reading = { wallMs: 1e12 + by, monotonicMs: 10 };
        return it.look(it.believed(clock, reading), reading);
      });
    })()"""
    ahead, back = run(gate_page, "/gate/clock.js", believed)
    assert (ahead["nowMs"], ahead["movedMs"]) == (10**12 + 7_200_000, 0)
    assert (back["nowMs"], back["movedMs"]) == (10**12, 0)


def test_to_overrule_only_a_branch_head_is_asked_and_for_a_second_look_anybody_but_the_guard(gate_page: Page) -> None:
    asked = run(
        gate_page,
        "/gate/officers.js",
        """(() => {
          const officers = ["guard", "clerk", "branch_head", "guard"].map((role, at) =>
            ({ officer: `${role} ${at}`, role, codes: [[1, ""], [2, ""]] }));
          const pack = { shift: { guard: "guard 0" }, officers };
          let codes = it.codesAfter(it.unusedCodes("2027-02-03"), { officer: "clerk 1", number: 1, isRight: true });
          for (let wrong = 0; wrong < 3; wrong += 1)
            codes = it.codesAfter(codes, { officer: "branch_head 2", number: 1, isRight: false });
          for (const number of [1, 2]) codes = it.codesAfter(codes, { officer: "guard 3", number, isRight: true });
          return [true, false].map((isOverruling) =>
            it.signers(pack, { codes, isOverruling }).map(({ officer, number }) => [officer, number]));
        })()""",
    )
    assert asked == [[["branch_head 2", 2]], [["clerk 1", 2], ["branch_head 2", 2]]]


def test_the_keys_of_a_scanner_say_the_whole_alphabet_of_a_code(gate_page: Page) -> None:
    pressed = [
        *[("Key" + letter, True, letter) for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"],
        *[("Digit" + digit, False, digit) for digit in "0123456789"],
        ("Space", False, " "), ("Digit4", True, "$"), ("Digit5", True, "%"), ("Digit8", True, "*"),
        ("Equal", True, "+"), ("Minus", False, "-"), ("Period", False, "."), ("Slash", False, "/"),
        ("Semicolon", True, ":"), ("F1", False, ""), ("ShiftLeft", True, ""),
    ]  # fmt: skip
    said = run(
        gate_page,
        "/gate/wedge.js",
        "given.map(([code, shiftKey]) => it.characterOfKey({ code, shiftKey }))",
        [[code, shift] for code, shift, _ in pressed],
    )
    assert said == [character for _, _, character in pressed]
