"""What decides how many people an office takes: the staff on duty, the authority's number, and slots withdrawn."""

from dawr.capacity.actions.ordering import order_quota, preview_quota_order
from dawr.capacity.actions.publishing import (
    PlannedDay,
    office_to_staff,
    offices_headed,
    plans_ahead,
    preview_capacity,
    publish_capacity,
    set_capacity,
)
from dawr.capacity.actions.withdrawing import published_days, withdraw_slots

__all__ = [
    "PlannedDay",
    "office_to_staff",
    "offices_headed",
    "order_quota",
    "plans_ahead",
    "preview_capacity",
    "preview_quota_order",
    "publish_capacity",
    "published_days",
    "set_capacity",
    "withdraw_slots",
]
