"""Laws of what devices record: whatever order it arrives in, in whatever pieces, the books come out the same."""

import json
from collections import Counter
from dataclasses import dataclass, replace
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dawr.db.pool import Transaction
from dawr.gates import actions as gates
from dawr.gates.model.devices import DeviceId
from dawr.gates.model.records import parse_step
from dawr.kernel.refusal import Malformed
from dawr.people.model import Role
from tests.store.gates.invented_device import OFFICE, Device, enrol_device, granted
from tests.store.tickets.conftest import office
from tests.store.tickets.invented_office import STARTS_AT, Office

__all__ = ["office"]

DEVICES, TICKETS = 3, 3
Act = tuple[int, int, str]
Piece = tuple[int, int, int]

acts = st.lists(
    st.tuples(
        st.integers(0, DEVICES - 1),
        st.integers(0, TICKETS - 1),
        st.sampled_from(["admitted", "admitted", "mismatched", "left", "not_ours"]),
    ),
    max_size=10,
)
pieces = st.lists(st.tuples(st.integers(0, DEVICES - 1), st.integers(0, 40), st.integers(0, 40)), max_size=12)


@dataclass(frozen=True)
class Books:
    """What must not depend on the order: who is inside, and how many scans came to what."""

    inside: frozenset[bytes]
    verdicts: Counter[str]
    contested: int
    records: int
    scans: int


async def acted(tx: Transaction, office: Office, history: list[Act]) -> list[Device]:
    """The devices after a morning without a network."""
    tickets = [await office.ticket(tx) for _ in range(TICKETS)]
    # Tickets of their own: what is let in elsewhere before another's card was found with it stays in.
    others = [await office.ticket(tx) for _ in range(TICKETS)]
    head = await granted(tx, office, Role.BRANCH_HEAD)
    devices = [
        await enrol_device(tx, await granted(tx, office, Role.GUARD), lane=n + 1, head=head) for n in range(DEVICES)
    ]
    for number, ticket, what in history:
        device = devices[number]
        if what == "not_ours":
            device.scanned(None, found="not_ours")
        elif what == "left":
            device.record("decided", scan=device.scanned(tickets[ticket]), verdict="left")
        elif what == "admitted":
            device.admitted(tickets[ticket])
        else:
            device.mismatched(others[ticket])
    return devices


async def books_after(tx: Transaction, office: Office, devices: list[Device], uploads: list[Piece]) -> Books:
    """Upload those pieces, whatever is refused of them, then everything; and read the books."""
    for number, first, count in uploads:
        await devices[number].send(tx, devices[number].records[first : first + count])
        await devices[number].merge(tx, office.settings)
    for device in devices:
        await device.upload(tx, office.settings)
    admitted = await (await tx.execute("select visit.ticket_id from tickets.visit")).fetchall()
    outcomes = await (await tx.execute("select verdict from tickets.gate_outcome")).fetchall()
    chains = await gates.chains_at(tx, OFFICE)
    scans = await (await tx.execute("select scan_id from tickets.gate_scan")).fetchall()
    return Books(
        inside=frozenset(bytes(row["ticket_id"]) for row in admitted),
        verdicts=Counter(row["verdict"] for row in outcomes),
        contested=len(await gates.contested_at(tx, OFFICE, since=STARTS_AT)),
        records=sum(chain.taken_until - chain.unmerged for chain in chains.values()),
        scans=len(scans),
    )


@given(acts, pieces, pieces)
@settings(
    max_examples=25,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_any_interleaving_of_uploads_ends_in_the_same_books(
    tx: Transaction, office: Office, history: list[Act], uploads: list[Piece], others: list[Piece]
) -> None:
    found = []
    async with tx.transaction(force_rollback=True):
        devices = await acted(tx, office, history)
        for pieces_ in ([], uploads, others):
            async with tx.transaction(force_rollback=True):
                found.append(await books_after(tx, office, devices, pieces_))
    told, *again = found
    assert again == [told, told]
    assert told.records == sum(len(device.records) for device in devices)
    assert told.verdicts["admit"] == len(told.inside)
    assert told.scans == len(history)


async def test_where_a_piece_is_lost_for_good_the_books_differ(tx: Transaction, office: Office) -> None:
    """The control."""
    devices = await acted(tx, office, [(0, 0, "admitted"), (0, 1, "admitted")])
    async with tx.transaction(force_rollback=True):
        whole = await books_after(tx, office, devices, [])
    cut = replace(devices[0], records=devices[0].records[:3])
    assert await books_after(tx, office, [cut, *devices[1:]], []) != whole


DEVICE = DeviceId(UUID(int=0xDA))


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_no_bytes_are_read_as_a_record_by_accident(text: bytes) -> None:
    with pytest.raises(Malformed):
        parse_step(text, device_id=DEVICE)


@given(
    st.dictionaries(
        st.sampled_from(["n", "prev", "device", "shift", "pack", "scan", "at_ms", "kind", "verdict", "more"]),
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=40),
    )
)
def test_a_record_with_any_one_thing_otherwise_is_refused_or_the_same(changed: dict[str, object]) -> None:
    right = {
        "n": 1,
        "prev": "A" * 43,
        "device": str(DEVICE),
        "shift": str(DEVICE),
        "pack": str(DEVICE),
        "scan": str(DEVICE),
        "at_ms": 0,
        "kind": "decided",
        "verdict": "left",
    }
    text = json.dumps(right | changed).encode()
    try:
        step = parse_step(text, device_id=DEVICE)
    except Malformed:
        return
    kept = {name: value for name, value in (right | changed).items() if name in {"n", "at_ms"}}
    assert kept == {"n": step.n, "at_ms": step.at_ms}
    assert str(step.device) == str(DEVICE)
    assert "more" not in changed
