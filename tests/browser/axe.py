"""axe-core's findings on a page, in a form that a failing test can print."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Page

SCRIPT = Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOUR_RULES = ["color-contrast", "link-in-text-block"]  # all that the second theme can change
Scheme = Literal["light", "dark"]

RUN = """async (only) => {
  const frame = () => new Promise(requestAnimationFrame);
  await frame();
  await frame();
  await Promise.all(document.getAnimations().map((animation) => animation.finished));
  const found = await axe.run(document, {runOnly: only, resultTypes: ["violations"]});
  return found.violations.map((violation) => ({
    id: violation.id,
    help: violation.help,
    nodes: violation.nodes.slice(0, 3).map((node) => node.target.join(" ") + ": " + node.failureSummary),
  }));
}"""


@cache
def _script() -> str:
    return SCRIPT.read_text(encoding="utf-8")


def findings(page: Page, scheme: Scheme) -> list[str]:
    """One line for each rule that the page breaks in a theme, with the first elements; empty when axe-core finds nothing."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(_script())
    page.emulate_media(color_scheme=scheme)
    only = {"type": "tag", "values": TAGS} if scheme == "light" else {"type": "rule", "values": COLOUR_RULES}
    return [_line(violation) for violation in page.evaluate(RUN, only)]


def _line(violation: dict[str, Any]) -> str:
    return f"{violation['id']} ({violation['help']}): " + " | ".join(violation["nodes"])
