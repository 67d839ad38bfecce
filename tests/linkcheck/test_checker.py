"""Asking other sites: what their answers mean, and who is never asked."""

from __future__ import annotations

import itertools
import time

import pytest

from tests.linkcheck.conftest import PUBLIC, MadeUp, Site
from wiki.linkcheck.checker import Checker
from wiki.linkcheck.network import is_public


def verdict(network: MadeUp, address: str, seconds: float = 10.0) -> str:
    return Checker(network, pause=0, seconds=seconds).ask(address).code


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("", ""),
        ("200", ""),
        ("no-head", ""),
        ("404", "outside.gone"),
        ("410", "outside.gone"),
        ("403", "outside.closed"),
        ("429", "outside.closed"),
        ("999", "outside.closed"),
        ("500", "outside.server"),
        ("503", "outside.server"),
        ("to//here", ""),
        ("to//404", "outside.gone"),
        ("moved//here", "outside.moved"),
        ("to//moved//here", ""),
        ("round/x", "outside.redirects"),
    ],
)
def test_an_answer_is_understood(network: MadeUp, path: str, code: str) -> None:
    assert verdict(network, f"http://site.example/{path}") == code


def test_where_something_has_moved_to_is_named(network: MadeUp) -> None:
    found = Checker(network, pause=0).ask("http://site.example/moved/http://new.example/place")
    assert found.params == {"address": "http://new.example/place"} and found.note


def test_nothing_of_a_page_is_fetched_but_its_head(network: MadeUp, site: Site) -> None:
    Checker(network, pause=0).check(["http://site.example/a?b=c d#part", "http://site.example/ü"])
    assert site.asked == [("HEAD", "site.example", "/a?b=cd"), ("HEAD", "site.example", "/%C3%BC")]


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.8", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
        "100.64.0.1", "192.0.0.8", "198.18.0.1", "224.0.0.1", "255.255.255.255", "240.0.0.1", "192.0.2.1", "::", "::1",
        "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8",
        "::7f00:1", "64:ff9b::7f00:1", "64:ff9b::808:808", "2002:7f00:1::", "2001:0:1::1", "2001:db8::1", "fec0::1", "x", "",
    ],
)  # fmt: skip
def test_an_address_that_is_not_public_is_known(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.215.14", "172.32.0.1", "2606:4700::1111", "2a00:1450::1"])
def test_a_public_address_is_known(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/", "http://127.1/", "http://2130706433/", "http://0x7f.1/", "http://0177.0.0.1/", "http://0/",
        "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/", "http://169.254.169.254/latest/meta-data/",
        "http://10.1.2.3/", "http://inside.example/", "http://both.example/", "http://six.example/", "https://inside.example/",
        "http://site.example/to/http://127.0.0.1/", "http://site.example/to/http://inside.example/",
        "http://site.example/moved/https://inside.example/", "http://site.example/to/http://site.example/to/http://127.0.0.1/",
    ],
)  # fmt: skip
def test_nobody_in_a_private_network_is_asked(network: MadeUp, address: str) -> None:
    network.names |= {
        "inside.example": ["192.168.1.1"],
        # One public address beside a private one is not enough: who connects might take the other.
        "both.example": [PUBLIC, "10.0.0.1"],
        "six.example": ["fd00::1"],
    }
    assert verdict(network, address) == "outside.private"
    assert {place for place, _ in network.connected} <= {PUBLIC}


def test_a_name_that_changes_its_mind_is_asked_where_it_was_looked_at(network: MadeUp) -> None:
    answers = itertools.chain([[PUBLIC]], itertools.repeat(["127.0.0.1"]))
    network.resolve = lambda host, port: next(answers)  # type: ignore[method-assign]
    assert verdict(network, "http://rebinding.example/") == ""
    assert network.connected == [(PUBLIC, 80)]


@pytest.mark.parametrize(
    "address",
    [
        "http://site.example:22/", "http://site.example:8080/", "https://site.example:25/", "ftp://site.example/",
        "file:///etc/passwd", "gopher://site.example/", "http://", "http:///x", "http://user:secret@site.example/",
        "http://site.example:99999/", "http://[::1/", "http://site.example/to/file:///etc/passwd",
        "http://site.example/to/http://site.example:6379/", "javascript:alert(1)",
    ],
)  # fmt: skip
def test_only_the_ports_and_schemes_of_the_web_are_asked(network: MadeUp, address: str) -> None:
    assert verdict(network, address) in ("outside.address", "outside.unknown_host", "outside.gone")
    assert all(port in (80, 443) for _, port in network.connected)


def test_a_host_that_is_not_there_is_told_from_one_that_does_not_answer(network: MadeUp) -> None:
    assert verdict(network, "http://nowhere.invalid/") == "outside.unknown_host"
    network.site.server_close()
    assert verdict(network, "http://site.example/") == "outside.no_answer"
    network.names["empty.example"] = []
    assert verdict(network, "http://empty.example/") == "outside.unknown_host"


def test_a_site_that_can_not_show_who_it_is_is_no_answer(network: MadeUp) -> None:
    assert verdict(network, "https://site.example/") == "outside.no_answer"
    assert network.connected == [(PUBLIC, 443)]


def test_a_site_that_drips_is_given_up_in_time(network: MadeUp) -> None:
    began = time.monotonic()
    assert verdict(network, "http://site.example/drip", seconds=1.0) == "outside.no_answer"
    assert time.monotonic() - began < 20


def test_a_host_is_asked_one_thing_at_a_time_and_given_a_pause(network: MadeUp, site: Site) -> None:
    asked = [f"http://site.example/{number}" for number in ("a", "b", "c")]
    told: list[tuple[int, int]] = []
    found = Checker(network, pause=0.2).check([*asked, asked[0]], lambda done, total: told.append((done, total)))
    assert list(found) == asked and told == [(1, 3), (2, 3), (3, 3)]
    assert all(later - earlier >= 0.2 for earlier, later in itertools.pairwise(site.times))


def test_a_host_that_is_silent_is_not_asked_for_all_its_addresses(network: MadeUp) -> None:
    network.site.server_close()
    addresses = [f"http://site.example/{number}" for number in range(6)]
    found = Checker(network, pause=0).check([*addresses, "http://nowhere.invalid/a", "http://nowhere.invalid/b"])
    assert [found[address].code for address in addresses] == ["outside.no_answer"] * 6
    assert len(network.connected) == 2
