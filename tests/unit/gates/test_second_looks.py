"""A day's second looks, recomputed by whoever has the file: nothing in it can be changed unseen."""

from datetime import date
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dawr.gates.second_looks import GateKind, Look, SecondLooks, read, recomputed, written
from dawr.gates.verify import Check, verify_second_looks
from dawr.kernel.identifiers import OfficeId
from dawr.kernel.refusal import Malformed
from dawr.tickets.model import TicketId
from dawr.tickets.selection import commitment_to, has_second_look

SECRET = sha256(b"the day").digest()
IDS = [TicketId(sha256(bytes([number])).digest()[:10]) for number in range(200)]
DUE = [ticket_id for ticket_id in IDS if has_second_look(SECRET, ticket_id)]


def day(*, gate: GateKind = GateKind.DEVICE, looks: dict[TicketId, Look] | None = None) -> SecondLooks:
    made = dict.fromkeys(DUE, Look.RIGHT) if looks is None else looks
    return SecondLooks(
        office_id=OfficeId("KW-TST/HAW"),
        day_on=date(2027, 2, 3),
        commitment=commitment_to(SECRET),
        secret=SECRET,
        rows=recomputed(SECRET, [(each, gate) for each in IDS], looks=made),
    )


def words(checks: list[Check]) -> list[str]:
    return [check.word for check in checks]


def test_the_vector_has_second_looks_and_tickets_without() -> None:
    assert 3 < len(DUE) < 30


def test_a_day_comes_back_from_its_file() -> None:
    assert read(written(day())) == day()


def test_an_honest_day_passes() -> None:
    checks = verify_second_looks(written(day()), commitment=commitment_to(SECRET).hex())
    assert words(checks) == ["ok", "ok", "ok"]
    assert f"{len(DUE)} second looks" in checks[1].found


def test_without_the_logs_commitment_that_is_said() -> None:
    assert words(verify_second_looks(written(day()), commitment=None)) == ["note", "ok", "ok"]


def test_a_secret_that_was_changed_afterwards_is_found() -> None:
    other = written(day()).replace(SECRET.hex(), sha256(b"another").hexdigest())
    assert words(verify_second_looks(other, commitment=None))[0] == "FAIL"


def test_a_secret_and_a_commitment_changed_together_are_found_against_the_log() -> None:
    secret = sha256(b"another").digest()
    other = written(day()).replace(SECRET.hex(), secret.hex())
    other = other.replace(commitment_to(SECRET).hex(), commitment_to(secret).hex())
    assert words(verify_second_looks(other, commitment=commitment_to(SECRET).hex()))[0] == "FAIL"


def test_a_second_look_that_is_hidden_is_found() -> None:
    honest = written(day(looks={}))
    hidden = honest.replace(f"{DUE[0].hex()},device,yes", f"{DUE[0].hex()},device,no")
    assert hidden != honest
    checks = verify_second_looks(hidden, commitment=None)
    assert words(checks)[1] == "FAIL"
    assert DUE[0].hex() in checks[1].found


def test_second_looks_left_out_are_named_where_a_device_owed_them() -> None:
    left = dict.fromkeys(DUE[1:], Look.WRONG)
    checks = verify_second_looks(written(day(looks=left)), commitment=None)
    assert words(checks)[2] == "note"
    assert DUE[0].hex() in checks[2].found
    assert DUE[1].hex() not in checks[2].found
    online = verify_second_looks(written(day(gate=GateKind.ONLINE, looks={})), commitment=None)
    assert words(online)[2] == "ok"


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "",
        lambda text: text.splitlines()[0] + "\n",
        lambda text: text.replace("ticket", "tickets", 1),
        lambda text: text.replace(",yes,", ",maybe,", 1),
        lambda text: text.replace("device", "door", 1),
        lambda text: text.replace(IDS[0].hex(), IDS[0].hex()[2:], 1),
        lambda text: text.replace("2027-02-03", "2027-02-04", 1),
        lambda text: text.replace("2027-02-03", "soon"),
        lambda text: text.rstrip() + ",more\n",
        lambda text: text.replace("KW-TST/HAW", '"KW'),
    ],
)
def test_what_is_no_such_file_is_refused(change) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(Malformed):
        read(change(written(day())))


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    for tried in (text, written(day())[: len(text) * 7] + text):
        try:
            read(tried)
        except Malformed:
            continue
