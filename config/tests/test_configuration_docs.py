"""docs/configuration.md names every environment variable that the code reads, and no other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from config.environment import BASE_DIR
from config.tests.production import PRODUCTION

PAGE = BASE_DIR / "docs" / "configuration.md"
EXAMPLE = BASE_DIR / ".env.example"
READERS = {"str", "int", "bool", "float", "list", "get", "getenv", "required", "optional", "optional_number"}
NAME = re.compile(r"(<PROVIDER>|[A-Z][A-Z0-9]*)(_[A-Z0-9]+)*")
CODE = sorted(path for path in (BASE_DIR / "config").glob("*.py") if path.name not in ("settings_test.py", "wsgi.py"))


def table() -> dict[str, list[str]]:
    """The cells of each row, by the variable in the first one."""
    rows = re.findall(r"^\| `([A-Z_<>]+)` \|(.*)\|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return {name: [cell.strip() for cell in rest.split(" |")] for name, rest in rows}


def variables_read(path: Path) -> Iterator[str]:
    """First arguments of env.str("NAME"), required("NAME"), and of `"NAME" in os.environ`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and node.args and _called(node.func) in READERS:
            yield from _names(node.args[0])
        elif isinstance(node, ast.Compare) and ast.unparse(node.comparators[0]) == "os.environ":
            yield from _names(node.left)
        elif isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
            yield from _names(node.slice)


def _called(function: ast.expr) -> str:
    return getattr(function, "attr", getattr(function, "id", ""))


def _names(expression: ast.expr) -> Iterator[str]:
    text = ""
    if isinstance(expression, ast.Constant) and isinstance(expression.value, str):
        text = expression.value
    elif isinstance(expression, ast.JoinedStr):
        text = "".join(
            str(part.value) if isinstance(part, ast.Constant) else "<PROVIDER>" for part in expression.values
        )
    if NAME.fullmatch(text):
        yield text


def test_every_variable_that_is_read_is_documented_and_no_other() -> None:
    read = {name for path in CODE for name in variables_read(path)}
    assert len(read) > 15
    assert read == table().keys()


def test_the_page_says_which_ones_production_needs() -> None:
    needed = {name for name, cells in table().items() if len(cells) > 2 and cells[2] == "yes"}
    assert needed == PRODUCTION.keys() - {"DEBUG"}


def test_every_row_is_complete() -> None:
    for name, cells in table().items():
        assert cells[0], f"{name}: no meaning"
        assert len(cells) in (1, 4), f"{name}: {len(cells)} cells"
        assert all(cells[:3]), f"{name}: an empty cell"


def test_the_example_file_names_what_production_needs_and_nothing_unknown() -> None:
    named = set(re.findall(r"^#? ?([A-Z][A-Z_]+)=", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE))
    known = table().keys() | {"POSTGRES_PASSWORD"}  # compose.yaml builds DATABASE_URL from it
    generic = {re.sub(r"^(SIPGATE|RINGCENTRAL|GOTO)_", "<PROVIDER>_", name) for name in named}
    assert generic <= known
    assert named >= PRODUCTION.keys()
