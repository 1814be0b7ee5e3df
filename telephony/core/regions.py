"""The country that a time zone lies in, from the zone table that comes with every copy of the time zone database."""

from __future__ import annotations

import zoneinfo
from functools import cache
from importlib import resources
from pathlib import Path


def region_of_time_zone(name: str) -> str | None:
    """ISO country code of an IANA time zone; None for UTC and for names that no table lists."""
    return _regions_by_zone().get(name)


@cache
def _regions_by_zone() -> dict[str, str]:
    rows = (line.split("\t") for line in _table().splitlines() if line and not line.startswith("#"))
    return {row[2]: row[0] for row in rows if len(row) > 2}


def _table() -> str:
    """The text of zone.tab, from the system or from the tzdata package; "" where neither is there."""
    for folder in zoneinfo.TZPATH:
        path = Path(folder) / "zone.tab"
        if path.is_file():
            return path.read_text(encoding="utf-8")
    try:
        return (resources.files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    except (ModuleNotFoundError, FileNotFoundError):
        return ""
