"""Base45 (RFC 9285): bytes as the 45 characters that a QR code packs tightest."""

from dawr.kernel.refusal import Malformed

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_VALUES = {character: value for value, character in enumerate(ALPHABET)}


def encode(message: bytes) -> str:
    """Two bytes become three characters, a last single byte becomes two."""
    return "".join(_characters(message[start : start + 2]) for start in range(0, len(message), 2))


def decode(text: str) -> bytes:
    """The bytes of `text`; refuses other characters, impossible lengths and groups too large for their bytes."""
    return b"".join(_bytes(text[start : start + 3]) for start in range(0, len(text), 3))


def _characters(pair: bytes) -> str:
    rest, low = divmod(int.from_bytes(pair), 45)
    high, middle = divmod(rest, 45)
    return ALPHABET[low] + ALPHABET[middle] + (ALPHABET[high] if len(pair) == 2 else "")


def _bytes(group: str) -> bytes:
    if len(group) == 1:
        raise Malformed(reason="base45 text of an impossible length")
    try:
        low, middle, high = (_VALUES[character] for character in group.ljust(3, ALPHABET[0]))
        number = low + middle * 45 + high * 45 * 45
        return number.to_bytes(len(group) - 1)
    except KeyError as error:
        raise Malformed(reason="a character outside base45") from error
    except OverflowError as error:
        raise Malformed(reason="a base45 group too large for its bytes") from error
