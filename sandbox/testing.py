"""For tests: a sandbox in a thread, and a browser stand-in that walks through its consent pages."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests
from flask import Flask

from sandbox.app import Config, Sandbox, create_app
from sandbox.clock import Clock
from sandbox.faults import Faults
from sandbox.request_log import RequestLog
from sandbox.server import SandboxServer
from sandbox.store import Store


@dataclass(frozen=True, slots=True)
class RunningSandbox:
    """A sandbox that answers at `url` (no slash at the end)."""

    url: str
    app: Flask
    sandbox: Sandbox

    @property
    def clock(self) -> Clock:
        """Its clock; `advance(seconds)` moves it."""
        return self.sandbox.clock

    @property
    def faults(self) -> Faults:
        """Its faults; `add(kind, ...)` starts one."""
        return self.sandbox.faults

    @property
    def store(self) -> Store:
        """What it keeps."""
        return self.sandbox.store

    @property
    def requests(self) -> RequestLog:
        """What was asked of it."""
        return self.sandbox.requests

    def revoke_grants(self, provider: str = "", person: str = "") -> int:
        """End every session of a provider (all when empty) or of one person; returns how many."""
        return self.sandbox.grants.revoke_all(provider, person)

    def login_and_consent(self, authorize_url: str, person: str = "admin") -> str:
        """Sign in as a person, press *Allow*, and return the URL that the browser is sent to."""
        return walk_consent(self.url, authorize_url, person, "allow")

    def deny(self, authorize_url: str, person: str = "admin") -> str:
        """Sign in as a person, press *Deny*, and return the URL that the browser is sent to."""
        return walk_consent(self.url, authorize_url, person, "deny")


def walk_consent(sandbox_url: str, authorize_url: str, person: str, decision: str) -> str:
    """Sign in as a person, press a button of the consent page, and return the URL that the browser is sent to."""
    with requests.Session() as browser:
        browser.trust_env = False
        page = browser.get(authorize_url, allow_redirects=False, timeout=10)
        if page.is_redirect:
            return page.headers["Location"]
        target = f"{sandbox_url}{_form_target(page)}"
        page = browser.post(target, {"person": person}, allow_redirects=False, timeout=10)
        if page.is_redirect:
            return page.headers["Location"]
        target = f"{sandbox_url}{_form_target(page)}"
        page = browser.post(target, {"decision": decision}, allow_redirects=False, timeout=10)
        return page.headers["Location"]


def _form_target(page: requests.Response) -> str:
    """Where the form of a sign-in or consent page goes; an error page fails here with its text."""
    found = re.search(r'<form[^>]* action="([^"]+)"', page.text)
    if page.status_code != 200 or found is None:
        raise AssertionError(f"no consent page but {page.status_code}: {page.text[:2000]}")
    return found.group(1)


@contextmanager
def running_sandbox(*, host: str = "127.0.0.1", port: int = 0, **options: Any) -> Iterator[RunningSandbox]:
    """A sandbox on a free port; `options` are those of `sandbox.app.Config`."""
    app = create_app(Config(**options))
    sandbox: Sandbox = app.extensions["sandbox"]
    server = SandboxServer(host, port, app)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield RunningSandbox(f"http://{host}:{server.port}", app, sandbox)
    finally:
        server.shutdown()
        thread.join()
        server.close()
        sandbox.store.close()
