"""One invented draw of a service in Kuwait, its beacon and its witnesses, moved through time by the test."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import uuid4

from dawr.booking import actions as booking
from dawr.booking.model import Slot, SlotId
from dawr.db.pool import Pool, Transaction, transaction
from dawr.kernel.identifiers import AuthorityId, OfficeId, PersonId, ServiceId
from dawr.kernel.signing import SigningKey
from dawr.people.model import Officer, Role
from dawr.releases import actions
from dawr.releases.actions.drawing import draw, freeze
from dawr.releases.actions.offering import advance_release
from dawr.releases.beacon import Beacon, demonstration_message, randomness_of
from dawr.releases.class_grant import ClassGrant, StandingGrant
from dawr.releases.model import DrawId, Receipt, Release, Wish
from dawr.settings import Beacon as BeaconSettings
from dawr.settings import Settings
from dawr.transparency import actions as transparency
from dawr.transparency import store as log_store
from dawr.transparency.model import Cosignature
from dawr.transparency.note import cosign, witness_key

SERVICE = ServiceId("KW-MOI/18")
DRAW = DrawId("KW-MOI/18/2027-02-01")
HAWALLI = OfficeId("KW-MOI/HAW-R")
FARWANIYA = OfficeId("KW-MOI/FAR-R")
DAY = date(2027, 2, 10)
ANNOUNCED_AT = datetime(2027, 2, 1, 6, 0, tzinfo=UTC)
OPENS_AT = ANNOUNCED_AT + timedelta(hours=1)
ENTERS_AT = OPENS_AT + timedelta(hours=1)
FREEZES_AT = OPENS_AT + timedelta(hours=4)
WITNESSED_AT = FREEZES_AT + timedelta(seconds=30)
MOVES_UNTIL = datetime(2027, 2, 10, 4, 0, tzinfo=UTC)
CONFIRM = timedelta(hours=6)
TRAVEL = timedelta(hours=2)
LEAD = timedelta(hours=1)
WITNESS_TIME = timedelta(minutes=10)
DRAWS_AT = FREEZES_AT + LEAD + WITNESS_TIME
"""When the round of DRAW is due: the chain's seconds divide all of these."""

BEACON_KEY = SigningKey.from_seed(b"b" * 32)
WITNESSES = {
    name: SigningKey.from_seed(name.encode().ljust(32, b".")) for name in ("audit.example/w", "paper.example/w")
}

NINE, HALF_PAST, TEN = (SlotId(f"HAW-20270210-{clock}") for clock in ("0900", "0930", "1000"))
FAR_NINE = SlotId("FAR-20270210-0900")
ANY = Wish(office_id="", day="", part="")
IN_HAWALLI = Wish(office_id=HAWALLI, day="", part="")
IN_FARWANIYA = Wish(office_id=FARWANIYA, day="", part="")


def drawing_settings(settings: Settings, *, beacon_url: str = "http://beacon.invalid", quorum: int = 2) -> Settings:
    chain = BeaconSettings(
        url=beacon_url,
        public_key=BEACON_KEY.public.hex(),
        genesis_seconds=0,
        period_seconds=3,
        is_demonstration=True,
    )
    return replace(
        settings,
        beacon=chain,
        witnesses=tuple(f"{witness_key(name, key=key)}=http://{name}" for name, key in WITNESSES.items()),
        witness_quorum=quorum,
        draw_lead_seconds=int(LEAD.total_seconds()),
        witness_seconds=int(WITNESS_TIME.total_seconds()),
    )


def round_of(round_number: int) -> Beacon:
    """What the beacon says, and would say to anybody."""
    signature = BEACON_KEY.private.sign(demonstration_message(round_number)).hex()
    return Beacon(round_number=round_number, randomness=randomness_of(signature), signature=signature)


def slot(
    slot_id: SlotId,
    *,
    seats: int,
    office_id: OfficeId | None = None,
    day_on: date = DAY,
    service_id: ServiceId = SERVICE,
) -> Slot:
    """A slot that begins when its id says, by Kuwait's clock."""
    clock = time(int(slot_id[-4:-2]), int(slot_id[-2:]))
    starts_at = datetime.combine(day_on, clock, tzinfo=UTC) - timedelta(hours=3)
    return Slot(
        service_id=service_id,
        slot_id=slot_id,
        office_id=office_id or (FARWANIYA if slot_id.startswith("FAR") else HAWALLI),
        day_on=day_on,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=30),
        seats=seats,
    )


def clerk_at(office_id: OfficeId = HAWALLI, *, person_id: PersonId | None = None) -> Officer:
    authority_id = AuthorityId(office_id.partition("/")[0])
    return Officer(person_id=person_id or person(), role=Role.CLERK, authority_id=authority_id, office_id=office_id)


def person() -> PersonId:
    return PersonId(uuid4())


@dataclass(frozen=True, slots=True, kw_only=True)
class Draws:
    """What a test does with draws of the service; every step tells the time at which it is taken."""

    settings: Settings

    async def publish(self, tx: Transaction, seats: Mapping[SlotId, int]) -> None:
        slots = [slot(slot_id, seats=count) for slot_id, count in seats.items()]
        await booking.publish_slots(tx, slots=slots, now=ANNOUNCED_AT)

    async def announce(
        self,
        tx: Transaction,
        seats: Mapping[SlotId, int],
        *,
        draw_id: DrawId = DRAW,
        reserved: Mapping[SlotId, Mapping[str, int]] | None = None,
        later: timedelta = timedelta(0),
        **changes: object,
    ) -> Release:
        """Slots published and a draw over them announced; `later` moves all its times."""
        await self.publish(tx, seats)
        wanted: dict[str, object] = {
            "slot_ids": list(seats),
            "reserved": reserved or {},
            "opens_at": OPENS_AT + later,
            "freezes_at": FREEZES_AT + later,
            "moves_until": MOVES_UNTIL,
            "confirm_seconds": int(CONFIRM.total_seconds()),
            "travel_seconds": int(TRAVEL.total_seconds()),
            "settings": self.settings,
            "now": ANNOUNCED_AT,
        }
        return await actions.announce(tx, service_id=SERVICE, draw_id=draw_id, **(wanted | changes))  # type: ignore[arg-type]

    async def enter(
        self,
        tx: Transaction,
        person_id: PersonId | None = None,
        *,
        wishes: Sequence[Wish] = (),
        draw_class: str = "",
        draw_id: DrawId = DRAW,
        now: datetime = ENTERS_AT,
    ) -> Receipt:
        return await actions.enter(
            tx,
            service_id=SERVICE,
            draw_id=draw_id,
            person_id=person_id or person(),
            wishes=wishes,
            draw_class=draw_class,
            settings=self.settings,
            now=now,
        )

    async def withdraw(self, tx: Transaction, person_id: PersonId, *, now: datetime = ENTERS_AT) -> str:
        return await actions.withdraw(
            tx, service_id=SERVICE, draw_id=DRAW, person_id=person_id, settings=self.settings, now=now
        )

    async def grant(
        self, tx: Transaction, person_id: PersonId, draw_class: str = "medical", *, clerk: Officer | None = None
    ) -> StandingGrant:
        grant = ClassGrant(draw_class=draw_class, evidence="a letter from the hospital", until_on=date(2028, 1, 1))
        return await actions.grant_class(
            tx, grant, service_id=SERVICE, person_id=person_id, clerk=clerk or clerk_at(), now=ANNOUNCED_AT
        )

    async def freeze(self, tx: Transaction, *, draw_id: DrawId = DRAW, now: datetime = FREEZES_AT) -> Release:
        return await freeze(tx, service_id=SERVICE, draw_id=draw_id, now=now)

    async def draw(self, tx: Transaction, *, draw_id: DrawId = DRAW, now: datetime = DRAWS_AT) -> Release:
        release = await actions.release(tx, SERVICE, draw_id)
        return await draw(tx, service_id=SERVICE, draw_id=draw_id, beacon=round_of(release.round), now=now)

    async def offer(self, tx: Transaction, *, draw_id: DrawId = DRAW, now: datetime = DRAWS_AT) -> None:
        """Everything that there is to offer now."""
        await booking.lapse_offers(tx, now=now)
        while await advance_release(tx, service_id=SERVICE, draw_id=draw_id, now=now):
            continue

    async def run(
        self, tx: Transaction, *, draw_id: DrawId = DRAW, later: timedelta = timedelta(0)
    ) -> tuple[Release, dict[PersonId, str | None]]:
        """From the freeze to the first offers; the release, and who got which place."""
        await self.freeze(tx, draw_id=draw_id, now=FREEZES_AT + later)
        drawn = await self.draw(tx, draw_id=draw_id, now=DRAWS_AT + later)
        await self.offer(tx, draw_id=draw_id, now=DRAWS_AT + later)
        statement = """
        select person_id, place from releases.entrant inner join releases.result using (service_id, draw_id, label)
        where draw_id = %s order by rank
        """
        rows = await (await tx.execute(statement, (draw_id,))).fetchall()
        return drawn, {row["person_id"]: row["place"] for row in rows}

    async def witness(
        self,
        pool: Pool,
        *,
        now: datetime = WITNESSED_AT,
        count: int = 2,
        witnesses: Mapping[str, SigningKey] = WITNESSES,
    ) -> None:
        """The log signs what it has, and `count` witnesses cosign."""
        async with transaction(pool) as tx:
            await transparency.sequence(tx, settings=self.settings, now=now)
            checkpoint = await transparency.latest_checkpoint(tx)
            assert checkpoint is not None
            for name, key in list(witnesses.items())[:count]:
                text = checkpoint.note.split("\n\n")[0] + "\n"
                line = str(cosign(text, name=name, key=key, at=now))
                vkey = str(witness_key(name, key=key))
                cosignature = Cosignature(witness=vkey, cosigned_at=now, line=line)
                await log_store.save_cosignature(tx, cosignature, size=checkpoint.size)
