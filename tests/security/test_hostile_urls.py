"""Hostile addresses: not taken by the form for OAuth clients, not contacted by the door, whatever a name server says."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pytest_django import Settings

from telephony.core.errors import HostNotAllowed, ProviderError, Unreachable
from telephony.core.http import HttpDoor, new_session, origin_of
from telephony.core.public_addresses import is_public
from telephony.core.registry import all_specs
from telephony.services.environments import host_refusal

OWN = sorted(origin for spec in all_specs() for environment in spec.environments for origin in environment.origins)
HOME = OWN[0]
NAME = HOME.removeprefix("https://")

HOSTILE = [
    "http://127.0.0.1",
    "http://127.0.0.1:8801",
    "http://localhost",
    "http://LOCALHOST:80",
    "http://localhost.",
    "https://localhost.localdomain",
    "http://0.0.0.0",
    "http://0",
    "http://127.1",
    "http://2130706433",  # 127.0.0.1 as one number
    "http://0x7f000001",
    "http://0x7f.0.0.1",
    "http://017700000001",
    "http://0177.0.0.1",
    "http://[::1]",
    "http://[::]",
    "http://[::ffff:127.0.0.1]",
    "http://[::ffff:7f00:1]",
    "http://[0:0:0:0:0:ffff:a9fe:a9fe]",
    "http://[fe80::1%25eth0]",
    "http://[fd00::1]",
    "http://[64:ff9b::7f00:1]",
    "http://10.0.0.1",
    "http://172.16.0.1",
    "http://192.168.1.1",
    "http://100.64.0.1",
    "http://169.254.169.254/latest/meta-data/",
    "http://metadata.google.internal/computeMetadata/v1/",
    "https://evil.example",
    f"https://{NAME}.evil.example",
    f"https://{NAME}@evil.example",
    f"https://{NAME}:443@evil.example",
    f"https://evil.example#{NAME}",
    f"https://evil.example/{NAME}",
    f"https://evil.example\\@{NAME}",
    f"https://evil.example\\.{NAME}",
    f"https://user:password@{NAME}",
    f"http://{NAME}",
    f"https://{NAME}:8443",
    f"https://{NAME}:99999",
    f"ftp://{NAME}",
    f"file://{NAME}/etc/passwd",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "javascript:alert(1)",
    "//evil.example",
    "https://",
    "https:///evil.example",
    "https://[",
    f"https://{NAME}\n.evil.example",
    f"https://{NAME}%2eevil.example",
    f"https://{NAME}\u3002evil.example",
]
NOT_PUBLIC = [
    "127.0.0.1", "10.1.2.3", "172.31.255.255", "192.168.0.1", "169.254.169.254", "100.64.0.1", "224.0.0.1", "240.0.0.1",
    "0.0.0.0",  # noqa: S104  # compared with, not bound to

    "255.255.255.255", "::1", "::", "fe80::1", "fd12::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::",
    "64:ff9b::a9fe:a9fe",
]  # fmt: skip


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every attempt to connect anywhere, none of which succeeds."""
    made: list[Any] = []

    def connect(_socket: socket.socket, address: Any) -> None:
        made.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", connect)
    return made


@pytest.fixture
def _as_in_production(settings: Settings) -> None:
    settings.PROVIDER_ALLOW_LOOPBACK, settings.PROVIDER_EXTRA_HOSTS, settings.SANDBOX_URL = False, [], ""


@pytest.mark.usefixtures("_as_in_production")
@pytest.mark.parametrize("url", HOSTILE)
def test_a_hostile_address_is_neither_accepted_nor_contacted(url: str, connections: list[Any]) -> None:
    door = HttpDoor("Acme", frozenset(OWN), session=new_session())

    assert all(host_refusal(url, spec) for spec in all_specs())
    sends: list[Callable[[], object]] = [
        lambda: door.get(url, "reading"),
        lambda: door.write("POST", url, "writing"),
        lambda: door.stream(url, "streaming"),
    ]
    for send in sends:
        with pytest.raises(HostNotAllowed):
            send()
    assert connections == []


@pytest.mark.usefixtures("_as_in_production")
@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_a_name_that_leads_into_our_network_is_not_connected_to(
    address: str, connections: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    _answering(monkeypatch, [[address]])

    with pytest.raises(Unreachable):
        HttpDoor("Acme", frozenset({HOME}), session=new_session()).write("POST", HOME, "writing")

    assert not is_public(address)
    assert connections == []


@pytest.mark.usefixtures("_as_in_production")
def test_a_name_server_that_changes_its_mind_changes_nothing(
    connections: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    _answering(monkeypatch, [["198.41.0.4"], ["127.0.0.1"], ["127.0.0.1"]])

    with pytest.raises(ProviderError):
        HttpDoor("Acme", frozenset({HOME}), session=new_session()).write("POST", HOME, "writing")

    assert {address[0] for address in connections} == {"198.41.0.4"}


@pytest.mark.usefixtures("_as_in_production")
def test_of_several_addresses_only_the_public_ones_are_tried(
    connections: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    _answering(monkeypatch, [["10.0.0.1", "198.41.0.4", "::1"]])

    with pytest.raises(Unreachable):
        HttpDoor("Acme", frozenset({HOME}), session=new_session()).write("POST", HOME, "writing")

    assert [address[0] for address in connections] == ["198.41.0.4"]


def test_a_host_that_an_operator_has_named_may_be_in_the_own_network(
    connections: list[Any], monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.PROVIDER_EXTRA_HOSTS = ["pbx.example.org"]
    _answering(monkeypatch, [["10.0.0.1"], ["10.0.0.1"]])

    with pytest.raises(Unreachable):
        HttpDoor("Acme", frozenset({"https://pbx.example.org"}), session=new_session()).write(
            "POST", "https://pbx.example.org/", "writing"
        )

    assert connections[0][0] == "10.0.0.1"


@pytest.mark.parametrize(
    "url", ["https://evil.example/next?page=2", f"{HOME}.evil.example/next", f"https://x@{NAME}/next"]
)
def test_a_link_to_the_next_page_elsewhere_gets_no_token(url: str, connections: list[Any]) -> None:
    door = HttpDoor("Acme", frozenset({HOME}), session=new_session())

    with pytest.raises(HostNotAllowed) as caught:
        door.get(url, "reading the next page", headers={"Authorization": "Bearer CANARY-TOKEN"})

    assert connections == []
    assert "CANARY" not in str(caught.value)


def test_a_public_address_is_public() -> None:
    assert is_public("198.41.0.4")
    assert is_public("2606:4700:4700::1111")
    assert is_public("::ffff:198.41.0.4")
    assert origin_of(HOME) == HOME


def _answering(monkeypatch: pytest.MonkeyPatch, answers: list[list[str]]) -> None:
    """Let name servers give these answers, one after the other."""
    waiting: Iterator[list[str]] = iter(answers)

    def getaddrinfo(host: str, port: int, *_rest: Any, **_options: Any) -> list[Any]:
        try:
            addresses = [host] if _is_address(host) else next(waiting)
        except StopIteration:
            raise socket.gaierror(-2, "asked too often") from None
        return [
            (socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in addresses
        ]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


def _is_address(host: str) -> bool:
    return host.replace(".", "").isdigit() or ":" in host
