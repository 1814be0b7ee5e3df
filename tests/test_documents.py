"""The documents are true where a machine can tell: links lead somewhere, commands exist, figures and scopes are those of the code."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.core.management import get_commands
from django.utils.module_loading import import_string

from config.environment import BASE_DIR
from telephony.core.flow import redirect_uri
from telephony.core.registry import all_specs
from telephony.core.spec import ProviderSpec

PAGES = sorted(
    path
    for pattern in ("*.md", "docs/*.md", "sandbox/**/*.md", "telephony/providers/*/README.md")
    for path in BASE_DIR.glob(pattern)
)
MADE_BY_THE_BROWSER_SUITE = {"docs/images/dashboard.png"}
SCOPE_ROW = re.compile(r"^\| `([^`]+)` \|.*\| (yes|no) \|$", re.MULTILINE)
LIMIT_ROW = re.compile(r"^\| .+ \| (\d+)( s)? \| `([\w.]+)` \|$", re.MULTILINE)


def text_of(name: str) -> str:
    """A document's text."""
    return (BASE_DIR / name).read_text(encoding="utf-8")


def anchors(page: Path) -> set[str]:
    """The fragments that headings of a page can be reached by."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(BASE_DIR).as_posix())
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        path, _hash, fragment = unquote(target).partition("#")
        file = (page.parent / path).resolve() if path else page
        if file.relative_to(BASE_DIR).as_posix() in MADE_BY_THE_BROWSER_SUITE:
            continue
        assert file.exists(), f"{page.name} links to {target}"
        assert not fragment or fragment in anchors(file), f"{page.name}: {target} has no such heading"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(BASE_DIR).as_posix())
def test_every_management_command_that_is_named_exists(page: Path) -> None:
    named = re.findall(r"manage\.py ([a-z_]+)", page.read_text(encoding="utf-8"))
    assert set(named) <= set(get_commands())


def test_the_readme_holds_the_two_commands() -> None:
    for mark, ending in (("demo-command", "manage.py demo"), ("test-command", "manage.py test")):
        block = re.search(rf"<!-- {mark} -->\n```sh\n(.+)\n```", text_of("README.md"))
        assert block, f"README.md has no command marked {mark}"
        assert block[1].startswith("python3 -m venv .venv && .venv/bin/pip install -q -r requirements")
        assert block[1].endswith(f".venv/bin/python {ending}")


@pytest.mark.parametrize("spec", all_specs(), ids=lambda spec: spec.slug)
def test_the_page_of_a_provider_lists_its_scopes_and_its_redirect_uri(spec: ProviderSpec) -> None:
    page = text_of(f"docs/connecting-{spec.slug}.md")
    assert dict(SCOPE_ROW.findall(page)) == {scope.name: "yes" if scope.default else "no" for scope in spec.scopes}
    assert f"<BASE_URL>{redirect_uri(spec.slug).removeprefix('http://testserver')}\n" in page
    assert spec.portal.url in page


def test_the_readme_names_redirect_uris_and_known_scopes() -> None:
    readme = text_of("README.md")
    for spec in all_specs():
        assert f"<BASE_URL>{redirect_uri(spec.slug).removeprefix('http://testserver')}`" in readme
        (line,) = re.findall(rf"^- {re.escape(spec.name)}: (.+)$", readme, re.MULTILINE)
        assert set(re.findall(r"`([^`]+)`", line)) <= set(spec.default_scopes)


def test_the_limits_are_those_of_the_code() -> None:
    rows = LIMIT_ROW.findall(text_of("docs/reliability.md"))
    assert len(rows) > 10
    for value, _unit, name in rows:
        found = import_string(name)
        assert (found.total_seconds() if isinstance(found, timedelta) else found) == int(value), name


def test_every_page_of_the_documentation_is_in_its_index() -> None:
    index = text_of("docs/README.md")
    for page in (BASE_DIR / "docs").glob("*.md"):
        assert page.name == "README.md" or f"({page.name})" in index, f"docs/README.md does not list {page.name}"


SECURITY = BASE_DIR / "docs" / "security.md"
NAMED_TEST = re.compile(r"`([\w/]+\.py)::(\w+)`")


def test_every_line_of_the_security_tables_names_tests_that_exist() -> None:
    page = SECURITY.read_text(encoding="utf-8")
    tables = page[page.index("## RFC 9700") : page.index("## Every address")]
    rows = [
        line for line in tables.splitlines() if line.startswith("| ") and not line.startswith(("| Section", "| ASVS"))
    ]

    without = [row for row in rows if not NAMED_TEST.search(row)]
    gone = [
        f"{path}::{name}"
        for path, name in NAMED_TEST.findall(page)
        if not (BASE_DIR / path).is_file() or f"def {name}(" not in (BASE_DIR / path).read_text(encoding="utf-8")
    ]

    assert len(rows) > 40
    assert not without, f"These lines of docs/security.md name no test: {without}"
    assert not gone, f"docs/security.md names tests that do not exist: {gone}"


@pytest.mark.parametrize("path", sorted(BASE_DIR.glob("requirements*.txt")), ids=lambda path: path.name)
def test_requirements_are_pinned_with_hashes(path: Path) -> None:
    lines = re.sub(r"\\\n\s*", " ", path.read_text(encoding="utf-8")).splitlines()
    wanted = [line for line in lines if line and not line.startswith(("#", " ", "-"))]

    assert wanted
    assert not [line for line in wanted if not re.match(r"\S+==\S+ .*--hash=sha256:[0-9a-f]{64}", line)]
