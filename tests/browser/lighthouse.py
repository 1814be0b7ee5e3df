"""``python -m tests.browser.lighthouse``: Lighthouse's audits of the main pages, on a phone and at a desk.

Names of pages after it, such as ``dashboard``, let it audit those only.
Needs node; npx fetches Lighthouse. Performance is measured on this machine while it does other things too: run it on a quiet one.
That is why CI does not run it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from bench.processes import free_port
from tests.browser.chromium import FLAGS
from tests.browser.pages import Who
from tests.browser.residents import Residents
from tests.browser.stage import running_stage

LIGHTHOUSE = "lighthouse@12.8.2"
CATEGORIES = ("performance", "accessibility", "best-practices")
AT_LEAST = 95
ATTEMPTS = 3
LATENCY_MS = 20
PAGES = (
    ("landing page", "/", Who.NOBODY),
    ("sign in", "/accounts/login/", Who.NOBODY),
    ("dashboard", "/telephony/", Who.PERSON),
    ("account", "/telephony/accounts/{account}/", Who.PERSON),
    ("all calls", "/telephony/calls/", Who.PERSON),
    ("a call", "/telephony/calls/{call_sipgate}/", Who.PERSON),
    ("statistics", "/telephony/statistics/", Who.PERSON),
)


def main() -> None:
    """Audit every page, print a table, and exit with 1 where a score is too low."""
    chromium = shutil.which("chromium")
    if chromium is None or shutil.which("npx") is None:
        sys.exit("chromium and npx are needed: apt-get install chromium nodejs npm")
    wanted = sys.argv[1:]
    low = []
    with (
        tempfile.TemporaryDirectory() as var,
        running_stage(Path(var), LATENCY_MS) as stage,
        sync_playwright() as playwright,
    ):
        residents, port = Residents(stage), free_port()
        window = playwright.chromium.launch_persistent_context(
            Path(var) / "profile", executable_path=chromium, args=[*FLAGS, f"--remote-debugging-port={port}"]
        )
        sys.stdout.write(f"{'':<14}{'':<9}" + "".join(f"{name:>16}" for name in CATEGORIES) + "\n")
        for name, path, who in (page for page in PAGES if not wanted or page[0] in wanted):
            for device in ("phone", "desk"):
                window.clear_cookies()
                if who in residents.people:
                    session = residents.people[who]["session"]
                    window.add_cookies([{"name": "session", "value": session, "url": stage.url, "httpOnly": True}])
                report = audited(f"{stage.url}{path.format(**residents.keys)}", device, port, Path(var))
                scores = {category: round(report["categories"][category]["score"] * 100) for category in CATEGORIES}
                sys.stdout.write(f"{name:<14}{device:<9}" + "".join(f"{score:>16}" for score in scores.values()) + "\n")
                sys.stdout.flush()
                for category, score in scores.items():
                    if score < AT_LEAST:
                        low.append(f"{name}, {device}, {category} {score}: {', '.join(worst(report, category))}")
    for line in low:
        sys.stdout.write(f"FAIL  {line}\n")
    if not low:
        sys.stdout.write(f"PASS  every score is {AT_LEAST} or more\n")
    sys.exit(1 if low else 0)


def audited(url: str, device: str, port: int, folder: Path) -> dict[str, Any]:
    """Lighthouse's report of one page, seen in the browser that listens at `port`, with the cookies that are there."""
    output = folder / "report.json"
    command = ["npx", "--yes", LIGHTHOUSE, url, "--quiet", f"--port={port}", "--disable-storage-reset", "--output=json"]
    command += [f"--output-path={output}", f"--only-categories={','.join(CATEGORIES)}"]
    command += ["--preset=desktop"] if device == "desk" else []
    for attempt in range(ATTEMPTS):
        done = subprocess.run(command, check=False, capture_output=True, timeout=180)  # noqa: S603  # see above
        if not done.returncode:
            break
        # Lighthouse loses the browser now and then where the machine is busy.
        assert attempt < ATTEMPTS - 1, done.stderr.decode(errors="replace")[-2000:]
    report: dict[str, Any] = json.loads(output.read_text())
    assert report["finalDisplayedUrl"].rstrip("/") == url.rstrip("/"), f"led to {report['finalDisplayedUrl']}"
    return report


def worst(report: dict[str, Any], category: str) -> list[str]:
    """The audits of a category that cost it points, by name."""
    weighed = report["categories"][category]["auditRefs"]
    audits = ((ref["weight"], report["audits"][ref["id"]]) for ref in weighed)
    return [audit["id"] for weight, audit in audits if weight and audit["score"] is not None and audit["score"] < 1]


if __name__ == "__main__":
    main()
