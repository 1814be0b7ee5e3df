"""What holds for every test."""

from __future__ import annotations

import gc
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.template.base import Template
from django.test.utils import _TestState, instrumented_test_render
from urllib3.util.retry import Retry


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Refuse parameters in a set: every process of pytest-xdist would order them differently, and the suite would not start."""
    for marker in metafunc.definition.iter_markers("parametrize"):
        given = marker.args[1] if len(marker.args) > 1 else marker.kwargs.get("argvalues")
        if isinstance(given, set | frozenset):
            raise pytest.UsageError(f"{metafunc.definition.nodeid}: parametrize with sorted(...), not with a set")


def pytest_collection_finish(session: pytest.Session) -> None:
    """Modules and thousands of tests stay until the end: the garbage collector need not look through them again and again.

    What a test leaves behind may wait a little longer, too: looking seventy times as seldom takes a twentieth off the suite.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@pytest.fixture(scope="session", autouse=True)
def _no_pause_between_retries() -> Iterator[None]:
    """Reads are repeated as they are in earnest, but at once. How long they wait is tested where it is decided, in test_retries."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Retry, "sleep", lambda self, response=None: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def _no_copies_of_contexts(django_test_environment: None) -> Iterator[None]:
    """Django's test client keeps a copy of the context of each template that is drawn; few tests look at one: those take `contexts`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Template, "_render", _TestState.saved_data.template_render)
        yield


@pytest.fixture
def contexts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers have their `context` during this test."""
    monkeypatch.setattr(Template, "_render", instrumented_test_render)


@pytest.fixture(scope="session", autouse=True)
def _no_name_server() -> Iterator[None]:
    """Names outside this machine are unknown at once: connections are refused anyway, but a name server that is away answers after 5 s."""
    known = {None, "", "localhost", "127.0.0.1", "::1", "0.0.0.0", "::"}  # noqa: S104  # compared with, not bound to
    resolve = socket.getaddrinfo

    def getaddrinfo(host: Any, *args: Any, **options: Any) -> Any:
        if (host.decode() if isinstance(host, bytes) else host) not in known:
            raise socket.gaierror(socket.EAI_NONAME, f"{host} is outside of the test")
        return resolve(host, *args, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", getaddrinfo)
        yield


@pytest.fixture(autouse=True)
def _fresh_rate_limits() -> None:
    """What one test has used up of a limit is nothing to the next."""
    cache.clear()


@pytest.fixture(autouse=True)
def _no_hosts_of_earlier_tests() -> None:
    """What this process has read about failing hosts is as old as the rows that the last test has rolled back."""
    from telephony.services.hosts import forget_snapshot

    forget_snapshot()
