"""What the tables of a release refuse by themselves, whatever the program says."""

import pytest

from dawr.db.pool import Pool, Transaction, transaction
from tests.store.booking.slots import forbidden, refused_by
from tests.store.releases.invented_draw import DRAW, NINE, SERVICE, Draws, person

ENTRANT = """
insert into releases.entrant (service_id, draw_id, person_id, label, line, entered_at)
values ('KW-MOI/18', %s, %s, %s, %s, now())
"""
ENDED = """
insert into releases.ended_receipt
(service_id, draw_id, label, version, receipt_sha256, is_withdrawal, ended_at, entry_id)
select service_id, draw_id, label, version, '', %s, now(), 1 from releases.entrant
"""
RESULT = """
insert into releases.result (service_id, draw_id, rank, label, place, seat_class, waiting_number)
values ('KW-MOI/18', %s, %s, %s, %s, %s, %s)
"""
OFFER = """
insert into releases.offer (service_id, draw_id, rank, place, person_id, offered_at)
values ('KW-MOI/18', %s, %s, 'HAW-20270210-0900', %s, now())
"""
RELEASE = """
insert into releases.release
(service_id, draw_id, rules, places_csv, opens_at, freezes_at, moves_until, rules_entry_id)
values ('KW-MOI/18', %s, '{}', '', %s, %s, %s, 1)
"""
OTHER = "KW-MOI/18/2027-03-01"


async def _other_release(tx: Transaction) -> None:
    await tx.execute(RELEASE.encode(), (OTHER, "2027-02-01 06:00Z", "2027-02-01 07:00Z", "2027-02-01 08:00Z"))


async def test_a_draw_id_is_used_once(tx: Transaction) -> None:
    await _other_release(tx)
    times = ("2027-02-01 06:00Z", "2027-02-01 07:00Z", "2027-02-01 08:00Z")
    await refused_by(tx, "draw_id_is_used_once", RELEASE, OTHER, *times)


async def test_a_release_freezes_after_it_opens_and_moves_after_that(tx: Transaction) -> None:
    six, seven = "2027-02-01 06:00Z", "2027-02-01 07:00Z"
    await refused_by(tx, "release_freezes_after_it_opens", RELEASE, OTHER, six, six, seven)
    await refused_by(tx, "release_moves_after_its_freeze", RELEASE, OTHER, six, seven, seven)


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("a_frozen_list_has_its_root", "frozen_at = now()"),
        ("a_frozen_list_has_its_root", "list_root = 'x'"),
        ("a_frozen_list_has_its_root", "freeze_entry_id = 1"),
        ("a_draw_follows_its_freeze", "drawn_at = now(), seed = 'x'"),
        ("a_drawn_release_has_its_seed", "seed = 'x'"),
        ("offers_follow_a_draw", "offered_at = now()"),
    ],
)
async def test_each_stage_needs_the_one_before(tx: Transaction, constraint: str, change: str) -> None:
    await _other_release(tx)
    await refused_by(tx, constraint, f"update releases.release set {change}")


@pytest.mark.parametrize("column", ["rules", "places_csv", "opens_at", "freezes_at", "moves_until", "rules_entry_id"])
async def test_published_rules_are_never_changed(tx: Transaction, column: str) -> None:
    await forbidden(tx, f"update releases.release set {column} = {column}")


@pytest.mark.parametrize(
    "change",
    [
        "list_root = 'another'",
        "part_roots = null",
        "frozen_at = frozen_at + interval '1 second'",
        "entrants = entrants + 1",
        """entrants_by_class = '{"": 9}'""",
        "frozen_at = null, list_root = null, freeze_entry_id = null",
        "seed = 'another'",
        "randomness = 'another'",
        "signature = 'another'",
        "result_entry_id = 1",
        "drawn_at = null, seed = null",
        "closed_at = null",
        "closed_at = now()",
    ],
)
async def test_what_freeze_and_draw_have_fixed_stays_fixed(tx: Transaction, draws: Draws, change: str) -> None:
    await draws.announce(tx, {NINE: 1})
    await draws.enter(tx)
    await draws.run(tx)
    await tx.execute("update releases.release set closed_at = '2027-02-10'")
    await refused_by(tx, "one_result_per_draw", f"update releases.release set {change}")


async def test_a_round_is_announced_once_and_of_a_release(tx: Transaction, draws: Draws) -> None:
    release = await draws.announce(tx, {NINE: 1})
    statement = (
        "insert into releases.round (service_id, draw_id, round, announced_at, entry_id) values (%s, %s, %s, now(), 1)"
    )
    await refused_by(tx, "round_is_announced_once", statement, SERVICE, DRAW, release.round)
    await refused_by(tx, "round_is_of_a_release", statement, SERVICE, "nowhere", release.round)


async def test_a_person_is_in_a_draw_once_and_in_one_draw_of_a_service(tx: Transaction, draws: Draws) -> None:
    await draws.announce(tx, {NINE: 1})
    await _other_release(tx)
    person_id = person()
    await draws.enter(tx, person_id)
    await refused_by(tx, "one_entrant_per_person_and_draw", ENTRANT, DRAW, person_id, "OTHER", "OTHER")
    await refused_by(tx, "one_live_entrant_per_person_and_service", ENTRANT, OTHER, person_id, "OTHER", "OTHER")


async def test_a_label_is_used_once_in_a_draw(tx: Transaction, draws: Draws) -> None:
    await draws.announce(tx, {NINE: 1})
    label = (await draws.enter(tx)).label
    await refused_by(tx, "label_is_used_once_per_draw", ENTRANT, DRAW, person(), label, label)


async def test_a_line_begins_with_its_own_label(tx: Transaction, draws: Draws) -> None:
    await draws.announce(tx, {NINE: 1})
    await refused_by(tx, "line_begins_with_its_label", ENTRANT, DRAW, person(), "MINE", "YOURS\t\t3\t")
    await draws.enter(tx)
    await tx.execute(ENDED, (False,))
    await refused_by(tx, "line_begins_with_its_label", "update releases.entrant set line = 'YOURS', version = 2")


async def test_no_line_is_changed_or_taken_out_without_a_trace(tx: Transaction, draws: Draws) -> None:
    await draws.announce(tx, {NINE: 1})
    await draws.enter(tx)
    change = "update releases.entrant set line = label || e'\\t\\t3\\t', version = version + 1"
    for untraced in (change, "delete from releases.entrant", "update releases.entrant set entered_at = now()"):
        await refused_by(tx, "no_receipt_ends_without_trace", untraced)
    await tx.execute(ENDED, (False,))
    for otherwise in (f"{change} + 1", "delete from releases.entrant", "update releases.entrant set line = label"):
        await refused_by(tx, "no_receipt_ends_without_trace", otherwise)
    await refused_by(tx, "receipt_ends_once", ENDED, True)
    await tx.execute(change)
    await refused_by(tx, "no_receipt_ends_without_trace", change)
    await tx.execute(ENDED, (True,))
    await tx.execute("delete from releases.entrant")


async def test_a_trace_stays_and_is_of_a_release(tx: Transaction, draws: Draws) -> None:
    trace = """
    insert into releases.ended_receipt
    (service_id, draw_id, label, version, receipt_sha256, is_withdrawal, ended_at, entry_id)
    values ('KW-MOI/18', 'nowhere', 'LABEL', 1, '', false, now(), 1)
    """
    await refused_by(tx, "ended_receipt_is_of_a_release", trace)
    await forbidden(tx, "update releases.ended_receipt set is_withdrawal = true")
    await forbidden(tx, "delete from releases.ended_receipt")


async def test_an_entrant_is_of_a_release(tx: Transaction) -> None:
    await refused_by(tx, "entrant_is_of_a_release", ENTRANT, "nowhere", person(), "LABEL", "LABEL")


async def test_a_frozen_list_takes_nobody_loses_nobody_and_changes_for_nobody(tx: Transaction, draws: Draws) -> None:
    await draws.announce(tx, {NINE: 1})
    await draws.enter(tx)
    await draws.freeze(tx)
    await refused_by(tx, "list_is_frozen", ENTRANT, DRAW, person(), "LATE", "LATE")
    await refused_by(tx, "list_is_frozen", "update releases.entrant set line = label || e'\\t\\t3\\t'")
    await refused_by(tx, "list_is_frozen", "delete from releases.entrant")
    await forbidden(tx, "truncate releases.entrant")


@pytest.mark.parametrize("column", ["service_id", "draw_id", "person_id", "label"])
async def test_an_entrant_never_becomes_another(tx: Transaction, column: str) -> None:
    await forbidden(tx, f"update releases.entrant set {column} = {column}")


async def test_a_list_is_frozen_once(tx: Transaction, draws: Draws) -> None:
    await draws.announce(tx, {NINE: 1})
    await draws.enter(tx)
    await draws.freeze(tx)
    first = await (await tx.execute("select first_label from releases.frozen_list")).fetchone()
    assert first is not None
    statement = """
    insert into releases.frozen_list (service_id, draw_id, part, first_label, lines) values (%s, %s, %s, %s, 'MORE')
    """
    await refused_by(tx, "part_is_frozen_once", statement, SERVICE, DRAW, 0, "MORE")
    await refused_by(tx, "label_begins_one_part", statement, SERVICE, DRAW, 1, first["first_label"])
    await refused_by(tx, "frozen_list_is_of_a_release", statement, SERVICE, "nowhere", 0, "MORE")


async def test_a_rank_is_given_once_and_only_a_place_has_a_class(tx: Transaction, draws: Draws) -> None:
    await draws.announce(tx, {NINE: 1})
    await draws.enter(tx)
    await draws.run(tx)
    await refused_by(tx, "rank_is_given_once", RESULT, DRAW, 1, "OTHER", None, "", 1)
    await refused_by(tx, "only_a_place_has_a_class", RESULT, DRAW, 2, "OTHER", None, "medical", 1)
    await refused_by(tx, "a_place_or_a_waiting_number", RESULT, DRAW, 2, "OTHER", None, "", None)
    await refused_by(tx, "a_place_or_a_waiting_number", RESULT, DRAW, 2, "OTHER", NINE, "", 1)
    share = "insert into releases.share (service_id, draw_id, place, seat_class, ranks) values (%s, %s, %s, '', '{1}')"
    await refused_by(tx, "share_is_given_once", share, SERVICE, DRAW, NINE)
    await refused_by(tx, "share_is_of_a_release", share, SERVICE, "nowhere", NINE)
    statement = "insert into releases.label_range (service_id, draw_id, first_label, ranks) values (%s, %s, %s, '{1}')"
    first = await (await tx.execute("select first_label from releases.label_range")).fetchone()
    assert first is not None
    await refused_by(tx, "label_range_is_known_once", statement, SERVICE, DRAW, first["first_label"])
    await refused_by(tx, "label_range_is_of_a_release", statement, SERVICE, "nowhere", "A")


async def test_nobody_is_offered_twice_in_a_draw(tx: Transaction, draws: Draws) -> None:
    await draws.announce(tx, {NINE: 1})
    person_id = person()
    await draws.enter(tx, person_id)
    await draws.run(tx)
    await refused_by(tx, "one_offer_per_rank", OFFER, DRAW, 1, person())
    await refused_by(tx, "offer_follows_a_result", OFFER, DRAW, 2, person())
    await tx.execute(RESULT.encode(), (DRAW, 2, "SECOND", None, "", 1))
    await refused_by(tx, "one_offer_per_person_and_draw", OFFER, DRAW, 2, person_id)


async def test_a_class_is_granted_on_evidence_and_never_to_oneself(tx: Transaction, draws: Draws) -> None:
    await draws.grant(tx, person())
    again = """
    insert into releases.class_grant (service_id, grant_id, person_id, office_id, draw_class, evidence, granted_by,
    granted_at, until_on, log_entry_id, log_salt)
    select service_id, {}, {}, office_id, draw_class, {}, granted_by, granted_at, until_on, log_entry_id, log_salt
    from releases.class_grant
    """
    another = "gen_random_uuid()"
    await refused_by(tx, "class_grant_is_known_once", again.format("grant_id", another, "evidence"))
    await refused_by(tx, "a_class_is_granted_on_evidence", again.format(another, another, "''"))
    await refused_by(tx, "nobody_grants_a_class_to_himself", again.format(another, "granted_by", "evidence"))


async def test_a_grant_is_revoked_once_and_for_a_reason(tx: Transaction, draws: Draws) -> None:
    grant = await draws.grant(tx, person())
    revoke = """
    insert into releases.class_revocation (service_id, grant_id, reason, revoked_by, revoked_at, log_entry_id, log_salt)
    values ('KW-MOI/18', %s, %s, gen_random_uuid(), now(), 1, 'salt')
    """
    await refused_by(tx, "revocation_is_of_a_grant", revoke, person(), "a mistake")
    await refused_by(tx, "a_grant_is_revoked_for_a_reason", revoke, grant.grant_id, "")
    await tx.execute(revoke.encode(), (grant.grant_id, "a mistake"))
    await refused_by(tx, "a_grant_is_revoked_once", revoke, grant.grant_id, "another")


@pytest.mark.parametrize(
    "table", ["round", "frozen_list", "result", "share", "label_range", "offer", "class_grant", "class_revocation"]
)
async def test_the_application_only_appends(tx: Transaction, table: str) -> None:
    column = "rank" if table in {"result", "offer"} else "service_id"
    await forbidden(tx, f"update releases.{table} set {column} = {column}")
    await forbidden(tx, f"delete from releases.{table}")
    await forbidden(tx, f"truncate releases.{table}")


async def test_a_release_is_never_removed(tx: Transaction) -> None:
    await forbidden(tx, "delete from releases.release")


async def test_the_reader_sees_what_everybody_sees_and_never_whose_a_label_is(reader_pool: Pool) -> None:
    async with transaction(reader_pool) as tx:
        for table in ("release", "round", "frozen_list", "result", "share", "label_range"):
            await tx.execute(f"select count(*) from releases.{table}".encode())
        await tx.execute("select rank, place, seat_class, booking_id, offered_at from releases.offer")
        for hidden in (
            "person_id from releases.entrant",
            "label from releases.entrant",
            "person_id from releases.offer",
        ):
            await forbidden(tx, f"select {hidden}")
        await forbidden(tx, "select person_id from releases.class_grant")
        await forbidden(tx, "select reason from releases.class_revocation")
        await forbidden(tx, "update releases.release set closed_at = now()")
