"""Which addresses may be called, and how a call is signed."""

import ipaddress
import socket
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from berinia.http import ForbiddenAddressError, NoAnswerError, is_public, post
from berinia.signing import signed_headers
from tests.fakes.hook import FakeHook
from tests.fakes.server import Answer, Call

PRIVATE = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
    "255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "::7f00:1", "::ffff:0:127.0.0.1", "::ffff:0:10.0.0.1",
    "2001::7f00:1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "fec0::1", "3fff::1", "5f00::1", "192.88.99.1",
    "198.18.0.1", "240.0.0.1", "192.0.2.1", "2001:db8::1", "fd00:ec2::254", "100::1",
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
    assert is_public(f"::ffff:{address}") == plain
    for prefix in (0x64FF9B << 96, 0xFFFF << 48, 0x64FF9B0001 << 80):
        assert is_public(str(ipaddress.IPv6Address(prefix | int(address)))) == plain
    assert is_public(str(ipaddress.IPv6Address(0x2002 << 112 | int(address) << 80))) == plain


@given(st.sampled_from(["127.0.0.1", "10.0.0.7", "169.254.169.254", "192.168.1.1"]), st.data())
def test_no_way_of_writing_an_address_leads_into_the_house(address: str, data: st.DataObject) -> None:
    """Decimal, octal, hexadecimal, short and full-width forms, which a resolver reads too."""
    number = int(ipaddress.IPv4Address(address))
    parts = address.split(".")
    bases = [str, lambda n: f"0x{int(n):x}", lambda n: f"0{int(n):o}"]
    written = data.draw(st.sampled_from([
        str(number), hex(number), f"0{number:o}", f"{parts[0]}.{number & 0xFFFFFF}",
        f"{parts[0]}.{parts[1]}.{number & 0xFFFF}", ".".join(data.draw(st.sampled_from(bases))(p) for p in parts),
        address.translate({ord("0") + n: 0xFF10 + n for n in range(10)}), f"[::ffff:{address}]",
    ]))  # fmt: skip
    with pytest.raises(ForbiddenAddressError):
        post(f"https://{written}/", b"", {}, timeout=1)


class Names:
    """A resolver: what each name leads to, one answer after the other; anything else leads nowhere."""

    def __init__(self, **answers: list[list[str]]) -> None:
        self.answers = {name.replace("_", "."): given for name, given in answers.items()}
        self.asked: list[str] = []

    def __call__(self, host: str, port: int, *_args: object, **_options: object) -> list[Any]:
        self.asked.append(host)
        if not self.answers.get(host):
            raise OSError("unknown")
        return [(0, 0, 0, "", (address, port)) for address in self.answers[host].pop(0)]


@pytest.mark.parametrize("addresses", [["10.0.0.1"], ["1.1.1.1", "127.0.0.1"], ["1.1.1.1", "::1"], ["fe80::1%eth0"]])
def test_a_name_that_leads_into_the_house_is_refused(monkeypatch: pytest.MonkeyPatch, addresses: list[str]) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", Names(exemple_fr=[addresses]))
    with pytest.raises(ForbiddenAddressError, match="private"):
        post("https://exemple.fr/", b"", {}, timeout=1)


def test_a_name_that_changes_its_mind_gains_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    names = Names(exemple_fr=[["1.1.1.1"], ["127.0.0.1"]])
    monkeypatch.setattr(socket, "getaddrinfo", names)
    with pytest.raises(NoAnswerError):
        post("https://exemple.fr/", b"", {}, timeout=1)
    assert names.asked == ["exemple.fr", "1.1.1.1"]  # looked up once; the call goes to what was checked


@pytest.mark.parametrize(
    "url", ["https://exemple.fr\\@127.0.0.1/", "https://u:p@127.0.0.1/", "HTTPS://127.0.0.1/", "https://[::1]:443/"]
)
def test_an_address_that_is_read_two_ways_is_the_one_that_is_checked(url: str) -> None:
    with pytest.raises(ForbiddenAddressError):
        post(url, b"", {}, timeout=1)


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    class Redirecting(FakeHook):
        def answer(self, call: Call) -> Answer:
            return Answer(302, {}, {"Location": f"{self.url}/secret"})

    with Redirecting() as hook:
        answer = post(f"{hook.url}/leads", b"{}", {}, timeout=2, trusted={"127.0.0.1"})
        assert answer.status == 302
        assert [call.path for call in hook.calls] == ["/leads"]


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
