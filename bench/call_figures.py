"""Measures the store of calls in the database that the environment names; run by `bench.calls`, which makes that database."""

from __future__ import annotations

import csv
import io
import itertools
import json
import os
import statistics as figures
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import click
import django

django.setup()

from django.core.management import call_command  # noqa: E402  # models can be imported from here on only
from django.db import connection, transaction  # noqa: E402
from django.db.models import Count, Q, Sum  # noqa: E402
from django.db.models.functions import TruncDate  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from bench.call_rows import Filled, fill, page_of_records, same_as_models  # noqa: E402
from bench.processes import process, run  # noqa: E402
from bench.report import Finding  # noqa: E402
from telephony import selectors  # noqa: E402
from telephony.call_pages import page_of  # noqa: E402
from telephony.core.call_filter import CallFilter  # noqa: E402
from telephony.core.number_tallies import TELEPHONY  # noqa: E402
from telephony.core.tallies import start_of_day  # noqa: E402
from telephony.core.types import CallRecord, Direction, Kind, LogScope, Outcome  # noqa: E402
from telephony.models import Call, ExportFormat, LinkedAccount, NumberTally, SyncState, TallyBook  # noqa: E402
from telephony.models.statistics import NOTHING_YET  # noqa: E402
from telephony.number_statistics import _counted, from_roll_up, top_numbers  # noqa: E402
from telephony.selectors import PAGE_SIZE, Position  # noqa: E402
from telephony.services import search_index  # noqa: E402
from telephony.services.call_columns import call_columns  # noqa: E402
from telephony.services.call_store import store_page  # noqa: E402
from telephony.services.export_columns import columns_of  # noqa: E402
from telephony.services.export_rows import matching_ids  # noqa: E402
from telephony.services.exports import ExportPlan, stream  # noqa: E402
from telephony.statistics import statistics  # noqa: E402

FLAT, SEARCH, YEAR_LIMIT, PLAIN, NEW, AGAIN, WAIT = 1.3, 50.0, 20.0, 50.0, 2.0, 5.0, 100.0
EXPORT, EXPORT_MEMORY, WORKER_MEMORY = 0.7, 100.0, 200.0
PAGE = 1000  # calls, as the sync reads them
BERLIN = ZoneInfo("Europe/Berlin")
FILTERS = {
    "no filter": CallFilter(),
    "the company's log": CallFilter(scope=LogScope.COMPANY),
    "inbound": CallFilter(directions=frozenset({Direction.INBOUND})),
    "missed": CallFilter(outcomes=frozenset({Outcome.MISSED})),
    "missed inbound": CallFilter(outcomes=frozenset({Outcome.MISSED}), directions=frozenset({Direction.INBOUND})),
    "an extension": CallFilter(extensions=frozenset({"105"})),
    "longer than 50 minutes": CallFilter(shortest=3000),
    "with recording": CallFilter(recorded=True),
    "rare kind": CallFilter(kinds=frozenset({Kind.FAX})),
    "rare extension": CallFilter(extensions=frozenset({"777"})),
    "rare length": CallFilter(shortest=9000),
    "not answered": CallFilter(outcomes=frozenset({Outcome.MISSED, Outcome.VOICEMAIL})),
    "two extensions": CallFilter(extensions=frozenset({"102", "105"})),
}
SEARCHES = {
    "3 digits that all have": "555",
    "a name that every fourth has": "Lovelace",
    "5 digits that some have": "69996",
    "a whole number": "+49 3000 699 962",
    "a name that sixty have": "Quince",
    "a name that nobody has": "Xylophon",
    "digits that nobody has": "98989898",
    "two terms": "Ada 3055500",
}


def seconds_of(work: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    """How long it takes once."""
    started = clock()
    work()
    return clock() - started


def interleaved(works: Sequence[Callable[[], object]], rounds: int) -> list[float]:
    """The median of each in milliseconds, all once a round, so that whatever else the machine does hits all alike.

    SQLite works in this process: there its processor time counts, which is steadier than the clock while other programs run.
    """
    clock = time.process_time if connection.vendor == "sqlite" else time.perf_counter
    taken: list[list[float]] = [[] for _work in works]
    for number in range(rounds + 2):
        for work, times in zip(works, taken, strict=True):
            seconds = seconds_of(work, clock)
            if number > 1:
                times.append(seconds * 1000)
    return [figures.median(times) for times in taken]


def lists(filled: Filled, rounds: int) -> Iterator[Finding]:
    """The first and the deepest page under each filter, against the same of a person with a thousand calls."""
    for name, call_filter in FILTERS.items():
        pages = [
            partial(_full_page, account, call_filter, position)
            for account in (filled.many, filled.few)
            for position in (None, _deepest(account, call_filter))
        ]
        first, deepest, first_of_few, deepest_of_few = interleaved(pages, rounds)
        for depth, found, compared in (("first", first, first_of_few), ("deepest", deepest, deepest_of_few)):
            label = f"list, {depth} page, {name}: {found:.2f} ms, of 1,000 calls {compared:.2f} ms, ratio"
            yield Finding(label, found / compared, FLAT, "times")


def _full_page(account: LinkedAccount, call_filter: CallFilter, position: Position | None) -> None:
    assert len(page_of([account], call_filter, position).rows) == PAGE_SIZE


def _deepest(account: LinkedAccount, call_filter: CallFilter) -> Position:
    """Where the last fifty rows begin."""
    last = selectors.calls([account], call_filter).order_by("started_at", "pk")[PAGE_SIZE]
    return Position(last.started_at, last.pk)


def searches(filled: Filled, rounds: int) -> Iterator[Finding]:
    """The first page of searches with many, few and no hits."""
    works = [partial(page_of, [filled.many], CallFilter(text=text), None) for text in SEARCHES.values()]
    found = [len(work().rows) for work in works]
    for name, hits, milliseconds in zip(SEARCHES, found, interleaved(works, rounds), strict=True):
        yield Finding(f"search, {name} ({hits} rows)", milliseconds, SEARCH, "ms")


def a_year(filled: Filled, now: datetime, rounds: int) -> Iterator[Finding]:
    """The statistics of a year from the roll-up, against the plain aggregate."""
    year, zone = CallFilter(since=now - timedelta(days=365), until=now), ZoneInfo(filled.many.user.time_zone)
    days = (now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=365)).astimezone(
        UTC
    )
    whole = CallFilter(since=days, until=days + timedelta(days=365))
    with CaptureQueriesContext(connection) as queries:
        assert statistics([filled.many], whole, zone).from_roll_up
    statements = [one["sql"] for one in queries.captured_queries]
    works: list[Callable[[], object]] = [
        lambda: statistics([filled.many], whole, zone),
        lambda: [_raw(statement) for statement in statements],
    ]
    in_all, in_database = interleaved(works, rounds)
    answered = Q(outcome=Outcome.ANSWERED.value)
    plain = (
        selectors.calls([filled.many], year)
        .order_by()
        .annotate(day=TruncDate("started_at", tzinfo=zone))
        .values("day")
        .annotate(count=Count("pk"), answered=Count("pk", filter=answered), talk=Sum("duration", filter=answered))
    )
    (aggregate,) = interleaved([lambda: list(plain.all())], 1)
    print(
        f"      a year's statistics, all of Python included: {in_all:.2f} ms; plain aggregate per day: {aggregate:.0f} ms"
    )
    yield Finding("a year's statistics, in the database", in_database, YEAR_LIMIT, "ms")
    if connection.vendor == "sqlite":
        yield at_least("the plain aggregate against the roll-up in the database", aggregate / in_database, PLAIN)


def numbers(filled: Filled, now: datetime, rounds: int) -> Iterator[Finding]:
    """The numbers with the most calls: of a year, which has a target, and of shorter ranges; against the calls themselves."""
    zone, asked = ZoneInfo(filled.many.user.time_zone), [filled.many]
    today = now.astimezone(zone).date()
    for name, first, last, limit in (
        ("a year", today - timedelta(days=365), today - timedelta(days=1), YEAR_LIMIT),
        ("30 days", today - timedelta(days=29), today, None),
        ("half a year", today - timedelta(days=270), today - timedelta(days=90), None),
    ):
        since, until = start_of_day(first, zone), start_of_day(last + timedelta(days=1), zone)
        wanted = CallFilter(since=since, until=until, kinds=TELEPHONY)
        assert from_roll_up(asked, wanted, zone)
        with CaptureQueriesContext(connection) as queries:
            found = top_numbers(asked, wanted, zone)
        statements = [one["sql"] for one in queries.captured_queries]
        assert [(one.digits, one.figures.calls) for one in found] == [
            (digits, counts[0]) for digits, counts in _counted(asked, wanted, 25)
        ]
        works: list[Callable[[], object]] = [partial(top_numbers, asked, wanted, zone), partial(_all_raw, statements)]
        in_all, in_database = interleaved(works, rounds)
        (plain,) = interleaved([partial(_counted, asked, wanted, 25)], 1)
        print(
            f"      numbers of {name}: {in_database:.1f} ms in the database, {in_all:.1f} ms with all of Python; "
            f"from the calls {plain:.0f} ms"
        )
        if limit is not None:
            yield Finding("a year's numbers, in the database", in_database, limit, "ms")


def _all_raw(statements: list[str]) -> None:
    for statement in statements:
        _raw(statement)


def _raw(statement: str) -> list[object]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def at_least(name: str, ratio: float, limit: float) -> Finding:
    """A ratio that has to be high, as a finding that has to be low."""
    return Finding(f"{name}: {ratio:.2f} times (at least {limit:g}), limit/found", limit / ratio, 1.0, "times")


def storing(filled: Filled, now: datetime, pages: int) -> Iterator[Finding]:
    """Pages of new calls, and the same again, by the store and by Django's upsert, page by page in turn."""
    records = [page_of_records(number * PAGE, PAGE, now) for number in range(pages)]
    for name, limit in (("new calls", NEW), ("the same calls again", AGAIN)):
        ours: list[float] = []
        theirs: list[float] = []
        for page in records:
            for times, work in ((ours, _store), (theirs, _upsert_by_models)):
                account = filled.stored if work is _store else filled.compared
                times.append(seconds_of(partial(work, account, page)))
        rate, compared = PAGE / figures.median(ours), PAGE / figures.median(theirs)
        print(f"      storing {name}: {rate:,.0f} rows/s; bulk_create(update_conflicts=True): {compared:,.0f} rows/s")
        yield at_least(f"storing {name}, against bulk_create", rate / compared, limit)


def _store(account: LinkedAccount, page: Iterable[CallRecord]) -> None:
    store_page(account, page, LogScope.OWN)
    search_index.learn()


_UPDATED = [one.name for one in Call._meta.concrete_fields if one.name not in {"id", "account", "key", "first_seen_at"}]


def _upsert_by_models(account: LinkedAccount, page: Iterable[CallRecord]) -> None:
    """The least that a program with models has to do: the same columns and indexes, without fingerprint, roll-up and rules."""
    rows = same_as_models(account, [call_columns(record) for record in page])
    with transaction.atomic():
        Call.objects.bulk_create(rows, update_conflicts=True, update_fields=_UPDATED, unique_fields=["account", "key"])  # type: ignore[arg-type]
    search_index.learn()


def exporting(filled: Filled, rounds: int) -> Iterator[Finding]:
    """The CSV of the person with half of all calls, against a raw cursor and `csv.writer` over the same columns and calls."""
    columns = columns_of(())
    zone = ZoneInfo("Europe/Berlin")
    plan = ExportPlan(filled.many.user, [filled.many], CallFilter(), ExportFormat.CSV, columns, zone, "en")
    works = [partial(_export, plan), partial(_export_by_cursor, plan)]
    ours, theirs = interleaved(works, rounds)
    rows = Call.objects.filter(account=filled.many).count()
    print(
        f"      export: {rows / ours * 1000:,.0f} rows/s; raw cursor and csv.writer: {rows / theirs * 1000:,.0f} rows/s"
    )
    yield at_least("exporting CSV, against a raw cursor and csv.writer", theirs / ours, EXPORT)


def _export(plan: ExportPlan) -> None:
    for _piece in stream(plan, matching_ids(plan.accounts, plan.call_filter)):
        pass


def _export_by_cursor(plan: ExportPlan) -> None:
    """The same columns as the driver gives them: times in UTC, words as codes, nothing defused."""
    sources = {f"c{place}": column.source for place, column in enumerate(plan.columns)}
    found = selectors.calls(plan.accounts, plan.call_filter).annotate(**sources).values_list(*sources)
    sql, parameters = found.query.sql_with_params()
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(sql, parameters)
        while rows := cursor.fetchmany(2000):
            csv.writer(io.StringIO()).writerows(rows)


def memory(filled: Filled, rows: int) -> Iterator[Finding]:
    """What an export of all calls, and a back-fill of `rows`, take in memory, each in a process of its own."""
    for name, limit, arguments in (
        ("export", EXPORT_MEMORY, []),
        ("back-fill", WORKER_MEMORY, ["--account", str(filled.compared.pk), "--rows", str(rows)]),
    ):
        told = json.loads(run(os.environ, "-m", "bench.call_memory", name, *arguments))
        before, most = told["before"], told["peak"]
        print(
            f"      {name} of {told['rows']:,} calls: {told['seconds']:.0f} s, {before:.0f} MB before, {most:.0f} MB at most"
        )
        if name == "export":
            yield Finding("memory that an export of all calls adds", most - before, limit, "MB")
        else:
            yield Finding("memory of a process that back-fills, all in all", most, limit, "MB")


def small_writes(filled: Filled, seconds: float, folder: Path) -> Iterator[Finding]:
    """How long another request's small write waits while a back-fill stores page after page without a pause."""
    state = SyncState.objects.create(account=filled.few, scope=LogScope.OWN.value, floor=datetime.now(UTC))
    # An account on its first way back, whose numbers are counted when it has arrived.
    SyncState.objects.get_or_create(account=filled.stored, scope=LogScope.OWN.value, floor=datetime.now(UTC))
    TallyBook.objects.filter(account=filled.stored).update(numbers_since=NOTHING_YET)
    NumberTally.objects.filter(book__account=filled.stored).delete()
    waits: list[float] = []
    arguments = ("-m", "bench.call_figures", "--back-fill", str(filled.stored.pk))
    with process(os.environ, folder / "back-fill.log", *arguments) as back_fill:
        before = _stored(filled)
        while _stored(filled) == before and back_fill.poll() is None:
            time.sleep(0.1)
        before, started = _stored(filled), time.monotonic()
        while time.monotonic() - started < seconds:
            waits.append(seconds_of(partial(SyncState.objects.filter(pk=state.pk).update, pages=len(waits))))
            time.sleep(0.01)
        rate = (_stored(filled) - before) / (time.monotonic() - started)
    worst = figures.quantiles(waits, n=100)[98] * 1000
    print(
        f"      back-fill beside {len(waits):,} small writes: {rate:,.0f} rows/s; median write {figures.median(waits) * 1000:.1f} ms"
    )
    yield Finding("a small write during a back-fill, 99 of 100", worst, WAIT, "ms")


def _stored(filled: Filled) -> int:
    return Call.objects.filter(account=filled.stored).count()


def back_fill(account: LinkedAccount) -> None:
    """Store new pages until the process is ended."""
    oldest = Call.objects.filter(account=account).order_by("started_at").values_list("started_at", flat=True)[0]
    for number in itertools.count(1000):
        store_page(account, page_of_records(number * PAGE, PAGE, oldest), LogScope.OWN)


@click.command()
@click.option("--rows", default=1_000_000)
@click.option("--rounds", default=15)
@click.option("--back-filled", default=200_000)
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), default=Path())
@click.option("--results", type=click.Path(path_type=Path), default=None)
@click.option(
    "--back-fill", "filled_account", type=int, default=None, help="Only store pages into this account, for ever."
)
def main(
    rows: int, rounds: int, back_filled: int, folder: Path, results: Path | None, filled_account: int | None
) -> None:
    """Fill the database that the environment names, measure, and print each target with its verdict."""
    if filled_account is not None:
        back_fill(LinkedAccount.objects.get(pk=filled_account))
        return
    call_command("migrate", verbosity=0)
    now = datetime.now(UTC)
    started = time.monotonic()
    filled = fill(rows, now)
    print(f"      {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print(f"      {Call.objects.count():,} calls, filled in {time.monotonic() - started:.0f} s", flush=True)
    findings: list[Finding] = []
    parts = [
        lists(filled, rounds),
        searches(filled, rounds),
        a_year(filled, now, rounds),
        numbers(filled, now, rounds),
        storing(filled, now, max(5, min(20, rows // 20_000))),
    ]
    parts.append(exporting(filled, 5))
    if connection.vendor == "sqlite":
        parts.append(small_writes(filled, 15.0, folder))
    parts.append(memory(filled, back_filled))
    for finding in itertools.chain(*parts):
        print(finding, flush=True)
        findings.append(finding)
    if results:
        results.write_text(json.dumps([str(finding) for finding in findings]))
    sys.exit(0 if all(finding.met for finding in findings) else 1)


if __name__ == "__main__":
    main()
