"""Everything that a browser complains about while somebody uses the site."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, ConsoleMessage, Error, Page, Request, Response


class Watch:
    """Collects console errors, script errors, failed requests and refusals of one browser context.

    A violation of the Content-Security-Policy is a console error too. `expect(403)` lets pages with that status pass.
    """

    def __init__(self, context: BrowserContext) -> None:
        self.problems: list[str] = []
        self.in_flight = 0
        self._expected: set[int] = set()
        context.on("console", self._console)
        context.on("weberror", lambda error: self.problems.append(f"script error: {error.error}"))
        context.on("request", self._started)
        context.on("requestfinished", self._ended)
        context.on("requestfailed", self._failed)
        context.on("response", self._answered)

    def expect(self, *statuses: int) -> None:
        """Answers with these statuses are wanted from now on."""
        self._expected |= set(statuses)

    def allow_only(self, *statuses: int) -> None:
        """Answers with these statuses are wanted from now on, and no others; what was found before is forgotten."""
        self._expected = set(statuses)
        self.problems = []

    def take(self) -> list[str]:
        """What was found since the last call."""
        found, self.problems = self.problems, []
        return found

    def settle(self, page: Page, within: float = 15.0) -> None:
        """Wait until nothing is being loaded any more; parts that follow an event begin up to 150 ms after it."""
        wanted = 0.2 if self._has_parts(page) else 0.04
        quiet = waited = 0.0
        while quiet < wanted:
            page.wait_for_timeout(40)
            waited += 0.04
            quiet = 0 if self.in_flight else quiet + 0.04
            assert waited < within, f"{page.url} still loads after {within} seconds"

    @staticmethod
    def _has_parts(page: Page) -> bool:
        """Whether the page loads parts of itself. A script may go on to another page (a passkey has opened the door) while we ask."""
        for _attempt in range(5):
            page.wait_for_load_state("load")
            try:
                return bool(page.evaluate("() => document.querySelector('[hx-get]') !== null"))
            except Error as error:
                if "context was destroyed" not in str(error):
                    raise
        return True

    def _console(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning"):
            return
        status = re.search(r"responded with a status of (\d+)", message.text)
        if status and int(status[1]) in self._expected:
            return
        self.problems.append(f"console {message.type}: {message.text} ({message.location.get('url', '')})")

    def _started(self, _request: Request) -> None:
        self.in_flight += 1

    def _ended(self, _request: Request) -> None:
        self.in_flight -= 1

    def _failed(self, request: Request) -> None:
        self.in_flight -= 1
        if request.failure != "net::ERR_ABORTED":  # somebody went on to another page meanwhile, or downloads a file
            self.problems.append(f"failed request: {request.method} {request.url}: {request.failure}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self._expected:
            self.problems.append(f"status {response.status}: {response.request.method} {response.url}")
