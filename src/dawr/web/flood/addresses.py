"""Where a request comes from: folded to what one household or one carrier shares, and believed from a proxy alone."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import NamedTuple

SHARED_BY_DESIGN = ("100.64.0.0/10", "127.0.0.0/8", "::1/128")
"""Carrier-grade NAT (RFC 6598), and this machine itself: a proxy in front that nobody has named yet."""
UNIX_SOCKET = "unix"
ADDRESSES_REMEMBERED = 65_536
IPV6_PREFIX_BITS = 64


class Origin(NamedTuple):
    """What an address counts as: an IPv4 address or an IPv6 /64; `is_shared` where a carrier puts many behind it."""

    key: str
    is_shared: bool


class Addresses:
    """Folds addresses; `carriers` are ranges in which one address stands for very many people."""

    def __init__(self, *, carriers: Sequence[str] = ()) -> None:
        networks = [ip_network(text) for text in (*SHARED_BY_DESIGN, *carriers)]

        @lru_cache(maxsize=ADDRESSES_REMEMBERED)
        def origin(text: str) -> Origin:
            address = parsed(text)
            if address is None:
                return Origin(UNIX_SOCKET, True)
            is_shared = any(address.version == network.version and address in network for network in networks)
            if isinstance(address, IPv6Address):
                return Origin(str(ip_network((int(address), IPV6_PREFIX_BITS), strict=False)), is_shared)
            return Origin(str(address), is_shared)

        self.origin = origin


class Proxies:
    """The proxies whose word about an address is taken; with none named, the peer's own address is all there is."""

    def __init__(self, trusted: Sequence[str]) -> None:
        self._is_unix_trusted = UNIX_SOCKET in trusted
        self._networks = [ip_network(text) for text in trusted if text != UNIX_SOCKET]
        self.trusts = lru_cache(maxsize=ADDRESSES_REMEMBERED)(self._trusts)

    def client(self, peer: str, *, forwarded_for: str, real_ip: str) -> str:
        """The address of whoever stands before our own proxies.

        The list of a forwarded request grows on its right side, and what stands left of the first address that is
        not ours was written by the client himself, so it is not read.
        """
        if not self.trusts(peer):
            return peer
        for text in reversed(forwarded_for.split(",")):
            hop = text.strip()
            if not hop:
                continue
            if parsed(hop) is None:
                return peer
            if not self.trusts(hop):
                return hop
        return real_ip.strip() if parsed(real_ip.strip()) else peer

    def _trusts(self, peer: str) -> bool:
        if not peer or peer == UNIX_SOCKET:
            return self._is_unix_trusted
        address = parsed(peer)
        return address is not None and any(
            address.version == network.version and address in network for network in self._networks
        )


def parsed(text: str) -> IPv4Address | IPv6Address | None:
    """The address, an IPv4 one folded out of its IPv6 form and without a zone; None for anything else."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
