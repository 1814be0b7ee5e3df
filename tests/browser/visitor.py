"""A person at a browser, and what she does there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Locator, Page, Response, expect

from tests.browser.stage import Stage
from tests.browser.watch import Watch

DESK = (1280, 900)
PHONE = (390, 844)
PROVIDERS = {"sipgate": "sipgate", "ringcentral": "RingCentral", "goto": "GoTo Connect"}
ACCOUNT_PAGE = re.compile(r"/telephony/accounts/(\d+)/")
PERSONA = "Grete Beispiel"  # an administrator at all three


@dataclass(slots=True)
class Visitor:
    """One browser window. `email` and `password` are of the person who is signed in, if anybody is."""

    stage: Stage
    page: Page
    watch: Watch
    email: str = ""
    password: str = ""

    @property
    def main(self) -> Locator:
        """The content of the page, without header and footer."""
        return self.page.locator("main")

    @property
    def path(self) -> str:
        """Where she is."""
        return urlsplit(self.page.url).path

    @property
    def account_key(self) -> int:
        """The primary key in the address of the account that she looks at."""
        found = ACCOUNT_PAGE.search(self.page.url)
        assert found, f"{self.page.url} is not the page of an account"
        return int(found[1])

    def go(self, path: str) -> Response | None:
        """Open a page of the site and wait until it is complete."""
        response = self.page.goto(f"{self.stage.url}{path}" if path.startswith("/") else path)
        self.settle()
        return response

    def settle(self) -> None:
        """Wait until everything has been loaded."""
        self.watch.settle(self.page)

    def press(self, name: str | re.Pattern[str], within: Locator | None = None) -> None:
        """Press a button of the content by its name."""
        (within or self.main).get_by_role("button", name=name, exact=isinstance(name, str)).click()
        self.settle()

    def follow(self, name: str | re.Pattern[str], within: Locator | None = None) -> None:
        """Follow a link of the content by its name."""
        (within or self.main).get_by_role("link", name=name, exact=isinstance(name, str)).first.click()
        self.settle()

    def fill(self, values: dict[str, str]) -> None:
        """Fill fields, each by its label; one that may stay empty says so in its label."""
        for label, value in values.items():
            self.main.get_by_label(re.compile(rf"^{re.escape(label)}( \(optional\))?$")).fill(value)

    def sees(self, *texts: str | re.Pattern[str]) -> None:
        """The content shows these texts."""
        for text in texts:
            expect(self.main).to_contain_text(text)

    def title(self) -> str:
        """The page's main heading."""
        return self.main.get_by_role("heading", level=1).inner_text()

    def sign_in(self, email: str, password: str) -> None:
        """Sign in by the form."""
        self.go("/accounts/login/")
        self.fill({"E-mail address": email, "Password": password})
        self.press("Sign in")
        self.email, self.password = email, password

    def confirm_password(self) -> None:
        """Answer the question for the password that guards what is dangerous."""
        expect(self.page).to_have_url(re.compile("/accounts/reauthenticate/"))
        self.fill({"Password": self.password})
        self.press("Go on")

    def consent(self, persona: str = PERSONA, decision: str = "Allow", edition: str = "") -> None:
        """At the provider: choose who she is, then agree or not."""
        person = self.page.locator("button.person", has=self.page.get_by_text(persona, exact=True))
        if edition:
            person = person.filter(has_text=edition)
        person.first.click()
        self.page.get_by_role("button", name=decision, exact=True).click()

    def start_linking(self, provider: str) -> None:
        """From the page that lists the providers to the provider's own."""
        name = PROVIDERS[provider]
        self.go("/telephony/link/")
        self.follow(f"Link {name}", within=self.page.locator(f"#{provider}"))
        self.press(f"Continue to {name}")

    def link(self, provider: str, persona: str = PERSONA) -> int:
        """Link an account and give its primary key; ends on its page, parts of which are still being read."""
        self.start_linking(provider)
        self.consent(persona)
        self.page.wait_for_url(ACCOUNT_PAGE)
        return self.account_key

    def has_linked(self, *providers: str) -> dict[str, int]:
        """Let accounts be linked already, at all providers unless some are named; gives their primary keys."""
        return {
            provider: self.stage.backstage("link", email=self.email, provider=provider)
            for provider in providers or PROVIDERS
        }


@contextmanager
def window(
    browser: Browser,
    stage: Stage,
    *,
    size: tuple[int, int] = DESK,
    dark: bool = False,
    scripts: bool = True,
    locale: str = "en-GB",
    scale: float = 1,
) -> Iterator[Visitor]:
    """A fresh browser window without cookies."""
    context: BrowserContext = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if dark else "light",
        java_script_enabled=scripts,
        locale=locale,
        timezone_id="America/New_York",  # the site must show the person's zone, not the browser's
        reduced_motion="reduce",
        device_scale_factor=scale,
    )
    context.set_default_timeout(10_000)
    try:
        page = context.new_page()
        yield Visitor(stage, page, Watch(context))
    finally:
        context.close()


def enter(visitor: Visitor, person: dict[str, str] | None = None, **more: object) -> Visitor:
    """Let somebody be signed in at a window without the form: a new person, described by `more`, unless one is given."""
    person = person or visitor.stage.backstage("person", **{"name": "Ada Lovelace"} | more)
    assert person
    visitor.page.context.add_cookies(
        [{"name": "session", "value": person["session"], "url": visitor.stage.url, "httpOnly": True}]
    )
    visitor.email, visitor.password = person["email"], person["password"]
    return visitor
