"""Laws of the catalogue and of capacity: no input breaks the parser, no plan passes a limit."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from dawr.capacity.model import Staffing, Turns, people_per_hour, plan_slots, scaled
from dawr.catalogue.calendars import is_open, opening_periods
from dawr.catalogue.folder import read_folder
from dawr.catalogue.model import Office
from dawr.catalogue.quota import AuthorityKey, QuotaOrder, QuotaOrderBroken, check_orders, signed
from dawr.catalogue.reading import read_date
from dawr.catalogue.records import read_records
from dawr.kernel.identifiers import AuthorityId, ServiceId
from dawr.kernel.periods import Period
from dawr.kernel.signing import SigningKey
from dawr.kernel.text import ARABIC_INDIC, EXTENDED_ARABIC_INDIC, WESTERN
from tests.unit.catalogue.examples import SMALL, hawalli, nouns_of

OFFICE = next(noun for noun in nouns_of(SMALL) if isinstance(noun, Office))
CALENDAR = hawalli()
LINES = SMALL.splitlines()
staffings = st.builds(
    Staffing,
    staff_on_roster=st.integers(0, 500),
    share_percent=st.integers(0, 100),
    department_view=st.none() | st.integers(0, 1000),
)


@given(st.binary(max_size=400))
def test_any_bytes_are_facts_or_faults_and_never_a_crash(text: bytes) -> None:
    nouns, faults = read_folder({"any.rec": text})
    assert nouns or faults


@given(st.lists(st.tuples(st.integers(0, len(LINES) - 1), st.text(max_size=30)), min_size=1, max_size=4))
def test_a_catalogue_with_lines_replaced_by_anything_is_facts_or_faults_inside_the_file(
    edits: list[tuple[int, str]],
) -> None:
    lines = list(LINES)
    for at, text in edits:
        name, colon, _ = lines[at].partition(": ")
        lines[at] = f"{name}{colon}{text}"
    text = "\n".join(lines)
    _, faults = read_folder({"edited.rec": text.encode("utf-8", "surrogatepass")})
    assert all(1 <= fault.line <= text.count("\n") + 1 for fault in faults)


@given(st.permutations([part + "\n" for part in SMALL.split("\n\n%rec: ")[1:]]))
def test_the_order_of_records_does_not_matter(parts: list[str]) -> None:
    head = SMALL.split("\n\n%rec: ")[0]
    text = "\n\n%rec: ".join([head, *parts])
    nouns, faults = read_folder({"shuffled.rec": text.encode()})
    assert not faults
    assert {(noun.noun, noun.key) for noun in nouns} == {(noun.noun, noun.key) for noun in nouns_of(SMALL)}


@given(
    st.dictionaries(
        st.from_regex(r"[a-z][a-z0-9_]{0,10}", fullmatch=True),
        st.text("abc ابج019", min_size=1).map(str.strip).filter(bool),
    )
)
def test_a_record_that_was_written_is_read_again(fields: dict[str, str]) -> None:
    text = "%rec: Any\n" + "\n".join(f"{name}: {value}" for name, value in fields.items())
    records, faults = read_records(text.encode(), file="f")
    assert not faults
    read = {field.name: field.value for record in records for field in record.fields}
    assert read == {name: " ".join(value.split()) for name, value in fields.items()}


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.data())
def test_a_date_is_read_in_any_mixture_of_digits(day_on: date, data: st.DataObject) -> None:
    systems = st.sampled_from([WESTERN, ARABIC_INDIC, EXTENDED_ARABIC_INDIC])
    written = f"{day_on.day}/{day_on.month}/{day_on.year}"
    mixed = "".join(data.draw(systems)[int(c)] if c.isdigit() else c for c in written)
    assert read_date(mixed) == day_on


@given(st.dates(date(2019, 1, 1), date(2035, 1, 1)), st.integers(0, 24 * 60 - 1))
def test_an_office_is_open_exactly_within_its_periods(day_on: date, minute: int) -> None:
    instant = datetime(day_on.year, day_on.month, day_on.day, tzinfo=UTC) + timedelta(minutes=minute)
    around = [day_on + timedelta(days=n) for n in (-1, 0, 1)]
    periods = [period for each in around for period in opening_periods(CALENDAR, day_on=each)]
    assert is_open(CALENDAR, instant) == any(period.contains(instant) for period in periods)


@given(staffings, st.integers(1, 480), st.integers(1, 500), st.integers(0, 600))
def test_people_an_hour_are_never_negative_nor_more_than_any_limit(
    staffing: Staffing, minutes: int, hall_limit: int, hall_taken: int
) -> None:
    found = people_per_hour(staffing, minutes_per_visit=minutes, hall_limit=hall_limit, hall_taken=hall_taken)
    assert 0 <= found.people_per_hour <= hall_limit
    assert found.people_per_hour + hall_taken <= max(hall_limit, hall_taken)
    assert found.staff_on_duty <= staffing.staff_on_roster
    assert found.people_per_hour * minutes <= found.staff_on_duty * 60
    if staffing.department_view is not None:
        assert found.people_per_hour <= staffing.department_view


@given(staffings, st.integers(0, 100))
def test_more_staff_never_means_fewer_people(staffing: Staffing, share_percent: int) -> None:
    other = Staffing(
        staff_on_roster=staffing.staff_on_roster, share_percent=share_percent, department_view=staffing.department_view
    )
    fewer, more = sorted([staffing, other], key=lambda each: each.share_percent)
    counts = [people_per_hour(each, minutes_per_visit=12, hall_limit=60).people_per_hour for each in (fewer, more)]
    assert counts[0] <= counts[1]


@given(
    st.integers(0, 200),
    st.none() | st.integers(0, 2000),
    st.lists(st.integers(0, 600), min_size=1, max_size=3),
    st.sampled_from([10, 15, 20, 30, 60]),
)
def test_a_days_slots_never_pass_the_hour_nor_the_quota(
    people: int, seats_max: int | None, lengths: list[int], slot_minutes: int
) -> None:
    start, periods = datetime(2027, 2, 4, 4, 30, tzinfo=UTC), []
    for minutes in lengths:
        end = start + timedelta(minutes=minutes + 1)
        periods.append(Period(starts_at=start, ends_at=end))
        start = end + timedelta(hours=1)
    planned = plan_slots(
        service_id=ServiceId("KW-MOI/18"),
        office=OFFICE,
        day_on=date(2027, 2, 4),
        turns=Turns(periods=tuple(periods), length=timedelta(minutes=slot_minutes)),
        people_per_hour=people,
        seats_max=seats_max,
    )
    assert all(slot.seats > 0 for slot in planned)
    assert len({slot.slot_id for slot in planned}) == len(planned)
    assert seats_max is None or sum(slot.seats for slot in planned) <= seats_max
    for slot in planned:
        hour = [other for other in planned if slot.starts_at <= other.starts_at < slot.starts_at + timedelta(hours=1)]
        assert sum(other.seats for other in hour) <= people


@given(st.lists(st.integers(0, 100)), st.integers(0, 5000))
def test_scaling_never_gives_a_slot_more_than_it_had_and_wastes_nothing(seats: list[int], most: int) -> None:
    found = scaled(seats, most=most)
    assert sum(found) == min(sum(seats), most)
    assert all(0 <= after <= before for after, before in zip(found, seats, strict=True))


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_an_order_whose_number_was_altered_never_verifies(said: int, altered: int) -> None:
    key = SigningKey.from_seed(b"k" * 32)
    fields = {
        "service_id": ServiceId("KW-MOI/18"),
        "number": 1,
        "authority_id": AuthorityId("KW-MOI"),
        "from_on": date(2027, 2, 4),
        "until_on": None,
        "decision": "قرار",
        "set_at": datetime(2027, 2, 1, tzinfo=UTC),
    }
    order = signed(QuotaOrder(people_a_day=said, **fields), key=key)  # type: ignore[arg-type]
    forged = QuotaOrder(people_a_day=altered, signature=order.signature, **fields)  # type: ignore[arg-type]
    published = AuthorityKey(
        authority_id=AuthorityId("KW-MOI"), public_key=key.public, published_at=datetime(2027, 1, 1, tzinfo=UTC)
    )
    check_orders([order], key=published)
    try:
        check_orders([forged], key=published)
    except QuotaOrderBroken:
        assert altered != said
    else:
        assert altered == said
