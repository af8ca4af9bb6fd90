"""Only public addresses are spoken to."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.net.address_filter import allow_all, check_public, parse_ip


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("127.0.0.1", "this machine itself"),
        ("127.255.255.254", "this machine itself"),
        ("0.0.0.0", "unspecified"),
        ("0.1.2.3", "unspecified"),
        ("10.0.0.1", "private"),
        ("172.16.0.1", "private"),
        ("172.31.255.255", "private"),
        ("192.168.1.1", "private"),
        ("100.64.0.1", "private to a provider"),
        ("100.127.255.255", "private to a provider"),
        ("169.254.1.1", "link-local"),
        ("169.254.169.254", "a cloud's metadata service"),
        ("168.63.129.16", "a cloud's metadata service"),
        ("100.100.100.200", "a cloud's metadata service"),
        ("fd00:ec2::254", "a cloud's metadata service"),
        ("192.0.0.8", "reserved"),
        ("192.0.2.1", "for documentation only"),
        ("198.51.100.1", "for documentation only"),
        ("203.0.113.9", "for documentation only"),
        ("198.19.0.1", "for benchmarks only"),
        ("192.88.99.1", "reserved"),
        ("224.0.0.1", "multicast"),
        ("239.255.255.250", "multicast"),
        ("240.0.0.1", "reserved"),
        ("255.255.255.255", "reserved"),
        ("::", "unspecified"),
        ("::1", "this machine itself"),
        ("fc00::1", "private"),
        ("fdab::1", "private"),
        ("fe80::1", "link-local"),
        ("fe80::1%lo", "link-local"),
        ("fec0::1", "private"),
        ("ff02::1", "multicast"),
        ("2001:db8::1", "for documentation only"),
        ("3fff::1", "for documentation only"),
        ("::ffff:127.0.0.1", "this machine itself"),
        ("::ffff:10.0.0.1", "private"),
        ("::ffff:169.254.169.254", "a cloud's metadata service"),
        ("::7f00:1", "this machine itself"),
        ("::192.168.0.1", "private"),
        ("64:ff9b::7f00:1", "this machine itself"),
        ("64:ff9b::a00:1", "private"),
        ("64:ff9b:1::808:808", "a private translation to IPv4"),
        ("2002:7f00:1::1", "a 6to4 tunnel"),
        ("2002:808:808::1", "a 6to4 tunnel"),
        ("2001:0:808:808::1", "a Teredo tunnel"),
        ("2001:0:0a00:1::f5ff:fffe", "a Teredo tunnel"),
        ("::ffff:0:7f00:1", "not public"),
        ("100::1", "not public"),
        ("5f00::1", "not public"),
        ("4000::1", "not public"),
    ],
)
def test_what_is_not_public_is_refused(address: str, expected: str) -> None:
    """Each kind of address that is not public is refused by its name, whatever form it hides in."""
    assert expected == check_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "1.1.1.1",
        "100.63.255.255",
        "100.128.0.1",
        "172.15.0.1",
        "172.32.0.1",
        "2606:4700:4700::1111",
        "2a00:1450:4001::1",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
    ],
)
def test_what_is_public_is_not_refused(address: str) -> None:
    """Public addresses are allowed, through NAT64 too: networks with IPv6 only see the web so."""
    assert None is check_public(ip_address(address))


@given(st.integers(0, 2**32 - 1))
def test_no_form_of_ipv4_is_more_than_it_holds(number: int) -> None:
    """An IPv4 address in any form of IPv6 is refused whenever it is refused by itself."""
    plain = check_public(IPv4Address(number))
    for form in (0xFFFF << 32, 0, 0x64FF9B << 96):
        if plain:
            assert None is not check_public(IPv6Address(form | number))


@given(st.ip_addresses())
def test_nothing_is_allowed_that_the_library_calls_private(address: IPv4Address) -> None:
    """The table is never laxer than Python's own for addresses that hold no other."""
    if check_public(address) is None and address.version == 4:
        assert address.is_global


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "2130706433",
        "0177.0.0.1",
        "0x7f.1",
        "0x7f000001",
        "017700000001",
        "127.1",
        "127.0.1",
    ],
)
def test_every_way_to_write_an_address_is_read(host: str) -> None:
    """Decimal, octal, hexadecimal and shortened hosts are what the system takes them for."""
    assert IPv4Address("127.0.0.1") == parse_ip(host)


def test_names_are_no_addresses() -> None:
    """A host that spells no address out is a name."""
    assert [None] * 4 == [parse_ip(host) for host in ("localhost", "a.example", "", "1.2.3.4.5")]
    assert IPv6Address("::1") == parse_ip("::1")


def test_a_person_may_mean_private_addresses() -> None:
    """With consent nothing is refused."""
    assert None is allow_all(ip_address("127.0.0.1"))
