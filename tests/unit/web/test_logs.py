"""Nothing about a person reaches the log, however somebody tries."""

import json
import logging
from collections.abc import Iterator
from uuid import UUID

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from dawr.web.logs import MASK, configure_logs, masked, without_people

CIVIL_NUMBER = "289010100012"
ARABIC = "٢٨٩٠١٠١٠٠٠١٢"


@pytest.fixture(autouse=True)
def _logs_of_this_test() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def written(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_line_is_json_with_its_time_its_level_and_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs()
    structlog.get_logger("dawr.somewhere").info("step.done", step="draws", milliseconds=12.5)
    [line] = written(capsys)
    assert line["event"] == "step.done"
    assert line["level"] == "info"
    assert line["logger"] == "dawr.somewhere"
    assert (line["step"], line["milliseconds"]) == ("draws", 12.5)
    assert str(line["at"]).endswith("Z")


@pytest.mark.parametrize("leak", [CIVIL_NUMBER, ARABIC, "2890 1010 0012", "289-0101-00012", "289\u200e010100012"])
def test_a_number_leaks_by_no_way(leak: str, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs()
    log = structlog.get_logger("dawr.leak")
    log.info(f"event {leak}", reason=f"before {leak} after", nested={"deep": [{"er": leak}]}, raw=leak.encode())
    log.warning("event with %s", leak)
    logging.getLogger("some.library").error("library says %s", leak)
    try:
        int(leak + "x")
    except ValueError:
        log.exception("bug")
        logging.getLogger("some.library").exception("its bug")
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 5
    assert "Traceback" in said
    assert MASK in said
    for part in (leak, CIVIL_NUMBER, ARABIC, "010100012", json.dumps(leak)):
        assert part not in said


def test_a_number_that_is_a_number_leaks_neither(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs()
    structlog.get_logger().info("event", found=int(CIVIL_NUMBER), count=4711)
    [line] = written(capsys)
    assert (line["found"], line["count"]) == (MASK, 4711)


def test_what_postgresql_tells_of_a_row_is_masked() -> None:
    error = "duplicate key value violates a constraint\nDETAIL:  Failing row contains (7, مريم).\nCONTEXT:  x مريم"
    assert "مريم" not in masked(error)
    assert masked(error).startswith("duplicate key value violates a constraint\n")


def test_an_address_of_a_mailbox_and_a_password_in_an_url_are_masked() -> None:
    said = masked("postgresql://dawr:hunter2@db/dawr and mariam.ali@mail.example")
    assert "hunter2" not in said
    assert "mariam" not in said


@pytest.mark.parametrize("name", ["person_id", "name_ar", "civil_number", "email", "ip", "cookie", "query"])
def test_personal_fields_are_masked_by_their_name(name: str) -> None:
    person = UUID("8c1f0a52-1111-4222-8333-abcdefabcdef")
    shown = without_people(None, "info", {"event": "e", name: person, "deep": {name: "مريم"}})
    assert shown == {"event": "e", name: MASK, "deep": {name: MASK}}


@given(digits=st.text("0123456789٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", min_size=7, max_size=20), before=st.text(max_size=20))
def test_no_run_of_seven_digits_survives(digits: str, before: str) -> None:
    assert digits not in masked(f"{before}{digits}")


def test_deep_structures_end() -> None:
    deep: list[object] = []
    deep.append(deep)
    assert MASK in str(masked(deep))
