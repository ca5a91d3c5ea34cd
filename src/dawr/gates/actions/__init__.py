"""What is done about gates: devices enrolled, shifts opened, packs made, records merged."""

from dawr.gates.actions.codes import codes_for_device, sheet_of
from dawr.gates.actions.devices import (
    add_device,
    devices_of,
    enrol,
    move_device,
    own_device,
    renew_code,
    revoke_device,
)
from dawr.gates.actions.lanes import change_lanes, end_shift, gate_day, reopen_online_gate
from dawr.gates.actions.merging import contested_at, forks_at, merge_device, merge_next, merge_records, merge_taken
from dawr.gates.actions.packs import prepare_packs, sealed_photographs
from dawr.gates.actions.records import chains_at, take_records
from dawr.gates.actions.second_looks import audited_day, audited_days
from dawr.gates.actions.shifts import begin_shift, brought_pack, close_shift, open_shift, own_shift, renew_pack

__all__ = [
    "add_device",
    "audited_day",
    "audited_days",
    "begin_shift",
    "brought_pack",
    "chains_at",
    "change_lanes",
    "close_shift",
    "codes_for_device",
    "contested_at",
    "devices_of",
    "end_shift",
    "enrol",
    "forks_at",
    "gate_day",
    "merge_device",
    "merge_next",
    "merge_records",
    "merge_taken",
    "move_device",
    "open_shift",
    "own_device",
    "own_shift",
    "prepare_packs",
    "renew_code",
    "renew_pack",
    "reopen_online_gate",
    "revoke_device",
    "sealed_photographs",
    "sheet_of",
    "take_records",
]
