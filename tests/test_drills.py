"""The command that runs the drills, and how their figures are told. The drills themselves are a command of their own."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from drills.report import Effort, Figures, table, verdict


def test_the_command_passes_its_options_on_and_fails_with_the_drills(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []
    codes = iter((0, 1))

    def run(command: list[str], **_options: Any) -> SimpleNamespace:
        asked.append(command)
        return SimpleNamespace(returncode=next(codes))

    monkeypatch.setattr(subprocess, "run", run)
    call_command("drill", seed=7, only=["kills", "races"])
    assert asked == [[sys.executable, "-m", "drills", "--seed=7", "--only=kills", "--only=races"]]
    with pytest.raises(CommandError):
        call_command("drill", long=True)


def test_without_the_packages_of_the_tests_the_command_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(CommandError, match=r"requirements-dev\.txt"):
        call_command("drill")


def test_the_table_adds_up_and_a_violation_is_told_first() -> None:
    calm, broken = Figures("calm", schedules=3, faults=2, refreshes=5), Figures("broken", schedules=1, lost=1)
    assert verdict([calm]) == "1 passed: 3 schedules, 2 faults injected, 0 links lost"
    broken.violated("a link was lost")
    assert verdict([calm, broken]) == "1 violated: 4 schedules, 2 faults injected, 1 links lost"
    assert table([calm, broken]).rstrip().splitlines()[-1].split()[:5] == ["all", "4", "2", "5", "0"]


def test_the_short_form_does_a_fixed_number_of_rounds() -> None:
    assert list(Effort().rounds(3)) == [0, 1, 2]
    assert len(list(zip(Effort(seconds=60).rounds(1), range(5), strict=False))) == 5
