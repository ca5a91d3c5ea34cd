"""What a device holds: published keys, status lists that are not from the future, and how bytes are written down."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import cbor2

from dawr.tickets.cose import sign1
from dawr.tickets.keys import jwk_set, key_set
from dawr.tickets.status_list import StatusListToken, pack, read_token, sign_token
from tests.forgeries.items import LAST_YEARS_KEY, STRANGERS_KEY
from tests.gates_page.conftest import Asked
from tests.unit.tickets.appointments import KEY

NOW = datetime(2027, 2, 4, 7, tzinfo=UTC)
[OURS] = jwk_set([KEY.public])["keys"]
[OLDER] = jwk_set([LAST_YEARS_KEY.public])["keys"]


def listed(*, ahead: timedelta) -> StatusListToken:
    return StatusListToken(
        subject="https://turns.example/status-lists/KW-MOI/HAW-R/2027-02-04",
        issued_at=NOW + ahead,
        expires_at=NOW + ahead + timedelta(hours=2),
        ttl_seconds=60,
        statuses=pack({0: 1, 5: 3, 12: 2}, bits=2),
    )


def read_in_page(ask: Asked, *messages: bytes, places: tuple[int, ...] = (0, 1, 5, 12, 99)) -> list[Any]:
    held = {"key_set": {"keys": [OURS]}, "now_ms": 1000 * int(NOW.timestamp()), "places": list(places)}
    read: list[Any] = ask("tokens", {**held, "messages": [message.hex() for message in messages]})
    return read


def test_a_signed_list_is_read_as_python_reads_it(ask: Asked) -> None:
    message = sign_token(listed(ahead=timedelta(0)), key=KEY)
    [read] = read_in_page(ask, message)
    told = read_token(message, keys=key_set([KEY.public]))
    assert (read["subject"], read["ttlSeconds"]) == (told.subject, told.ttl_seconds)
    assert read["issuedMs"] == 1000 * told.issued_at.timestamp()
    assert read["expiresMs"] == 1000 * told.expires_at.timestamp()
    assert read["at"] == [told.statuses.status_at(place) for place in (0, 1, 5, 12, 99)] == [1, 0, 3, 2, None]


def test_a_list_that_another_key_signed_is_refused(ask: Asked) -> None:
    token = listed(ahead=timedelta(0))
    borrowed = cbor2.loads(sign_token(token, key=STRANGERS_KEY)).value
    stranger = cbor2.dumps(cbor2.CBORTag(18, [cbor2.loads(sign_token(token, key=KEY)).value[0], *borrowed[1:]]))
    assert read_in_page(ask, sign_token(token, key=STRANGERS_KEY), stranger) == [None, None]


def test_a_list_from_more_than_five_minutes_ahead_is_not_believed(ask: Asked) -> None:
    aheads = [timedelta(minutes=5), timedelta(minutes=5, seconds=1), timedelta(days=1)]
    just, over, far = read_in_page(ask, *(sign_token(listed(ahead=ahead), key=KEY) for ahead in aheads))
    assert just["at"][0] == 1
    assert (over, far) == ("from the future", "from the future")


def test_what_our_key_signed_as_something_else_is_no_list(ask: Asked) -> None:
    claims = cbor2.loads(cbor2.loads(sign_token(listed(ahead=timedelta(0)), key=KEY)).value[2])
    types = [None, "application/cwt", "application/statuslist+jwt"]
    as_others = [sign1(cbor2.dumps(claims), key=KEY.private, key_id=KEY.key_id, typ=typ) for typ in types]
    assert read_in_page(ask, *as_others) == [None] * len(types)


def test_the_published_keys_are_held_by_their_ids(ask: Asked) -> None:
    assert ask("keySets", [{"keys": []}, {"keys": [OURS]}, {"keys": [OURS, OLDER]}]) == [0, 1, 2]


def test_a_key_under_another_id_or_of_another_kind_is_refused(ask: Asked) -> None:
    faulty: list[Any] = [
        {**OURS, "kid": OLDER["kid"]},
        {**OURS, "kid": OURS["kid"][:-2]},
        {**OURS, "x": OLDER["x"]},
        {**OURS, "y": OURS["x"]},
        {**OURS, "alg": "ES384"},
        {**OURS, "crv": "P-384"},
        {**OURS, "kty": "OKP"},
        {key: value for key, value in OURS.items() if key != "x"},
        {},
    ]
    sets = [{"keys": [each]} for each in faulty]
    assert ask("keySets", [*sets, {}, None, [], {"keys": OURS}]) == [None] * (len(sets) + 4)


def test_a_point_that_is_not_on_the_curve_is_refused_even_under_its_own_thumbprint(ask: Asked) -> None:
    x, y = bytes(31) + b"\x01", bytes(31) + b"\x01"
    kid = sha256(cbor2.dumps({1: 2, -1: 1, -2: x, -3: y}, canonical=True)).digest()[:8]
    named = {name: urlsafe_b64encode(part).rstrip(b"=").decode() for name, part in (("kid", kid), ("x", x), ("y", y))}
    assert ask("keySets", [{"keys": [{**OURS, **named}]}]) == [None]


def test_base64url_has_one_spelling_for_each_bytes(ask: Asked) -> None:
    assert ask("base64url", ["", "AA", "AQI", "_-8A"]) == ["", "AA", "AQI", "_-8A"]
    assert ask("base64url", ["AB", "A", "AA==", "/+8A", "AA A", "AAB"]) == [None] * 6


def test_bytes_are_the_same_only_where_all_are(ask: Asked) -> None:
    pairs = [["00ff", "00ff"], ["", ""], ["00ff", "00fe"], ["00ff", "00"], ["80", "00"]]
    assert ask("sameness", pairs) == [True, True, False, False, False]
