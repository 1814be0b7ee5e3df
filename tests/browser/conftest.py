"""The stage, the browser and windows for the tests. Loopback is all they need, so sockets stay closed for the rest."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chromium import running_chromium
from tests.browser.stage import ROOT, Stage, running_stage
from tests.browser.visitor import Visitor, enter, window

FAILURES = ROOT / "var" / "browser"

expect.set_options(timeout=10_000)


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The site and the sandbox, running."""
    with running_stage(tmp_path_factory.mktemp("stage")) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's chromium."""
    with running_chromium() as running:
        yield running


@pytest.fixture
def open_window(browser: Browser, stage: Stage, request: pytest.FixtureRequest) -> Iterator[Callable[..., Visitor]]:
    """Opens windows (see `visitor.window`) on a stage where nobody has linked anything. Whatever they complain about fails the test."""
    stage.clear()
    opened: list[Visitor] = []
    with ExitStack() as windows:

        def make(**options: Any) -> Visitor:
            opened.append(windows.enter_context(window(browser, stage, **options)))
            return opened[-1]

        yield make
        if getattr(request.node, "failed", False):
            for number, visitor in enumerate(opened):
                _keep(visitor, f"{request.node.name}-{number}")
        problems = [problem for visitor in opened for problem in visitor.watch.take()]
    assert not problems, "\n".join(problems)


@pytest.fixture
def visitor(open_window: Callable[..., Visitor]) -> Visitor:
    """Somebody who is not signed in, at a desk."""
    return open_window()


@pytest.fixture
def ada(visitor: Visitor) -> Visitor:
    """Somebody who is signed in and has confirmed her password a moment ago."""
    return enter(visitor)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Tell the fixtures whether the test has failed."""
    report = yield
    if report.when == "call":
        item.failed = report.failed  # type: ignore[attr-defined]  # read by open_window
    return report


def _keep(visitor: Visitor, name: str) -> None:
    """A picture and the source of the page on which a test failed, for whoever mends it."""
    FAILURES.mkdir(parents=True, exist_ok=True)
    stem = Path(FAILURES / re.sub(r"[^\w.-]+", "-", name))
    visitor.page.screenshot(path=f"{stem}.png", full_page=True)
    Path(f"{stem}.html").write_text(visitor.page.content(), encoding="utf-8")
