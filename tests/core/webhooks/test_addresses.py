"""Which addresses a webhook may lead to."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reunite.core.webhooks.addresses import is_public, literal, may_connect, networks

LOOPBACK = networks(["127.0.0.0/8", "::1/128"])
REFUSED = [
    *("127.0.0.1", "127.255.255.254", "::1", "0.0.0.0", "::"),  # noqa: S104  # Itself: refused.
    *("10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fd12:3456::1", "fec0::1"),
    *("169.254.1.1", "fe80::1", "fe80::1%eth0"),  # Of a link.
    # Metadata of clouds.
    *("169.254.169.254", "fd00:ec2::254", "100.100.100.200", "168.63.129.16", "192.0.0.192"),
    *("100.64.0.1", "100.127.255.255"),  # Shared.
    *("224.0.0.1", "239.255.255.255", "ff02::1", "ff0e::1", "255.255.255.255"),
    *("240.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "2001:db8::1"),
]
PUBLIC = ["8.8.8.8", "1.1.1.1", "172.32.0.1", "192.167.255.255", "100.128.0.1", "2606:4700::1111"]


@pytest.mark.parametrize("address", REFUSED)
def test_an_address_that_is_not_of_the_public_internet_is_refused(address):
    assert not is_public(ip_address(address))
    assert not may_connect(address, (), is_encrypted=True)


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_public_internet_needs_encryption(address):
    assert may_connect(address, (), is_encrypted=True)
    assert not may_connect(address, LOOPBACK, is_encrypted=False)


@given(st.ip_addresses(v=4))
def test_an_address_of_ipv4_is_never_reached_by_a_form_of_ipv6(address):
    number = int(address)
    forms = [
        *(0, 0xFFFF << 32, 0xFFFF << 48),
        *(0x64FF9B << 96, (0x64FF9B << 96) | (1 << 80)),
        0x2002 << 112 | number << 80,
        0x20010000 << 96,
    ]
    for form in forms:
        assert not is_public(IPv6Address(form | number))


@given(st.ip_addresses(network="10.0.0.0/8"), st.booleans())
def test_a_network_that_is_allowed_is_reached_with_and_without_encryption(address, is_encrypted):
    assert may_connect(str(address), networks(["10.0.0.0/8"]), is_encrypted=is_encrypted)
    assert not may_connect(str(address), LOOPBACK, is_encrypted=is_encrypted)


def test_an_allowed_network_is_not_reached_by_a_mapped_address():
    assert not may_connect("::ffff:127.0.0.1", LOOPBACK, is_encrypted=True)


def test_a_host_is_an_address_or_a_name():
    assert literal("127.0.0.1") == IPv4Address("127.0.0.1")
    assert literal("::1") == IPv6Address("::1")
    assert literal("shop.example") is None
    assert literal("2130706433") is None


def test_a_network_with_an_address_of_a_machine_is_refused():
    with pytest.raises(ValueError, match="host bits"):
        networks(["10.0.0.1/8"])
