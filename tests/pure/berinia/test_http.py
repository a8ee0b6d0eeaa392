"""Which addresses may be called, and how a call is signed."""

import ipaddress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from berinia.http import ForbiddenAddressError, is_public, post
from communications.signing import signed_headers

PRIVATE = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
    "255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "::7f00:1",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_of_the_house_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.215.14", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]
)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_wrapping_an_address_changes_nothing(address: ipaddress.IPv4Address) -> None:
    plain = is_public(str(address))
    wrapped = ipaddress.IPv6Address((0x64FF9B << 96) | int(address))
    assert is_public(f"::ffff:{address}") == plain
    assert is_public(str(wrapped)) == plain


@pytest.mark.parametrize(
    "url", ["http://exemple.fr", "https://localhost:1", "https://0x7f.1/", "https://[::ffff:7f00:1]/"]
)
def test_a_call_into_the_house_is_refused_before_it_is_made(url: str) -> None:
    with pytest.raises(ForbiddenAddressError):
        post(url, b"", {}, timeout=1)


def test_the_signature_is_that_of_the_standard() -> None:
    # The example of https://github.com/standard-webhooks/standard-webhooks (and of Svix).
    headers = signed_headers(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}',
        datetime.fromtimestamp(1614265330, UTC),
    )  # fmt: skip
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
