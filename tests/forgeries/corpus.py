"""The corpus as JSON: codes, places, times, statuses and public keys, and the verdict that every reader has to give."""

import json
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

from dawr.tickets.keys import jwk_set
from tests.forgeries import recombined, spellings, turns
from tests.forgeries.items import KEY_SETS, Item

MAKERS = [
    turns.honest,
    turns.edited_prints,
    turns.misused,
    turns.misused_twice,
    turns.other_tickets,
    turns.extremes,
    turns.past_midnight,
    turns.short_day,
    recombined.altered_claims,
    recombined.swapped_parts,
    recombined.strangers_signatures,
    recombined.odd_signatures,
    recombined.twin_signature,
    recombined.other_algorithms,
    recombined.other_issuers,
    recombined.other_signed_things,
    spellings.foreign_texts,
    spellings.damaged_texts,
    spellings.other_cbor,
    spellings.other_envelopes,
    spellings.other_headers,
    spellings.other_claims,
    spellings.respelled_claims,
]


def items() -> list[Item]:
    """Every item, honest ones first."""
    return list(chain.from_iterable(maker() for maker in MAKERS))


def as_json() -> dict[str, Any]:
    """The corpus for any reader in any language.

    Instants are RFC 3339 in UTC. `service_ids` of null means every service of the office. `statuses` are those of the
    office's and day's status list by index: 0 valid, 1 cancelled, 2 used, 3 suspended; an absent index is valid.
    `holder` is the name to show, null where nothing is proven; `printed` is what the paper beside the code says.
    """
    return {
        "format": "dawr-forgeries-v1",
        "key_sets": {name: jwk_set(keys) for name, keys in KEY_SETS.items()},
        "items": [_item(item) for item in items()],
    }


def write_corpus(file: Path) -> None:
    """The same bytes on every machine."""
    text = json.dumps(as_json(), ensure_ascii=False, indent=1) + "\n"
    file.write_text(text, encoding="utf-8")


def _item(item: Item) -> dict[str, Any]:
    place = item.place
    return {
        "name": item.name,
        "done": item.done,
        "code": item.code,
        "printed": dict(item.printed),
        "key_set": item.key_set,
        "place": {
            "office_id": place.office_id,
            "timezone": place.timezone,
            "service_ids": None if place.service_ids is None else sorted(place.service_ids),
            "now": _instant(place.now),
        },
        "status_list": {
            "as_of_at": _instant(place.status_list.as_of_at),
            "statuses": {str(index): status.value for index, status in place.status_list.statuses.items()},
        },
        "expected": {"verdict": item.verdict.value, "holder": item.holder},
    }


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
