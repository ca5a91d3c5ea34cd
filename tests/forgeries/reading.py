"""The corpus as Dawr's own reader takes it: from its JSON form, like any other."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from dawr.kernel.identifiers import OfficeId, ServiceId
from dawr.tickets.keys import KeySet, parse_jwk_set
from dawr.tickets.model import TicketStatus
from dawr.tickets.verdict import Finding, Place, StatusList, verify
from tests.forgeries.corpus import as_json

CORPUS: dict[str, Any] = json.loads(json.dumps(as_json()))
ITEMS: list[dict[str, Any]] = CORPUS["items"]
KEY_SETS = {name: parse_jwk_set(json.dumps(published)) for name, published in CORPUS["key_sets"].items()}


def place_of(item: Mapping[str, Any]) -> Place:
    place, listed = item["place"], item["status_list"]
    served = place["service_ids"]
    return Place(
        office_id=OfficeId(place["office_id"]),
        timezone=place["timezone"],
        now=datetime.fromisoformat(place["now"]),
        service_ids=None if served is None else frozenset(map(ServiceId, served)),
        status_list=StatusList(
            as_of_at=datetime.fromisoformat(listed["as_of_at"]),
            statuses={int(index): TicketStatus(status) for index, status in listed["statuses"].items()},
        ),
    )


def found(item: Mapping[str, Any], *, keys: KeySet | None = None) -> Finding:
    """What the reader makes of an item, by its own key set or another."""
    return verify(item["code"], keys=KEY_SETS[item["key_set"]] if keys is None else keys, place=place_of(item))
