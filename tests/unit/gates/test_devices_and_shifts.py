"""Which lanes are open, which guard the day sends where, and how long a shift lasts."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dawr.gates.decoy_names import DECOYS_PER_DAY, decoy_names
from dawr.gates.model.devices import (
    LANES_MAX,
    Device,
    DeviceId,
    DeviceNotEnrolled,
    DeviceRevoked,
    open_lanes,
    require_working,
)
from dawr.gates.model.shifts import day_bounds, ends_of_shift, rota
from dawr.kernel.identifiers import OfficeId, PersonId
from dawr.people.model import SHIFT_MAX

AT = datetime(2027, 2, 3, 6, 30, tzinfo=UTC)


def device(lane: int, *, is_enrolled: bool = True, is_revoked: bool = False) -> Device:
    return Device(
        device_id=DeviceId(UUID(int=lane)),
        office_id=OfficeId("KW-TST/HAW"),
        name=f"lane {lane}",
        lane=lane,
        added_at=AT,
        signing_key=bytes(64) if is_enrolled else None,
        agreement_key=bytes(64) if is_enrolled else None,
        enrolled_at=AT if is_enrolled else None,
        code_ends_at=None,
        last_seen_at=None,
        records_waiting=None,
        revoked_at=AT if is_revoked else None,
    )


@pytest.mark.parametrize(
    ("lanes", "opened"), [([], 1), ([1], 1), ([1, 2, 3], 3), ([2, 3], 1), ([1, 2, 4], 2), (range(1, 21), LANES_MAX)]
)
def test_lanes_open_without_a_gap_from_the_first(lanes: list[int], opened: int) -> None:
    assert open_lanes([device(lane) for lane in lanes]) == opened


def test_a_device_that_does_not_work_opens_no_lane() -> None:
    assert open_lanes([device(1), device(2, is_enrolled=False), device(3)]) == 1
    assert open_lanes([device(1), device(2, is_revoked=True)]) == 1


def test_packs_are_made_for_devices_that_work_alone() -> None:
    assert require_working(device(1)) == device(1)
    with pytest.raises(DeviceNotEnrolled):
        require_working(device(1, is_enrolled=False))
    with pytest.raises(DeviceRevoked):
        require_working(device(1, is_revoked=True))


@given(st.binary(min_size=32, max_size=32), st.sets(st.uuids(), max_size=12), st.integers(1, 6))
def test_the_rota_spreads_every_guard_evenly_over_the_open_lanes(key: bytes, ids: set[UUID], lanes_open: int) -> None:
    drawn = rota(key, {PersonId(each) for each in ids}, lanes_open=lanes_open)
    assert drawn.keys() == ids
    counted = [Counter(drawn.values())[lane] for lane in range(1, lanes_open + 1)]
    assert sum(counted) == len(ids)
    assert max(counted) - min(counted) <= 1


def test_another_day_draws_another_rota() -> None:
    guards = {PersonId(UUID(int=number)) for number in range(8)}
    assert len({tuple(sorted(rota(bytes([day]) * 32, guards, lanes_open=4).items())) for day in range(10)}) == 10


def test_a_day_is_the_offices_own_and_may_have_23_hours() -> None:
    starts_at, ends_at = day_bounds(date(2027, 2, 3), timezone="Asia/Kuwait")
    assert (starts_at, ends_at) == (datetime(2027, 2, 2, 21, tzinfo=UTC), datetime(2027, 2, 3, 21, tzinfo=UTC))
    starts_at, ends_at = day_bounds(date(2027, 3, 28), timezone="Europe/London")
    assert ends_at - starts_at == timedelta(hours=23)


def test_a_shift_is_no_longer_than_its_day_or_its_sign_in() -> None:
    assert ends_of_shift(opens_at=AT, day_ends_at=AT + timedelta(hours=12)) == AT + SHIFT_MAX
    assert ends_of_shift(opens_at=AT, day_ends_at=AT + timedelta(hours=1)) == AT + timedelta(hours=1)


@given(st.binary(min_size=32, max_size=32))
def test_decoys_are_distinct_names_of_four_parts_that_fit_the_screen(key: bytes) -> None:
    names = decoy_names(key)
    assert DECOYS_PER_DAY - 5 <= len(names) == len(set(names))
    assert all(len(name.split()) == 4 and len(name.encode()) <= 60 for name in names)


def test_every_day_has_decoys_of_its_own() -> None:
    assert not set(decoy_names(bytes(32))) & set(decoy_names(b"\x01" * 32))
