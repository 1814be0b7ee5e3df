"""Debian's chromium, started the one way that works everywhere, also as root in a container."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


class NoChromium(Exception):
    """There is no chromium on the path."""


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """A browser; raises NoChromium where none is installed, and never downloads one."""
    chromium = shutil.which("chromium")
    if chromium is None:
        raise NoChromium("chromium is not installed: apt-get install chromium")
    os.environ["PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD"] = "1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()
