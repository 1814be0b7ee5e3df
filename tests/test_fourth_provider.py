"""A fourth provider is one new folder and no edit elsewhere: proven in a copy of the checkout that gets nothing but the folder.

The folder is tests/fourth_provider/acme, the example of docs/adding-a-provider.md.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from config.environment import BASE_DIR
from telephony.core.testing.effort import takes_seconds

FOURTH = BASE_DIR / "tests" / "fourth_provider"
TUTORIAL = BASE_DIR / "docs" / "adding-a-provider.md"
NOT_COPIED = (
    ".git",
    ".venv",
    "venv",
    "var",
    ".env",
    "staticfiles",
    "node_modules",
    ".*_cache",
    ".hypothesis",
    "browser",
)
LINT_IMPORTS = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
CHECKS = """
from django import setup
from django.core.management import call_command

setup()
call_command("check")
call_command("makemigrations", "--check", "--dry-run")
"""
PATIENCE = 120  # seconds before a command counts as hung

# Three processes, since most of their time is starting up.
COMMANDS = {
    "the system checks, and that the migrations are complete": ("-c", CHECKS),
    "the import rules": ("-c", LINT_IMPORTS),
    "the contract suite, and the site": (
        *("-m", "pytest", "-q", "telephony/providers/acme"),
        "tests/fourth_provider/test_acme_in_the_site.py",
    ),
}


def copied_checkout(target: Path) -> Path:
    """The checkout without what a machine adds to it, with Acme's folder among the providers."""
    shutil.copytree(BASE_DIR, target, ignore=shutil.ignore_patterns(*NOT_COPIED))
    destination = target / "telephony" / "providers" / "acme"
    assert not destination.exists(), "the fourth provider must be new"
    shutil.copytree(FOURTH / "acme", destination)
    return target


def start(arguments: tuple[str, ...], directory: Path) -> subprocess.Popen[str]:
    """One command in the copy, with nothing of this process's environment but the path."""
    environment = {
        "PATH": os.environ["PATH"],
        "DEBUG": "true",
        "DJANGO_SETTINGS_MODULE": "config.settings_test" if "pytest" in arguments else "config.settings",
        "DATABASE_URL": "sqlite://:memory:",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return subprocess.Popen(  # noqa: S603  # our own interpreter with the fixed arguments above
        [sys.executable, *arguments],
        cwd=directory,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@takes_seconds
def test_a_fourth_provider_is_one_folder(tmp_path: Path) -> None:
    copy = copied_checkout(tmp_path / "checkout")
    running = {name: start(arguments, copy) for name, arguments in COMMANDS.items()}
    try:
        outputs = {name: process.communicate(timeout=PATIENCE)[0] for name, process in running.items()}
    finally:
        for process in running.values():
            process.kill()
    failed = [f"{name}:\n{outputs[name]}" for name, process in running.items() if process.returncode]
    assert not failed, "\n\n".join(failed)


def test_the_tutorial_shows_the_code_that_is_tested() -> None:
    """Each file of the folder stands in the tutorial, word for word, under its name."""
    blocks = re.findall(r"<!-- file: (\S+) -->\s*```\w*\n(.*?)```", TUTORIAL.read_text(encoding="utf-8"), re.DOTALL)
    shown = dict(blocks)
    assert len(shown) == len(blocks), "a file is shown twice"
    files = {path.relative_to(FOURTH / "acme").as_posix(): path.read_text(encoding="utf-8") for path in source_files()}
    assert shown.keys() == files.keys()
    for name, text in files.items():
        assert shown[name] == text, f"{TUTORIAL.name} shows another {name}"


def source_files() -> list[Path]:
    """The files of Acme's folder that hold anything."""
    kept = [path for path in (FOURTH / "acme").rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return [path for path in kept if path.stat().st_size and path.name != "README.md"]


@pytest.mark.parametrize("name", ["README.md", "apps.py", "client.py", "provider.py", "spec.py", "urls.py", "views.py"])
def test_every_provider_has_the_same_files(name: str) -> None:
    folders = [path.parent for path in (BASE_DIR / "telephony" / "providers").glob("*/apps.py")]
    assert folders
    assert [folder.name for folder in (*folders, FOURTH / "acme") if not (folder / name).is_file()] == []
