"""The memory of one long piece of work, in a process of its own: an export of all calls, or a back-fill. Run by `bench.call_figures`."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO
from zoneinfo import ZoneInfo

import click
import django

django.setup()

from bench.call_rows import page_of_records  # noqa: E402  # models can be imported from here on only
from telephony import tasks  # noqa: E402, F401  # as in a worker
from telephony.core.call_filter import CallFilter  # noqa: E402
from telephony.core.types import LogScope  # noqa: E402
from telephony.models import ExportFormat, LinkedAccount  # noqa: E402
from telephony.services.call_store import store_page  # noqa: E402
from telephony.services.export_columns import columns_of  # noqa: E402
from telephony.services.exports import ExportPlan, write  # noqa: E402

PAGE = 1000


def peak() -> float:
    """The most that the process has had in memory so far, in megabytes. (getrusage counts what the parent had before exec.)"""
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024  # type: ignore[index]  # Linux has it


def export_all(out: BinaryIO) -> int:
    """The calls of all accounts as one CSV; gives the rows."""
    accounts = list(LinkedAccount.objects.select_related("user"))
    columns = columns_of(())
    plan = ExportPlan(
        accounts[0].user, accounts, CallFilter(), ExportFormat.CSV, columns, ZoneInfo("Europe/Berlin"), "en"
    )
    return write(plan, out, lambda done, total: None)


def back_fill(account: LinkedAccount, rows: int) -> int:
    """Pages as a sync reads them, newest to oldest."""
    newest = datetime(2020, 1, 1, tzinfo=UTC)
    for first in range(0, rows, PAGE):
        store_page(account, page_of_records(100_000_000 + first, PAGE, newest), LogScope.OWN)
    return rows


@click.command()
@click.argument("work", type=click.Choice(["export", "back-fill"]))
@click.option("--account", type=int)
@click.option("--rows", type=int, default=0)
def main(work: str, account: int, rows: int) -> None:
    """Do it, and print rows, seconds, and megabytes before and at the most."""
    LinkedAccount.objects.count()  # the connection belongs to any process of the site
    before, started = peak(), time.monotonic()
    if work == "export":
        with Path("/dev/null").open("wb") as out:
            done = export_all(out)
    else:
        done = back_fill(LinkedAccount.objects.get(pk=account), rows)
    print(json.dumps({"rows": done, "seconds": time.monotonic() - started, "before": before, "peak": peak()}))


if __name__ == "__main__":
    main()
