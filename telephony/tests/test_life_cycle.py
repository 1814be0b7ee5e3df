"""Random schedules of a link's whole life: refreshes, kills, revoking, unlinking, new keys, wrong clocks, a database that refuses."""

from __future__ import annotations

import os

import pytest

from drills import machine
from sandbox.testing import RunningSandbox

SCHEDULES = int(os.environ.get("LIFE_SCHEDULES", "6"))  # a nightly run takes thousands


@pytest.mark.django_db
def test_whatever_happens_the_last_pair_is_kept_and_no_link_ends_by_itself(sandbox: RunningSandbox) -> None:
    with machine.running(sandbox):
        machine.run(SCHEDULES, steps=15, derandomize=SCHEDULES <= 6)
    assert machine.Life.counts["refreshes"] > 0
