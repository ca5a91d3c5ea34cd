"""Parts of honest codes put together anew, and signatures that are somebody else's or nobody's."""

from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from hmac import digest

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from dawr.kernel.identifiers import OfficeId, ServiceId
from dawr.tickets.cose import Algorithm, to_be_signed
from dawr.tickets.keys import P256_ORDER, public_bytes
from dawr.tickets.model import TicketId, TicketStatus, Verdict
from dawr.tickets.payload import Claims, Flag, encode_claims
from dawr.tickets.status_list import StatusListToken, pack, sign_token
from tests.forgeries.items import (
    KHALED,
    LAST_YEARS_KEY,
    NOURA,
    STRANGERS_KEY,
    Item,
    coded,
    enveloped,
    es256,
    gate,
    header,
    issued,
    signed,
    taken_apart,
)
from tests.unit.tickets.appointments import KEY, STARTS_AT, claims

HS256 = 5
ONE, ORDER = bytes(31) + b"\x01", P256_ORDER.to_bytes(32)


def altered_claims() -> Iterator[Item]:
    """One claim is another, and the signature is that of the honest ticket."""
    honest = taken_apart(issued())
    changes: dict[str, Claims] = {
        "name": replace(claims(NOURA), name=KHALED),
        "identity": replace(claims(NOURA), identity=bytes(15) + b"\x01"),
        "office": replace(claims(NOURA), office_id=OfficeId("KW-MOI/AHM-R")),
        "service": replace(claims(NOURA), service_id=ServiceId("KW-MOI/20")),
        "day": replace(claims(NOURA), starts_at=STARTS_AT + timedelta(days=1)),
        "time": replace(claims(NOURA), starts_at=STARTS_AT + timedelta(minutes=1)),
        "length": replace(claims(NOURA), minutes=60),
        "opening": replace(claims(NOURA), not_before_at=STARTS_AT - timedelta(hours=3)),
        "end": replace(claims(NOURA), expires_at=STARTS_AT + timedelta(days=30)),
        "ticket id": replace(claims(NOURA), ticket_id=TicketId(b"9876543210")),
        "place in the list": replace(claims(NOURA), status_index=13),
        "flags": replace(claims(NOURA), flags=Flag.PROXY),
    }
    for what, changed in changes.items():
        yield _not_ours(
            f"altered: {what}",
            f"the {what} changed under the honest signature",
            enveloped(honest.protected, encode_claims(changed), honest.signature),
        )


def swapped_parts() -> Iterator[Item]:
    """Every part is honest, and they are not each other's."""
    noura = taken_apart(issued())
    khaled = taken_apart(issued(name=KHALED, ticket_id=TicketId(b"9876543210"), status_index=13))
    older = taken_apart(issued(key=LAST_YEARS_KEY))
    swaps = {
        "payload of one, signature of another": (noura.protected, khaled.payload, noura.signature),
        "signature of one, payload of another": (noura.protected, noura.payload, khaled.signature),
        "header of another key": (older.protected, noura.payload, noura.signature),
        "signature of another key": (noura.protected, noura.payload, older.signature),
        "first half of one signature, second half of another": (
            noura.protected, noura.payload, noura.signature[:32] + khaled.signature[32:],
        ),
        "halves of the signature swapped": (
            noura.protected, noura.payload, noura.signature[32:] + noura.signature[:32],
        ),
    }  # fmt: skip
    for what, parts in swaps.items():
        yield _not_ours(f"swapped: {what}", "put together from two honest tickets", enveloped(*parts))
    typed = cbor2.dumps({1: -7, 4: KEY.key_id, 16: "application/statuslist+cwt"}, canonical=True)
    listing = cbor2.dumps({2: "https://turns.example/lists/1", 65533: {"bits": 2, "lst": bytes(8)}})
    yield _damaged("a status list", "another thing that our key signed", signed(listing, protected=typed))


def strangers_signatures() -> Iterator[Item]:
    """The claims are sound, and no published key signed them."""
    stranger, payload = STRANGERS_KEY, encode_claims(claims(NOURA))
    yield _not_ours("stranger's key", "made with a key of his own, which is in no set", issued(key=stranger))
    borrowed = signed(payload, protected=header(), key=stranger)
    yield _not_ours("stranger's key, our key's id", "named our key and signed with his own", borrowed)
    mixed = signed(payload, protected=header(key_id=LAST_YEARS_KEY.key_id))
    yield _not_ours("our key, another key's id", "named a published key that did not sign", mixed)
    yield _not_ours("unknown key id", "named a key that nobody has", signed(payload, protected=header(key_id=bytes(8))))
    as_data = sha256(payload).digest() * 2
    yield _not_ours(
        "digest for a signature", "no signature at all, but its size", enveloped(header(), payload, as_data)
    )


def odd_signatures() -> Iterator[Item]:
    """Numbers that careless verifiers have accepted, and other lengths and forms of good ones."""
    honest = taken_apart(issued())
    protected, payload, good = honest.protected, honest.payload, honest.signature
    for what, numbers in {
        "both numbers 0": bytes(64),
        "both numbers 1": ONE + ONE,
        "both numbers the order": ORDER + ORDER,
        "second number 0": good[:32] + bytes(32),
        "first number 0": bytes(32) + good[32:],
        "all bits set": b"\xff" * 64,
    }.items():
        yield _not_ours(f"signature: {what}", "a signature without a key", enveloped(protected, payload, numbers))
    r, s = int.from_bytes(good[:32]), int.from_bytes(good[32:])
    for what, form in {
        "63 bytes": good[:63],
        "65 bytes": good + b"\x00",
        "none": b"",
        "DER": encode_dss_signature(r, s),
        "in characters": good.hex(),
    }.items():
        yield _damaged(f"signature: {what}", "the good signature in another form", enveloped(protected, payload, form))


def twin_signature() -> Iterator[Item]:
    """From one ECDSA signature anybody can work out a second: the same ticket, which one use ends in both forms."""
    honest = taken_apart(issued())
    r, s = honest.signature[:32], int.from_bytes(honest.signature[32:])
    twin = enveloped(honest.protected, honest.payload, r + (P256_ORDER - s).to_bytes(32))
    done = "the second number of the signature replaced by the curve's order less it"
    yield Item(name="twin signature", done=done, code=twin, verdict=Verdict.ADMIT, holder=NOURA)
    used = gate(status=TicketStatus.USED)
    yield Item(name="twin signature, used", done=done, code=twin, verdict=Verdict.USED, holder=NOURA, place=used)


def other_algorithms() -> Iterator[Item]:
    """The header says how it would like to be verified; the key set knows how our keys sign."""
    payload = encode_claims(claims(NOURA))
    for what, algorithm in {"EdDSA": -8, "ES384": -35, "ES512": -36}.items():
        code = signed(payload, protected=header(algorithm))
        yield _not_ours(f"algorithm: {what} named, ES256 signed", "signed by our key with that header", code)
    edwards = header(Algorithm.EDDSA)
    signature = Ed25519PrivateKey.from_private_bytes(bytes(32)).sign(to_be_signed(edwards, payload))
    code = enveloped(edwards, payload, signature)
    yield _not_ours("algorithm: EdDSA by a stranger", "his own Ed25519 key under our key's id", code)
    secret = header(HS256)
    mac = digest(public_bytes(KEY.public), to_be_signed(secret, payload), "sha256")
    code = enveloped(secret, payload, mac + mac)
    yield _damaged("algorithm: HS256 with our public key", "the published key used as a shared secret", code)
    for what, number in {"none": 0, "RS256": -257, "ES256K": -47, "reserved": 2**31}.items():
        yield _damaged(
            f"algorithm: {what}", "signed by our key with that header", signed(payload, protected=header(number))
        )


def other_issuers() -> Iterator[Item]:
    """COSE_Sign1 messages that are sound where they come from."""
    abroad = {"issuer": "SA-MOI", "service_id": "SA-MOI/18", "office_id": "SA-MOI/HAW-R"}
    ticket = issued(key=STRANGERS_KEY, **abroad)
    yield _not_ours("another issuer's ticket", "a DW1 ticket of another country, by that country's key", ticket)
    certificate = cbor2.dumps({1: "XX", 4: 1_900_000_000, 6: 1_700_000_000, -260: {1: {"nam": "AL GHAIM"}}})
    foreign = header(key_id=STRANGERS_KEY.key_id)
    message = cbor2.dumps([foreign, {}, certificate, es256(foreign, certificate, key=STRANGERS_KEY)], canonical=True)
    yield _damaged("another issuer's certificate", "a health certificate under our prefix", coded(message))
    yield _not_ours(
        "another issuer's certificate, as it is",
        "a health certificate under its own prefix",
        coded(message).replace("DW1:", "HC1:", 1),
    )
    yield _damaged("a certificate by our key", "our key signed what is no ticket", signed(certificate))


def other_signed_things() -> Iterator[Item]:
    """What our own key has signed, or might have, in forms that are no ticket."""
    payload = encode_claims(claims(NOURA))
    told = StatusListToken(
        subject="https://turns.example/status-lists/KW-MOI/HAW-R/2027-02-04",
        issued_at=STARTS_AT,
        expires_at=STARTS_AT + timedelta(hours=2),
        ttl_seconds=60,
        statuses=pack({12: TicketStatus.VALID}, bits=2),
    )
    token = sign_token(told, key=KEY)
    yield _damaged("today's own status list", "the public list of the office, as a ticket", coded(token))
    yield _damaged("today's own status list, bare", "the same without its tag", coded(token[1:]))
    words = ".".join(urlsafe_b64encode(part).rstrip(b"=").decode() for part in (b'{"alg":"ES256"}', b'{"nm":"Noura"}'))
    signature = urlsafe_b64encode(es256(header(), payload)).rstrip(b"=").decode()
    yield _not_ours("a JSON Web Signature", "JSON that says who may come, signed", f"{words}.{signature}")
    yield _damaged(
        "a JSON Web Signature under our prefix", "the same, as a ticket", coded(f"{words}.{signature}".encode())
    )
    over = KEY.private.sign(payload, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
    r, s = decode_dss_signature(over)
    yield _not_ours(
        "signed without its header",
        "our key's signature over the claims alone",
        enveloped(header(), payload, r.to_bytes(32) + s.to_bytes(32)),
    )


def _not_ours(name: str, done: str, code: str) -> Item:
    return Item(name=name, done=done, code=code, verdict=Verdict.NOT_OURS)


def _damaged(name: str, done: str, code: str) -> Item:
    return Item(name=name, done=done, code=code, verdict=Verdict.DAMAGED_CODE)
