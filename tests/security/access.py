"""The table of who gets what from which address: tests/security/access.txt, read, written and compared."""

from __future__ import annotations

from pathlib import Path

from django.http import HttpResponseBase

from tests.security.world import Who

TABLE = Path(__file__).with_name("access.txt")
HEAD = """\
# Who gets what from every address of the site: docs/security.md, "Every address". One line for each address and way of asking.
# HX is a GET by htmx. The address holds the ids of things that belong to "person"; "stranger" has the same numbers and external ids,
# "staff" no permission at all, "viewer" every view permission, "root" all. Everybody has typed the password a moment ago.
# login: sent to the sign-in page. reauth: asked for the password again. admin: sent to the admin's sign-in. 302: another redirect.
# A new address: add its lines here, or write them with WRITE_ACCESS_TABLE=1 python -m pytest tests/security/test_access.py
# and then read every new line: is that what each of them should get?
"""
Row = tuple[str, str]  # name and method


def outcome(response: HttpResponseBase) -> str:
    """An answer as one word of the table."""
    target = response.headers.get("Location", "")
    for beginning, word in (("/accounts/login/", "login"), ("/admin/login/", "admin")):
        if target.startswith(beginning):
            return word
    if "reauthenticate" in target:
        return "reauth"
    if "HX-Refresh" in response.headers:
        return "reload"
    return str(response.status_code)


def read() -> dict[Row, dict[Who, str]]:
    """What is expected."""
    rows: dict[Row, dict[Who, str]] = {}
    for line in TABLE.read_text().splitlines():
        if line and not line.startswith("#") and not line.startswith("address "):
            name, method, *words = line.split()
            assert len(words) == len(Who), f"This line of {TABLE.name} needs {len(Who)} words after the method: {line}"
            assert (name, method) not in rows, f"{TABLE.name} has two lines for {name} {method}."
            rows[name, method] = dict(zip(Who, words, strict=True))
    return rows


def line_of(row: Row, words: dict[Who, str]) -> str:
    """A line as it stands in the table."""
    return f"{row[0]:<62} {row[1]:<4} " + " ".join(f"{words[who]:<8}" for who in Who).rstrip()


def write(rows: dict[Row, dict[Who, str]]) -> None:
    """Replace the table."""
    heads = f"{'address':<62} {'':<4} " + " ".join(f"{who.value:<8}" for who in Who).rstrip()
    TABLE.write_text("\n".join([HEAD + heads, *(line_of(row, words) for row, words in rows.items())]) + "\n")
