"""Invented tips, so that whoever reads them finds some: most of one office, one of them settled."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dawr.db.pool import Pool, Transaction, transaction
from dawr.demo.draws import KUWAIT
from dawr.kernel.identifiers import AuthorityId, OfficeId, PersonId
from dawr.kernel.money import Money
from dawr.people.model import Officer, Role
from dawr.settings import Settings
from dawr.tips import actions
from dawr.tips.model import TipKind, TipState, Told, Wanted

HAWALLI, FARWANIYA, CAPITAL_TRAFFIC = (OfficeId(f"KW-MOI/{code}") for code in ("HAW-R", "FAR-R", "CAP-T"))
GONE = "لم يعد البائع يقف هناك.\nThe seller no longer stands there."


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One invented tip; the day is counted back from today, the amount is in whole dinars."""

    kind: TipKind
    office_id: OfficeId
    days_ago: int
    hour: int
    dinars: int = 0
    words: str = ""
    shown: str = ""
    place: str = ""
    may_be_asked: bool = True


STORIES = (
    Story(
        kind=TipKind.ASKED_TO_PAY,
        office_id=HAWALLI,
        days_ago=9,
        hour=7,
        dinars=15,
        words="وقف رجل قرب الباب قبل الدوام وقال إن لديه أدواراً لليوم نفسه بخمسة عشر ديناراً.",
    ),
    Story(kind=TipKind.SELLER, office_id=HAWALLI, days_ago=9, hour=7, place="الرصيف أمام المدخل الرئيسي"),
    Story(kind=TipKind.SELLER, office_id=HAWALLI, days_ago=8, hour=7, dinars=10),
    Story(kind=TipKind.SELLER, office_id=HAWALLI, days_ago=8, hour=8),
    Story(
        kind=TipKind.ASKED_TO_PAY,
        office_id=HAWALLI,
        days_ago=6,
        hour=8,
        dinars=10,
        shown="DW1:INVENTED",
        words="A young man showed me a ticket on his phone and wanted ten dinars for it.",
        may_be_asked=False,
    ),
    Story(kind=TipKind.SELLER, office_id=HAWALLI, days_ago=5, hour=7),
    Story(kind=TipKind.ASKED_TO_PAY, office_id=HAWALLI, days_ago=5, hour=8, dinars=15, shown="DW1:INVENTED"),
    Story(kind=TipKind.SELLER, office_id=HAWALLI, days_ago=4, hour=9),
    Story(
        kind=TipKind.LET_IN,
        office_id=HAWALLI,
        days_ago=4,
        hour=10,
        words="رأيت شخصاً يدخل من الباب الجانبي ولم ينظر أحد في بطاقته.",
    ),
    Story(kind=TipKind.SELLER, office_id=HAWALLI, days_ago=2, hour=7),
    Story(kind=TipKind.ADVERT, office_id=HAWALLI, days_ago=2, hour=12, place="ورقة على عمود في شارع تونس"),
    Story(kind=TipKind.SELLER, office_id=FARWANIYA, days_ago=7, hour=8),
    Story(kind=TipKind.ASKED_TO_PAY, office_id=FARWANIYA, days_ago=3, hour=9, dinars=12),
    Story(kind=TipKind.SELLER, office_id=CAPITAL_TRAFFIC, days_ago=6, hour=11),
    Story(kind=TipKind.OTHER, office_id=CAPITAL_TRAFFIC, days_ago=1, hour=10, words="مكتب خدمات يعرض حجز الأدوار."),
)


async def tell_tips(pool: Pool, *, inspector_id: PersonId, settings: Settings) -> None:
    """Tell every story on the day after it happened; the inspector settles one and asks something about another."""
    now = datetime.now(UTC)
    async with transaction(pool) as tx:
        for story in STORIES:
            await _tell(tx, story, settings=settings, now=now)
        await _read_some(tx, inspector_id=inspector_id, settings=settings, now=now)


async def _tell(tx: Transaction, story: Story, *, settings: Settings, now: datetime) -> None:
    told = Told(
        kind=story.kind,
        office_id=story.office_id,
        place=story.place,
        happened_on=now.astimezone(KUWAIT).date() - timedelta(days=story.days_ago),
        hour=story.hour,
        amount=Money(minor=story.dinars * 1000, currency="KWD") if story.dinars else None,
        shown=story.shown,
        words=story.words,
        may_be_asked=story.may_be_asked,
    )
    await actions.record_tip(tx, told, settings=settings, now=now - timedelta(days=story.days_ago - 1, hours=2))


async def _read_some(tx: Transaction, *, inspector_id: PersonId, settings: Settings, now: datetime) -> None:
    inspector = Officer(person_id=inspector_id, role=Role.INSPECTOR, authority_id=AuthorityId("KW-MOI"), office_id=None)
    listed = await actions.inbox_of(tx, inspector, wanted=Wanted(office_id=HAWALLI))
    oldest, next_one = sorted((tip for tip in listed.tips if tip.may_be_asked), key=lambda tip: tip.received_at)[:2]
    for state, words in ((TipState.LOOKED_AT, ""), (TipState.CLOSED, GONE)):
        await actions.take_step(tx, inspector, oldest.tip_id, state=state, words=words, now=now)
    await actions.take_step(tx, inspector, next_one.tip_id, state=TipState.LOOKED_AT, words="", now=now)
    question = "هل كان وحده؟\nWas he alone?"
    await actions.answer_tip(tx, inspector, next_one.tip_id, words=question, settings=settings, now=now)
