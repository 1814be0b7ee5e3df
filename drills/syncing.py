"""`manage.py sync` and the worker killed at random moments, several at a time; at the end the store equals the sandbox's truth."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from multiprocessing.connection import Connection
from typing import Any

import time_machine
from django.utils import timezone

from drills import children, links
from drills.children import CONTEXT, KILLED
from drills.links import PROVIDERS
from drills.report import Figures
from drills.world import World
from telephony.core.sessions import in_one
from telephony.core.types import CallQuery, CallRecord, LogScope
from telephony.models import Call, LinkedAccount, SyncRun, SyncState
from telephony.services.call_columns import call_columns
from telephony.services.call_digest import digest
from telephony.services.call_facts import FLAG_OF
from telephony.services.call_merge import parts_by_row
from telephony.services.gateway import with_client
from telephony.services.sync import ensure_states, sync_log
from telephony.services.sync_steps import Busy

WORKERS = 3  # at once
ROUNDS = 50
LATEST_KILL = 0.03  # seconds between two kills
PATIENCE = 5.0  # seconds for workers that wait for leases
BACK = timedelta(days=40)
COMPARED = ("kind", "direction", "outcome", "started_at", "duration", "caller_number", "callee_number", "extension")
TRIES = 4  # a call may be running while the two are compared


def killed_while_syncing(world: World) -> Figures:
    """Three workers at a time are killed; meanwhile calls come, change and disappear at the providers."""
    figures = Figures(f"kill -9 of {WORKERS} syncing workers")
    accounts = [_account(world, provider, place) for provider in PROVIDERS for place in (0, 1)]
    world.witness.forget()
    offset = 0.0
    for _round in world.effort.rounds(ROUNDS):
        _kill_some(world, figures, offset)
        hours = world.chance.choice([0, 0, 0.5, 3])
        offset = world.sandbox.clock.advance(hours * 3600)
    cut_short, read = SyncRun.objects.filter(ended_at=None).count(), Call.objects.count()
    here, there = CONTEXT.Pipe()
    process = children.start(finish, [account.pk for account in accounts], offset, there)
    rows, differences = here.recv()
    children.joined(process)
    figures.notes.append(
        f"{cut_short} passes cut short, {read} calls stored between kills, {world.witness.reads} pages read; "
        f"{rows} rows compared with the sandbox, one by one"
    )
    for difference in differences:
        figures.violated(difference)
    if world.witness.most_reads > 1:
        figures.violated(f"{world.witness.most_reads} requests for the logs of one account at the same time")
    figures.schedules += 1
    world.sandbox.clock.advance(-offset)
    return figures


def _account(world: World, provider: str, place: int) -> LinkedAccount:
    """One whose tokens outlive the drill, since refreshes under fire are another one's subject."""
    links.quick(world.sandbox, provider, access_lifetime=400 * 86400)
    persona = links.personas(world.sandbox, provider)[place]
    account = links.link(world.sandbox, provider, persona, readable=True)
    ensure_states(account)
    SyncState.objects.filter(account=account).update(floor=timezone.now() - BACK)
    return account


def _kill_some(world: World, figures: Figures, offset: float) -> None:
    started = []
    for _worker in range(WORKERS):
        here, there = CONTEXT.Pipe()
        command = "sync" if world.chance.random() < 0.7 else "worker"
        process = children.start(children.sync_calls, command, world.chance.randint(2, 9), offset, there)
        started.append((process, here))
    for _process, here in started:
        here.recv()
    _let_them_read(world, [process for process, _here in started])
    for process, _here in started:
        time.sleep(world.chance.uniform(0, LATEST_KILL))
        process.kill()
    for process, _here in started:
        if children.joined(process) == KILLED:
            figures.faults += 1
    figures.schedules += 1


def _let_them_read(world: World, workers: list[Any]) -> None:
    """Kills that come before the first page are no drill: wait for a random number of pages, unless all have ended by themselves."""
    until, deadline = world.witness.reads + world.chance.randint(1, 15), time.monotonic() + PATIENCE
    while world.witness.reads < until and time.monotonic() < deadline and any(one.is_alive() for one in workers):
        time.sleep(0.001)


def finish(accounts: list[int], offset: float, answer: Connection) -> None:
    """In a child that lives as far in the future as the sandbox does: sync to the end, then compare. Sends rows and differences."""
    children.hurry_sync(500)
    with time_machine.travel(children.later(offset), tick=True):
        for _try in range(TRIES):
            rows, differences = 0, []
            for account in LinkedAccount.objects.select_related("client").filter(pk__in=accounts):
                _sync_to_the_end(account)
                counted, found = _compare(account)
                rows += counted
                differences += found
            if not differences:
                break
    answer.send((rows, differences))


def _sync_to_the_end(account: LinkedAccount) -> None:
    """A deep look twice: what has disappeared is believed only when it is missing for the second time."""
    for state in SyncState.objects.filter(account=account):
        _passes(state.pk)
        for _look in range(2):
            SyncState.objects.filter(pk=state.pk).update(last_deep_at=None)
            _passes(state.pk)


def _passes(state_id: int) -> None:
    while True:
        try:
            state = sync_log(state_id)
        except Busy:
            time.sleep(children.SYNC_LEASE / 4)  # the lease of a killed worker ends by itself
            continue
        if state.error_code or not state.pass_kind:
            return


def _compare(account: LinkedAccount) -> tuple[int, list[str]]:
    """Every row of every log of an account, with what the provider's own list says now."""
    truth: dict[str, CallRecord] = {}
    differences = []
    for scope in (LogScope.OWN, LogScope.COMPANY):  # where both have a call, the company's wording counts
        state = SyncState.objects.filter(account=account, scope=scope.value).first()
        if state is None or state.error_code:
            continue
        log = _whole_log(account, scope, state.floor)
        truth |= log
        stored = Call.objects.filter(account=account, deleted_at=None, **{FLAG_OF[scope]: True})
        keys = list(stored.filter(started_at__gte=state.floor).values_list("key", flat=True))
        if set(keys) != log.keys() or len(keys) != len(log):
            lacking, beyond = sorted(log.keys() - set(keys)), sorted(set(keys) - log.keys())
            differences.append(f"{account.provider}, {scope.value} log: lacks {lacking[:3]}, has {beyond[:3]} beyond")
    rows: dict[str, Any] = {
        row["key"]: row for row in Call.objects.filter(account=account, key__in=list(truth)).values()
    }
    for key, record in truth.items():
        if key in rows and (wrong := _wrong_columns(rows[key], record)):
            differences.append(f"{account.provider}: call {key} differs in {wrong}")
    return len(truth), differences


def _whole_log(account: LinkedAccount, scope: LogScope, since: datetime) -> dict[str, CallRecord]:
    records: list[CallRecord] = []

    def read(client: Any) -> None:
        cursor, query = None, CallQuery(since, timezone.now() + timedelta(minutes=10), scope, page_size=500)
        while True:
            page = client.calls(query, cursor)
            records.extend(page.items)
            cursor = page.next_cursor
            if cursor is None:
                return

    with_client(account, read)
    calls = {key: in_one(list(parts.values())) for key, parts in parts_by_row(records).items()}
    return {key: call for key, call in calls.items() if not call.deleted}


def _wrong_columns(row: dict[str, Any], record: CallRecord) -> list[str]:
    told = call_columns(record)
    wrong = [name for name in COMPARED if row[name] != told[name]]
    return wrong + (["fingerprint"] if row["fingerprint"] != digest(record).fingerprint else [])
