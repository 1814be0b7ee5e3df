"""Shared code never names a provider. Comments and docstrings may: they say where a rule comes from."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from config.environment import BASE_DIR, provider_slugs

NAMES = re.compile("|".join(provider_slugs()), re.IGNORECASE)

# What may name one all the same, as (path, text): every entry says why.
NAMED = {"id", "attr", "name", "arg", "asname", "module"}
EXCEPTIONS: dict[tuple[str, str], str] = {}


def shared_files(ending: str) -> list[Path]:
    """Files of telephony, accounts and config outside the provider folders and the tests."""
    found = [path for app in ("accounts", "config", "telephony") for path in (BASE_DIR / app).rglob(f"*.{ending}")]
    return sorted(path for path in found if not {"tests", "testing", "providers"} & set(path.parts))


def words_of(tree: ast.Module) -> Iterator[str]:
    """Every identifier, imported module and string of a module, without docstrings."""
    nodes = list(ast.walk(tree))
    docstrings = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        if isinstance(node, ast.Constant):
            if isinstance(node.value, str) and id(node) not in docstrings:
                yield node.value
        elif not isinstance(node, ast.expr_context):
            for field in NAMED & set(node._fields):
                if isinstance(value := getattr(node, field), str):
                    yield value


def without_comments(markup: str) -> str:
    """A template without what is never sent to a browser."""
    return re.sub(r"\{#.*?#\}|\{% comment.*?endcomment %\}|<!--.*?-->", "", markup, flags=re.DOTALL)


def named(path: Path, words: Iterator[str] | list[str]) -> list[str]:
    """The words of a file that name a provider and are no exception."""
    place = path.relative_to(BASE_DIR).as_posix()
    return [f"{place}: {word}" for word in words if NAMES.search(word) and (place, word) not in EXCEPTIONS]


def test_no_module_names_a_provider() -> None:
    files = shared_files("py")
    assert len(files) > 50
    found = [line for path in files for line in named(path, words_of(ast.parse(path.read_text(encoding="utf-8"))))]
    assert found == []


def test_no_template_of_the_telephony_pages_names_a_provider() -> None:
    files = [*shared_files("html"), *(BASE_DIR / "templates" / "telephony").rglob("*.html")]
    assert files
    found = [line for path in files for line in named(path, without_comments(path.read_text(encoding="utf-8")).split())]
    assert found == []


def test_no_settings_block_no_url_and_no_style_names_a_provider() -> None:
    files = [*shared_files("js"), *shared_files("css"), *(BASE_DIR / "static").glob("*s/*.*s")]
    assert files
    found = [line for path in files for line in named(path, path.read_text(encoding="utf-8").split())]
    assert found == []


def test_every_exception_is_still_needed() -> None:
    for place, word in EXCEPTIONS:
        path = BASE_DIR / place
        words = words_of(ast.parse(path.read_text(encoding="utf-8"))) if path.suffix == ".py" else iter(())
        assert word in words, f"{place} no longer says {word!r}"
