"""How a visit ends (D0.25, D4.29): originals seen, reasons heard, one correction beside what it corrects."""

from datetime import datetime, timedelta

import pytest
from psycopg.errors import CheckViolation, ForeignKeyViolation, InsufficientPrivilege

from dawr.db.pool import Transaction
from dawr.people.model import Officer, Role
from dawr.tickets import actions as tickets
from dawr.tickets.model import CORRECTION_LIFE, CorrectionOver, OriginalsUnseen, Outcome, Ticket, Visit
from tests.store.tickets.invented_office import OTHER_SERVICE, STARTS_AT, Office

LATER = STARTS_AT + timedelta(minutes=5)
MISSING = "ينقص جواز السفر"


async def at_the_desk(
    tx: Transaction, office: Office, *, ticket: Ticket | None = None, **where: object
) -> tuple[Officer, Ticket]:
    """A clerk whose card reading has opened the visit."""
    if ticket is None:
        ticket = await office.admitted(tx, await office.officer(tx, Role.GUARD), **where)
    clerk = await office.officer(tx, Role.CLERK)
    await tickets.call_next(tx, clerk=clerk, desk="4", now=LATER)
    number = office.numbers[ticket.person_id]
    await tickets.open_visit(tx, clerk=clerk, card=number, settings=office.settings, now=LATER)
    return clerk, ticket


async def close(tx: Transaction, clerk: Officer, outcome: Outcome, *seen: str) -> None:
    reason = MISSING if outcome is Outcome.NOT_SERVED else None
    await tickets.close_visit(tx, clerk=clerk, outcome=outcome, reason=reason, originals_seen=seen, now=LATER)


async def correct(
    tx: Transaction, clerk: Officer, outcome: Outcome, *seen: str, now: datetime = LATER, reason: str | None = MISSING
) -> None:
    await tickets.correct_outcome(tx, clerk=clerk, outcome=outcome, reason=reason, originals_seen=seen, now=now)


async def outcomes(tx: Transaction, ticket: Ticket) -> list[tuple[int, str, list[str]]]:
    cursor = await tx.execute(
        "select number, outcome, originals_seen from tickets.counter_outcome where ticket_id = %s order by number",
        (ticket.ticket_id,),
    )
    return [(row["number"], row["outcome"], row["originals_seen"]) for row in await cursor.fetchall()]


async def correctable(tx: Transaction, clerk: Officer, *, now: datetime = LATER) -> Visit | None:
    return (await tickets.hall_of(tx, clerk=clerk, now=now)).correctable


async def test_nobody_is_served_before_the_originals_were_seen(tx: Transaction, office: Office) -> None:
    clerk, ticket = await at_the_desk(tx, office)
    for seen in ((), ("another",)):
        with pytest.raises(OriginalsUnseen):
            await close(tx, clerk, Outcome.SERVED, *seen)
    await close(tx, clerk, Outcome.SERVED, "passport", "another")
    assert await outcomes(tx, ticket) == [(1, "served", ["passport"])], "only what was asked is recorded as seen"


async def test_the_table_serves_nobody_whose_originals_were_not_seen(tx: Transaction, office: Office) -> None:
    _, ticket = await at_the_desk(tx, office)
    with pytest.raises(CheckViolation, match="nobody_is_served_before_his_originals_were_seen"):
        await tx.execute(
            """insert into tickets.counter_outcome (service_id, ticket_id, number, outcome, originals_asked,
            originals_seen, clerk_id, decided_at, log_entry_id, log_salt)
            values (%s, %s, 1, 'served', '{passport,photo}', '{passport}', gen_random_uuid(), now(), 1, '')""",
            (ticket.service_id, ticket.ticket_id),
        )


async def test_a_service_without_originals_asks_for_none(tx: Transaction, office: Office) -> None:
    clerk, _ = await at_the_desk(tx, office, service_id=OTHER_SERVICE)
    await close(tx, clerk, Outcome.SERVED)


async def test_who_is_not_served_needs_no_originals(tx: Transaction, office: Office) -> None:
    clerk, ticket = await at_the_desk(tx, office)
    await close(tx, clerk, Outcome.NOT_SERVED)
    assert await outcomes(tx, ticket) == [(1, "not_served", [])]


async def test_a_correction_stands_beside_the_outcome_that_it_corrects(tx: Transaction, office: Office) -> None:
    clerk, ticket = await at_the_desk(tx, office)
    await close(tx, clerk, Outcome.SERVED, "passport")
    await correct(tx, clerk, Outcome.NOT_SERVED)
    assert await outcomes(tx, ticket) == [(1, "served", ["passport"]), (2, "not_served", [])]
    row = await (await tx.execute("select outcome, outcome_number from tickets.visit")).fetchone()
    assert row == {"outcome": "not_served", "outcome_number": 2}


async def test_both_outcomes_are_entries_of_the_log(tx: Transaction, office: Office) -> None:
    clerk, _ = await at_the_desk(tx, office)
    await close(tx, clerk, Outcome.SERVED, "passport")
    await correct(tx, clerk, Outcome.NOT_SERVED)
    row = await (
        await tx.execute("select count(distinct log_entry_id) as entries from tickets.counter_outcome")
    ).fetchone()
    assert row == {"entries": 2}


async def test_what_was_not_served_is_corrected_with_its_originals(tx: Transaction, office: Office) -> None:
    clerk, ticket = await at_the_desk(tx, office)
    await close(tx, clerk, Outcome.NOT_SERVED)
    with pytest.raises(OriginalsUnseen):
        await correct(tx, clerk, Outcome.SERVED)
    await correct(tx, clerk, Outcome.SERVED, "passport")
    assert [each[:2] for each in await outcomes(tx, ticket)] == [(1, "not_served"), (2, "served")]


async def test_a_correction_is_made_once_within_a_minute_by_the_same_clerk(tx: Transaction, office: Office) -> None:
    clerk, _ = await at_the_desk(tx, office)
    await close(tx, clerk, Outcome.SERVED, "passport")
    too_late = LATER + CORRECTION_LIFE
    assert await correctable(tx, clerk, now=too_late) is None
    assert await correctable(tx, clerk, now=too_late - timedelta(seconds=1)) is not None
    with pytest.raises(CorrectionOver):
        await correct(tx, clerk, Outcome.NOT_SERVED, now=too_late)
    with pytest.raises(CorrectionOver):
        await correct(tx, await office.officer(tx, Role.CLERK), Outcome.NOT_SERVED)
    with pytest.raises(CorrectionOver):
        await correct(tx, clerk, Outcome.SERVED, "passport")
    await correct(tx, clerk, Outcome.NOT_SERVED)
    assert await correctable(tx, clerk) is None
    with pytest.raises(CorrectionOver):
        await correct(tx, clerk, Outcome.SERVED, "passport")


async def test_who_did_not_come_or_had_another_card_is_not_corrected(tx: Transaction, office: Office) -> None:
    await office.admitted(tx, await office.officer(tx, Role.GUARD))
    clerk = await office.officer(tx, Role.CLERK)
    await tickets.call_next(tx, clerk=clerk, desk="4", now=LATER)
    for _ in range(2):
        stranger = office.numbers[clerk.person_id]
        await tickets.open_visit(tx, clerk=clerk, card=stranger, settings=office.settings, now=LATER)
    assert await correctable(tx, clerk) is None
    with pytest.raises(CorrectionOver):
        await correct(tx, clerk, Outcome.SERVED, "passport")


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("number = 3", "an_outcome_is_corrected_once"),
        ("number = 2, outcome = 'not_there'", "only_served_or_not_is_corrected"),
        ("number = 2, outcome = 'lost'", "counter_outcome_is_known"),
        ("number = 2, outcome = 'not_served', reason = ''", "who_is_not_served_hears_why"),
    ],
)
async def test_the_table_takes_no_odd_outcome(tx: Transaction, office: Office, change: str, constraint: str) -> None:
    clerk, _ = await at_the_desk(tx, office)
    await close(tx, clerk, Outcome.SERVED, "passport")
    facts = {"number": "2", "outcome": "outcome", "reason": "reason"}
    facts |= dict(part.split(" = ") for part in change.split(", "))
    with pytest.raises(CheckViolation, match=constraint):
        await tx.execute(
            f"""insert into tickets.counter_outcome select service_id, ticket_id, {facts["number"]},
            {facts["outcome"]}, {facts["reason"]}, originals_asked, originals_seen, clerk_id, decided_at, log_entry_id,
            log_salt from tickets.counter_outcome""".encode()
        )


async def test_a_visit_says_what_was_logged_and_nothing_else(tx: Transaction, office: Office) -> None:
    clerk, _ = await at_the_desk(tx, office)
    await close(tx, clerk, Outcome.SERVED, "passport")
    with pytest.raises(ForeignKeyViolation, match="a_visit_ends_as_the_log_says"):
        await tx.execute("update tickets.visit set outcome = 'not_served'")


async def test_a_closed_visit_has_an_outcome(tx: Transaction, office: Office) -> None:
    await at_the_desk(tx, office)
    with pytest.raises(CheckViolation, match="a_closed_visit_has_an_outcome"):
        await tx.execute("update tickets.visit set state = 'closed', closed_at = now()")


@pytest.mark.parametrize(
    "statement",
    [
        "update tickets.counter_outcome set outcome = 'served'",
        "delete from tickets.counter_outcome",
        "update tickets.call set desk = '9'",
        "delete from tickets.call",
        "delete from tickets.delegation",
        "update tickets.delegation set proxy_id = gen_random_uuid()",
        "update tickets.visit set bearer_id = gen_random_uuid()",
        "update tickets.visit set token_number = 1",
    ],
)
async def test_the_application_cannot_rewrite_what_happened(tx: Transaction, office: Office, statement: str) -> None:
    with pytest.raises(InsufficientPrivilege):
        await tx.execute(statement.encode())
