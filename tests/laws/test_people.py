"""What must hold of every number, seal, path and token, not only of the ones that somebody thought of."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey

from dawr.kernel.sealing import SealBroken, seal, unseal
from dawr.people.civil_number import NotACivilNumber, invented_kuwaiti_number, parse_civil_number
from dawr.people.model import Assurance, Country, SignInOver, SignInRefused
from dawr.people.openid import check_id_token
from dawr.people.pending import PendingSignIn, opened_pending, sealed_pending
from dawr.web.wiring import local_path

NOW = datetime(2027, 2, 4, 6, 0, tzinfo=UTC)
KEY = b"k" * 32
TOKEN_KEY = ECKey.generate_key("P-256", {"kid": "k1"})
BIRTHDAYS = st.dates(min_value=date(1900, 1, 1), max_value=date(2099, 12, 31))
NUMBERS = st.builds(invented_kuwaiti_number, BIRTHDAYS, st.integers(min_value=0, max_value=200))


def is_kuwaiti(text: str) -> bool:
    try:
        return bool(parse_civil_number(text, country=Country.KUWAIT))
    except NotACivilNumber:
        return False


@given(number=NUMBERS, position=st.integers(0, 11), digit=st.sampled_from("0123456789"))
def test_one_mistyped_digit_is_always_caught(number: str, position: int, digit: str) -> None:
    mistyped = number[:position] + digit + number[position + 1 :]
    assert is_kuwaiti(mistyped) == (mistyped == number)


@given(number=NUMBERS, position=st.integers(0, 10))
def test_two_neighbours_swapped_are_always_caught(number: str, position: int) -> None:
    swapped = number[:position] + number[position + 1] + number[position] + number[position + 2 :]
    assert is_kuwaiti(swapped) == (swapped == number)


@given(
    number=NUMBERS, gaps=st.lists(st.sampled_from(["", " ", "-", "\u200f", "\u00a0", "ـ"]), min_size=12, max_size=12)
)
def test_a_number_is_itself_in_any_digits_and_with_any_gaps(number: str, gaps: list[str]) -> None:
    for digits in ("0123456789", "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹"):
        typed = "".join(gap + digits[int(digit)] for gap, digit in zip(gaps, number, strict=True))
        assert parse_civil_number(typed, country=Country.KUWAIT).digits == number


@given(text=st.text(), country=st.sampled_from(Country))
def test_any_text_is_a_number_or_refused_and_nothing_else(text: str, country: Country) -> None:
    with suppress(NotACivilNumber):
        digits = parse_civil_number(text, country=country).digits
        assert digits.isascii()
        assert digits.isdigit()


@given(
    plain=st.binary(max_size=64),
    nonce=st.binary(min_size=12, max_size=12),
    one=st.uuids(),
    other=st.uuids(),
    position=st.integers(min_value=0),
    change=st.integers(1, 255),
)
def test_a_seal_opens_for_its_owner_unaltered_and_for_nobody_else(
    plain: bytes, nonce: bytes, one: object, other: object, position: int, change: int
) -> None:
    owner, stranger = str(one).encode(), str(other).encode() + b"."
    sealed = bytearray(seal(KEY, plain, nonce=nonce, belongs_to=owner))
    assert unseal(KEY, bytes(sealed), belongs_to=owner) == plain
    with pytest.raises(SealBroken):
        unseal(KEY, bytes(sealed), belongs_to=stranger)
    sealed[position % len(sealed)] ^= change
    with pytest.raises(SealBroken):
        unseal(KEY, bytes(sealed), belongs_to=owner)


@given(text=st.text(), state=st.text())
def test_no_text_is_taken_for_a_pending_sign_in(text: str, state: str) -> None:
    with pytest.raises(SignInOver):
        opened_pending(text, key=KEY, state=state, now=NOW)


@given(
    pending=st.builds(
        PendingSignIn,
        state=st.text(min_size=1),
        nonce=st.text(),
        verifier=st.text(),
        next_path=st.text(),
        assurance=st.sampled_from(Assurance),
        began_at=st.just(NOW),
    )
)
def test_every_pending_sign_in_comes_back_as_it_was(pending: PendingSignIn) -> None:
    cookie = sealed_pending(pending, key=KEY, seal_nonce=b"n" * 12)
    assert opened_pending(cookie, key=KEY, state=pending.state, now=NOW) == pending


PATH_PIECES = st.sampled_from(
    ["/", "\\", "//", "\t", "\n", " ", "evil.example", "@", ":", "http:", "%2f", "a", "?", "#", "."]
)


@given(pieces=st.lists(PATH_PIECES | st.text(max_size=3), max_size=8))
def test_no_next_path_ever_leads_to_another_site(pieces: list[str]) -> None:
    # Browsers read a backslash as a slash and drop tabs and line ends.
    path = local_path("".join(pieces))
    read = path.replace("\\", "/").replace("\t", "").replace("\n", "").replace("\r", "")
    assert urlsplit(urljoin("https://dawr.example/sign-in", read)).netloc == "dawr.example"


@given(position=st.integers(min_value=0), change=st.integers(1, 255), part=st.integers(0, 2))
def test_a_token_with_any_byte_altered_is_refused(position: int, change: int, part: int) -> None:
    seconds = int(NOW.timestamp())
    claims = {
        "iss": "https://id.example",
        "sub": "s",
        "aud": "dawr",
        "exp": seconds + 300,
        "iat": seconds,
        "auth_time": seconds,
        "nonce": "n",
    }
    parts = jwt.encode({"alg": "ES256", "kid": "k1"}, claims, TOKEN_KEY, algorithms=["ES256"]).split(".")
    altered = bytearray(urlsafe_b64decode(parts[part] + "=="))
    altered[position % len(altered)] ^= change
    parts[part] = urlsafe_b64encode(bytes(altered)).rstrip(b"=").decode()
    with pytest.raises(SignInRefused):
        check_id_token(
            ".".join(parts),
            key=TOKEN_KEY,
            algorithms=("ES256",),
            issuer="https://id.example",
            client_id="dawr",
            nonce="n",
            began_at=NOW - timedelta(seconds=5),
            now=NOW,
        )
