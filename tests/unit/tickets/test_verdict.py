"""Every verdict, in the order in which they are told."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from dawr.kernel.identifiers import OfficeId, ServiceId
from dawr.tickets.model import TicketStatus, Verdict
from dawr.tickets.payload import Claims, shortened_name
from dawr.tickets.verdict import Place, StatusList, judge
from dawr.web.language import translations
from tests.unit.tickets.appointments import STARTS_AT, claims

DAY = timedelta(days=1)


def place(
    *,
    status: TicketStatus | None = None,
    listed_ago: timedelta = timedelta(0),
    now: datetime = STARTS_AT,
    **changes: object,
) -> Place:
    statuses = {} if status is None else {12: status}
    here = Place(
        office_id=claims().office_id,
        timezone="Asia/Kuwait",
        now=now,
        status_list=StatusList(as_of_at=now - listed_ago, statuses=statuses),
    )
    return replace(here, **changes)  # type: ignore[arg-type]


TOLD = [
    (place(), Verdict.ADMIT),
    (place(status=TicketStatus.VALID), Verdict.ADMIT),
    (place(office_id=OfficeId("KW-MOI/AHM-R")), Verdict.WRONG_OFFICE),
    (place(office_id=OfficeId("KW-MOI/AHM-R"), status=TicketStatus.USED), Verdict.WRONG_OFFICE),
    (place(status=TicketStatus.CANCELLED), Verdict.CANCELLED),
    (place(status=TicketStatus.CANCELLED, now=STARTS_AT + DAY), Verdict.CANCELLED),
    (place(status=TicketStatus.SUSPENDED), Verdict.SUSPENDED),
    (place(status=TicketStatus.USED), Verdict.USED),
    (place(service_ids=frozenset({ServiceId("KW-MOI/20")})), Verdict.WRONG_SERVICE),
    (place(service_ids=frozenset({ServiceId("KW-MOI/18")})), Verdict.ADMIT),
    (place(now=STARTS_AT - DAY), Verdict.WRONG_DAY),
    (place(now=STARTS_AT + DAY), Verdict.WRONG_DAY),
    (place(now=STARTS_AT - timedelta(minutes=30, seconds=1)), Verdict.TOO_EARLY),
    (place(now=STARTS_AT - timedelta(minutes=30)), Verdict.ADMIT),
    (place(now=STARTS_AT + timedelta(hours=4)), Verdict.TOO_LATE),
    (place(listed_ago=timedelta(hours=2)), Verdict.ADMIT),
    (place(listed_ago=timedelta(hours=2, seconds=1)), Verdict.STATUS_LIST_STALE),
    (place(listed_ago=-timedelta(minutes=5)), Verdict.ADMIT),
    (place(listed_ago=-timedelta(minutes=5, seconds=1)), Verdict.STATUS_LIST_STALE),
    (place(listed_ago=-DAY, status=TicketStatus.CANCELLED), Verdict.CANCELLED),
]


@pytest.mark.parametrize(("here", "verdict"), TOLD)
def test_each_place_and_time_has_its_verdict(here: Place, verdict: Verdict) -> None:
    assert judge(claims(), place=here) is verdict


def test_the_day_is_the_offices_own() -> None:
    """22:30 in London on the day before is already that day in Kuwait."""
    late: Claims = replace(
        claims(),
        starts_at=STARTS_AT.replace(day=3, hour=22),
        not_before_at=STARTS_AT.replace(day=3, hour=21),
        expires_at=STARTS_AT,
    )
    assert judge(late, place=place(now=STARTS_AT.replace(day=3, hour=22))) is Verdict.ADMIT
    elsewhere = place(now=STARTS_AT.replace(day=3, hour=20), timezone="Asia/Kuwait")
    assert judge(late, place=elsewhere) is Verdict.WRONG_DAY


@pytest.mark.parametrize("language", ["ar", "en"])
@pytest.mark.parametrize("verdict", list(Verdict))
def test_each_verdict_has_a_word_a_reason_and_a_next_step_in_both_languages(verdict: Verdict, language: str) -> None:
    say = translations(language).gettext  # type: ignore[arg-type]
    codes = [f"tickets.verdict.{verdict}{part}" for part in ("", ".why", ".next")]
    said = [say(code) for code in codes]
    assert not set(said) & set(codes)
    assert len(set(said)) == 3


def test_each_verdict_has_a_sign_of_its_own() -> None:
    from dawr.web.page import environment

    module = environment("ar", "western").get_template("tickets/signs.html").module
    signs = {module.sign(verdict) for verdict in Verdict}  # type: ignore[attr-defined]
    assert len(signs) == len(Verdict)


def test_a_long_name_loses_its_middle_and_keeps_both_ends() -> None:
    assert shortened_name("عبدالله سالم ناصر العتيق", bytes_max=44) == "عبدالله سالم العتيق"
    assert shortened_name("عبدالله سالم", bytes_max=60) == "عبدالله سالم"
    assert shortened_name("ع" * 40, bytes_max=61) == "ع" * 30
