"""Every page, at a desk and on a phone, in light and in dark: nothing in the console, nothing for axe-core, nothing cut off."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import axe
from tests.browser.pages import NO_PAGES, PAGES, SitePage, Who, is_explained, url_names
from tests.browser.residents import Residents
from tests.browser.stage import Stage
from tests.browser.visitor import DESK, PHONE, Visitor, window

SIZES = {"desk": DESK, "phone": PHONE}
OVERFLOW = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const scrolls = (element) => element && (["auto", "scroll", "hidden"].includes(getComputedStyle(element).overflowX)
    || scrolls(element.parentElement));
  return [...document.querySelectorAll("body *")]
    .filter((element) => element.getBoundingClientRect().right > width + 1 && !scrolls(element.parentElement))
    .slice(0, 4)
    .map((element) => element.outerHTML.slice(0, 160));
}"""


@dataclass(slots=True)
class Eyes:
    """Opens a window for each kind of person and size once, and keeps it."""

    browser: Browser
    residents: Residents
    windows: ExitStack = field(default_factory=ExitStack)
    opened: dict[tuple[Who, str], Visitor] = field(default_factory=dict)

    def of(self, who: Who, size: str) -> Visitor:
        """The window."""
        if (who, size) not in self.opened:
            visitor = self.windows.enter_context(window(self.browser, self.residents.stage, size=SIZES[size]))
            self.residents.enter(visitor, who)
            self.opened[who, size] = visitor
        return self.opened[who, size]


@pytest.fixture(scope="module")
def eyes(browser: Browser, stage: Stage) -> Iterator[Eyes]:
    """Everybody who looks at pages here, with what she needs to see them."""
    stage.clear()
    found = Eyes(browser, Residents(stage))
    with found.windows:
        yield found


def test_every_url_name_has_its_page_here_or_a_reason_why_not() -> None:
    pages = {page.name for page in PAGES}
    forgotten = {name for name in url_names() if name not in pages and not is_explained(name)}
    assert not forgotten, "add these to tests/browser/pages.py"


def test_the_list_of_pages_names_nothing_that_is_gone() -> None:
    gone = ({page.name for page in PAGES} | {name for name in NO_PAGES if "*" not in name}) - url_names()
    assert not gone


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.label)
def test_the_page_is_clean(eyes: Eyes, entry: SitePage, size: str) -> None:
    visitor = eyes.of(entry.who, size)
    visitor.watch.allow_only(*([entry.status] if entry.status >= 400 else []))
    _show(visitor, eyes, entry)

    _assert_clean(visitor)


@pytest.mark.parametrize("entry", [page for page in PAGES if "admin:" not in page.name], ids=lambda page: page.label)
def test_the_page_fits_a_phone_in_german(eyes: Eyes, entry: SitePage) -> None:
    visitor = eyes.of(entry.who, "phone")
    visitor.watch.allow_only(*([entry.status] if entry.status >= 400 else []))
    with eyes.residents.speaking(visitor, entry.who, "de"):
        _show(visitor, eyes, entry)
        assert visitor.page.locator("html").get_attribute("lang") == "de"
        assert not _overflow(visitor.page)
        assert not visitor.watch.take()


@pytest.mark.parametrize("template", ["400", "403", "403_csrf", "404", "429", "500"])
@pytest.mark.parametrize("size", SIZES)
def test_the_error_page_is_clean(eyes: Eyes, template: str, size: str) -> None:
    """DEBUG shows Django's own error pages, so ours come in by the side door: rendered backstage, put at an address of the site."""
    visitor = eyes.of(Who.NOBODY, size)
    visitor.watch.allow_only()
    html = visitor.stage.backstage("render", template=f"{template}.html")
    address = f"{visitor.stage.url}/error/{template}/"
    visitor.page.route(address, lambda route: route.fulfill(body=html, content_type="text/html; charset=utf-8"))
    visitor.go(address)
    _assert_clean(visitor)


def _reach_consent(visitor: Visitor) -> None:
    visitor.start_linking("goto")
    visitor.page.locator("button.person").first.click()


SANDBOX_PAGES: dict[str, Callable[[Visitor], object]] = {
    "index": lambda visitor: visitor.go(f"{visitor.stage.sandbox.url}/"),
    "fault panel": lambda visitor: visitor.go(f"{visitor.stage.sandbox.url}/_sandbox/"),
    "sign-in": lambda visitor: visitor.start_linking("goto"),
    "consent": _reach_consent,
}


@pytest.mark.parametrize("show", SANDBOX_PAGES.values(), ids=list(SANDBOX_PAGES))
@pytest.mark.parametrize("size", SIZES)
def test_the_sandboxs_page_is_clean(eyes: Eyes, show: Callable[[Visitor], object], size: str) -> None:
    visitor = eyes.of(Who.PERSON, size)
    visitor.watch.allow_only()
    show(visitor)
    visitor.settle()
    _assert_clean(visitor)


def _show(visitor: Visitor, eyes: Eyes, entry: SitePage) -> None:
    """Open the page and make sure that it is this one: answered as it should be, and not led elsewhere."""
    path = entry.path.format(**eyes.residents.keys)
    response = visitor.go(path)
    assert response is not None
    assert response.status == entry.status
    expected = path.partition("?")[0]
    assert visitor.path == expected or "/reset/key/" in expected, f"{expected} led to {visitor.path}"


def _assert_clean(visitor: Visitor) -> None:
    """Nothing in the console, nothing cut off, nothing for axe-core, by day and by night."""
    found = [*visitor.watch.take(), *(f"sticks out: {element}" for element in _overflow(visitor.page))]
    for scheme in ("light", "dark"):
        found += [f"{scheme}: {finding}" for finding in axe.findings(visitor.page, scheme)]
    assert not found, "\n".join(found)


def _overflow(page: Page) -> list[str]:
    """The first elements that stick out to the right of the window."""
    return list(page.evaluate(OVERFLOW))
