"""The card at the gate: digits of its serial number too, and the face of whoever comes, until the verdict."""

from dawr.db.pool import Transaction
from dawr.demo.portraits import portrait
from dawr.people import actions as people
from dawr.people.model import Officer, Photograph, Role
from dawr.people.photograph import parse_photograph
from dawr.tickets import actions as tickets
from dawr.tickets.keys import P256_ORDER
from dawr.tickets.model import Scan, Ticket, Verdict
from tests.forgeries.items import enveloped, taken_apart
from tests.store.tickets.invented_office import STARTS_AT, Office
from tests.store.tickets.test_delegating import declare

SERIAL = "104772398"
FACE, OTHER_FACE = (parse_photograph(portrait(name)) for name in ("somebody invented", "somebody else"))


async def face(tx: Transaction, office: Office, guard: Officer, scan: Scan) -> Photograph | None:
    shown = await tickets.shown_scan(tx, guard=guard, scan_id=scan.scan_id)
    return await tickets.shown_face(tx, shown, guard=guard, settings=office.settings, now=STARTS_AT)


async def test_two_of_the_six_digits_are_the_cards_own(tx: Transaction, office: Office) -> None:
    guard = await office.officer(tx, Role.GUARD)
    ticket = await office.ticket(tx)
    await office.has_card(tx, ticket.person_id, serial=SERIAL)
    scan = await office.scan(tx, guard, ticket.code)
    challenge = (await tickets.shown_scan(tx, guard=guard, scan_id=scan.scan_id)).challenge
    assert challenge is not None
    assert (len(challenge.positions), len(challenge.serial_positions)) == (4, 2)
    assert (await office.answer(tx, guard, scan)).verdict is Verdict.ADMIT


async def test_who_knows_the_civil_number_and_not_the_card_stays_out(tx: Transaction, office: Office) -> None:
    guard = await office.officer(tx, Role.GUARD)
    ticket = await office.ticket(tx)
    await office.has_card(tx, ticket.person_id, serial=SERIAL)
    scan = await office.scan(tx, guard, ticket.code)
    office.serials[ticket.person_id] = "".join(str(9 - int(digit)) for digit in SERIAL)
    assert (await office.answer(tx, guard, scan)).verdict is None
    assert (await office.answer(tx, guard, scan)).verdict is Verdict.IDENTITY_MISMATCH


async def test_where_the_register_has_no_serial_number_four_digits_are_asked(tx: Transaction, office: Office) -> None:
    guard = await office.officer(tx, Role.GUARD)
    scan = await office.scan(tx, guard, (await office.ticket(tx)).code)
    challenge = (await tickets.shown_scan(tx, guard=guard, scan_id=scan.scan_id)).challenge
    assert challenge is not None
    assert (len(challenge.positions), challenge.serial_positions) == (4, ())


async def test_the_face_is_shown_until_the_verdict_and_each_look_is_recorded(tx: Transaction, office: Office) -> None:
    guard = await office.officer(tx, Role.GUARD)
    ticket = await office.ticket(tx)
    await office.has_card(tx, ticket.person_id, photograph=FACE)
    scan = await office.scan(tx, guard, ticket.code)
    before = len(await people.looks_at(tx, ticket.person_id))
    assert await face(tx, office, guard, scan) == FACE
    looks = await people.looks_at(tx, ticket.person_id)
    assert len(looks) == before + 1
    assert {look.looked_by for look in looks} == {None, guard.person_id}
    await office.answer(tx, guard, scan)
    assert await face(tx, office, guard, scan) is None
    assert len(await people.looks_at(tx, ticket.person_id)) == len(looks)


async def test_the_face_is_the_proxys_where_a_proxy_comes(tx: Transaction, office: Office) -> None:
    guard = await office.officer(tx, Role.GUARD)
    held = await office.confirmed(tx)
    ticket = await declare(tx, office, held)
    await office.has_card(tx, held.person_id, photograph=FACE)
    await office.has_card(tx, ticket.bearer_id, photograph=OTHER_FACE)
    scan = await office.scan(tx, guard, ticket.code)
    assert await face(tx, office, guard, scan) == OTHER_FACE


async def test_a_code_that_is_no_ticket_has_no_face(tx: Transaction, office: Office) -> None:
    guard = await office.officer(tx, Role.GUARD)
    assert await face(tx, office, guard, await office.scan(tx, guard, "https://elsewhere.example")) is None


def twin_of(ticket: Ticket) -> str:
    """The same ticket under the other number s that proves the same (ECDSA)."""
    message = taken_apart(ticket.code)
    r, s = message.signature[:32], int.from_bytes(message.signature[32:])
    return enveloped(message.protected, message.payload, r + (P256_ORDER - s).to_bytes(32))


async def test_the_twin_of_a_signature_is_the_same_ticket_and_one_use_ends_both(
    tx: Transaction, office: Office
) -> None:
    guard = await office.officer(tx, Role.GUARD)
    ticket = await office.ticket(tx)
    assert twin_of(ticket) != ticket.code
    assert (await office.answer(tx, guard, await office.scan(tx, guard, twin_of(ticket)))).verdict is Verdict.ADMIT
    for shown in (ticket.code, twin_of(ticket)):
        assert (await office.scan(tx, guard, shown)).verdict is Verdict.USED
