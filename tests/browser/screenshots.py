"""``python -m tests.browser.screenshots``: the pictures of the README and of both guides; ``--all``: every page in var/screenshots."""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from playwright.sync_api import Browser

from tests.browser.chromium import running_chromium
from tests.browser.pages import PAGES, Who
from tests.browser.residents import Residents
from tests.browser.stage import ROOT, running_stage
from tests.browser.visitor import DESK, PHONE, Visitor, window

DOCS = ROOT / "docs" / "images"
EVERYTHING = ROOT / "var" / "screenshots"
LATENCY_MS = 20  # nobody waits for a picture


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of the documentation; `height` cuts long pages, and `language` is also the folder of a guide's pictures."""

    name: str
    path: str
    who: Who = Who.PERSON
    phone: bool = False
    dark: bool = False
    height: int = 800
    language: str = "en"


PICTURES = (
    Picture("dashboard", "/telephony/", height=620),
    Picture("dashboard-dark", "/telephony/", dark=True, height=620),
    Picture("account", "/telephony/accounts/{account}/", height=980),
    Picture("calls", "/telephony/calls/", height=860),
    Picture("call", "/telephony/calls/{call_ringcentral}/", height=760),
    Picture("calls-phone", "/telephony/accounts/{account_ringcentral}/calls/", phone=True, height=844),
    Picture("link", "/telephony/link/", height=620),
    Picture("oauth-client", "/admin/telephony/oauthclient/{client_sipgate}/change/", Who.STAFF, height=900),
)
GUIDE = (
    ("link", "/telephony/link/", 620),
    ("dashboard", "/telephony/", 760),
    ("calls", "/telephony/calls/", 700),
    ("phone-book", "/telephony/phone-book/", 620),
    ("missed", "/telephony/calls/missed/", 560),
    ("call", "/telephony/calls/{call_ringcentral}/", 700),
    ("new-text", "/telephony/messages/new/", 720),
    ("texts", "/telephony/messages/", 560),
    ("start-call", "/telephony/calls/new/?number=%2B493023125999", 620),
    ("balance", "/telephony/accounts/{account}/balance/", 760),
    ("notice-settings", "/telephony/notices/settings/", 800),
    ("statistics", "/telephony/statistics/", 820),
    ("export", "/telephony/calls/export/", 720),
    ("why", "/telephony/accounts/{account}/why/", 720),
)
GUIDES = tuple(
    Picture(f"guide-{language}/{name}", path, height=height, language=language)
    for language in ("en", "de")
    for name, path, height in GUIDE
)


def main() -> None:
    """Start everything, take the pictures, end everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true", help="every page, both themes, both sizes, both languages")
    parser.add_argument("--only", default="", help="with --all: only URL names that match this pattern")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as var,
        running_stage(Path(var), LATENCY_MS) as stage,
        running_chromium() as browser,
    ):
        residents = Residents(stage)
        if options.all:
            _take_all(browser, residents, re.compile(options.only))
        else:
            _take_for_the_documentation(browser, residents)


def _take_for_the_documentation(browser: Browser, residents: Residents) -> None:
    for picture in PICTURES + GUIDES:
        size = (PHONE if picture.phone else DESK)[0], picture.height
        file = DOCS / f"{picture.name}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        with (
            _at_window(browser, residents, picture.who, size, picture.dark) as visitor,
            residents.speaking(visitor, picture.who, picture.language),
        ):
            visitor.go(picture.path.format(**residents.keys))
            _hide_the_development_bar(visitor)
            visitor.page.screenshot(path=file)
        _make_small(file)
        _say(file)


def _take_all(browser: Browser, residents: Residents, only: re.Pattern[str]) -> None:
    pages = [page for page in PAGES if only.search(page.label)]
    people = dict.fromkeys(page.who for page in pages)
    looks = product(people, (("desk", DESK), ("phone", PHONE)), ("light", "dark"), ("en", "de"))
    for who, (size_name, size), theme, language in looks:
        folder = EVERYTHING / f"{size_name}-{theme}-{language}"
        folder.mkdir(parents=True, exist_ok=True)
        with (
            _at_window(browser, residents, who, size, theme == "dark") as visitor,
            residents.speaking(visitor, who, language),
        ):
            for page in pages:
                if page.who is who:
                    visitor.go(page.path.format(**residents.keys))
                    file = re.sub(r"[^\w.-]+", "-", page.label) + ".png"
                    visitor.page.screenshot(path=folder / file, full_page=True)
        _say(folder)


@contextmanager
def _at_window(
    browser: Browser, residents: Residents, who: Who, size: tuple[int, int], dark: bool
) -> Iterator[Visitor]:
    with window(browser, residents.stage, size=size, dark=dark) as visitor:
        residents.enter(visitor, who)
        yield visitor


def _hide_the_development_bar(visitor: Visitor) -> None:
    """People see the site without it."""
    visitor.page.evaluate("() => document.querySelector('.devbar')?.remove()")


def _make_small(file: Path) -> None:
    """A palette instead of full colour, a third of the size, where ImageMagick is at hand."""
    if convert := shutil.which("convert"):
        subprocess.run([convert, file, "-strip", "+dither", "-colors", "200", f"PNG8:{file}"], check=True)  # noqa: S603


def _say(path: Path) -> None:
    sys.stdout.write(f"{path.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
