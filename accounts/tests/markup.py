"""Reads a page the way the Content-Security-Policy does: finds everything that it would block."""

from __future__ import annotations

from html.parser import HTMLParser

DATA_SCRIPTS = {"application/json"}


class InlineCodeFinder(HTMLParser):
    """Collects inline scripts, styles and handlers in `found`."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Looks at one element."""
        attributes = dict(attrs)
        if tag == "style" or (tag == "script" and not self._allowed_script(attributes)):
            self.found.append(f"<{tag}> {attributes}")
        self.found += [f"<{tag} {name}>" for name in attributes if name == "style" or name.startswith("on")]
        self.found += [f"<{tag} {name}>" for name, value in attrs if (value or "").startswith("javascript:")]

    @staticmethod
    def _allowed_script(attributes: dict[str, str | None]) -> bool:
        if attributes.get("type") in DATA_SCRIPTS:
            return True
        return (attributes.get("src") or "").startswith("/static/")


def inline_code(html: str) -> list[str]:
    """Everything in the page that needs 'unsafe-inline' or another origin; empty when the page is clean."""
    finder = InlineCodeFinder()
    finder.feed(html)
    return finder.found
