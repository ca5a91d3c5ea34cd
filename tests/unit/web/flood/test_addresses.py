"""Whose address a request has, and what it counts as."""

import pytest

from dawr.web.flood.addresses import UNIX_SOCKET, Addresses, Proxies

CLIENT = "203.0.113.9"


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
    ],
)
def test_an_address_counts_as_what_one_household_has(address: str, key: str) -> None:
    assert Addresses().origin(address).key == key


@pytest.mark.parametrize("address", ["100.64.0.1", "100.127.255.254", "::ffff:100.64.0.1", "127.0.0.1", "::1", ""])
def test_carrier_grade_nat_and_a_nameless_proxy_are_shared_by_design(address: str) -> None:
    assert Addresses().origin(address).is_shared


@pytest.mark.parametrize("address", ["100.63.255.255", "100.128.0.0", "203.0.113.9", "2001:db8::1"])
def test_other_addresses_are_not(address: str) -> None:
    assert not Addresses().origin(address).is_shared


def test_a_range_of_the_settings_is_a_carriers() -> None:
    addresses = Addresses(carriers=["203.0.113.0/24", "2001:db8::/32"])
    assert addresses.origin("203.0.113.9").is_shared
    assert addresses.origin("2001:db8:1::1").is_shared


def test_without_named_proxies_nobody_may_say_where_he_comes_from() -> None:
    proxies = Proxies([])
    assert proxies.client("127.0.0.1", forwarded_for=CLIENT, real_ip=CLIENT) == "127.0.0.1"
    assert proxies.client("", forwarded_for=CLIENT, real_ip=CLIENT) == ""


@pytest.mark.parametrize("peer", ["127.0.0.1", "::ffff:127.0.0.1", "::1"])
def test_a_named_proxy_says_who_came_to_it(peer: str) -> None:
    proxies = Proxies(["127.0.0.0/8", "::1"])
    assert proxies.client(peer, forwarded_for=CLIENT, real_ip="") == CLIENT
    assert proxies.client(peer, forwarded_for="", real_ip=CLIENT) == CLIENT


def test_a_proxy_on_a_unix_socket_is_believed_when_it_is_named() -> None:
    assert Proxies([UNIX_SOCKET]).client("", forwarded_for=CLIENT, real_ip="") == CLIENT


def test_what_the_client_wrote_into_the_list_himself_is_not_read() -> None:
    proxies = Proxies(["10.0.0.0/8"])
    assert proxies.client("10.0.0.1", forwarded_for=f"198.51.100.1, {CLIENT}, 10.0.0.2", real_ip="") == CLIENT


def test_a_stranger_who_claims_an_address_keeps_his_own() -> None:
    proxies = Proxies(["10.0.0.0/8"])
    assert proxies.client("198.51.100.1", forwarded_for=CLIENT, real_ip=CLIENT) == "198.51.100.1"


@pytest.mark.parametrize("written", ["unknown", "203.0.113.9:4711", "<script>", ", ,", ""])
def test_a_list_that_cannot_be_read_leaves_the_proxys_own_address(written: str) -> None:
    assert Proxies(["10.0.0.0/8"]).client("10.0.0.1", forwarded_for=written, real_ip="") == "10.0.0.1"
