"""Twelve processes ask for one token at once: pages, the worker, and those who have just got a 401."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

from drills import children, links
from drills.children import CONTEXT
from drills.links import PROVIDERS
from drills.report import Figures
from drills.world import World
from telephony.models import LinkedAccount, Token

PROCESSES = 12
ROUNDS = 100


def twelve_at_once(world: World) -> Figures:
    """Exactly one refresh request leaves for each expiry, and everybody gets its token."""
    figures = Figures(f"{PROCESSES} processes at once")
    accounts = [links.link(world.sandbox, provider) for provider in PROVIDERS]
    with _crowd() as crowd:
        for number in world.effort.rounds(ROUNDS):
            _one_round(world, figures, accounts[number % len(accounts)], crowd, rejected=number % 2 == 1)
    return figures


def _one_round(
    world: World, figures: Figures, account: LinkedAccount, crowd: list[Connection], *, rejected: bool
) -> None:
    token = Token.objects.get(account=account)
    old = token.access_token.reveal(token.purpose)
    links.expire(account)
    world.witness.forget()
    for orders in crowd:
        orders.send((account.pk, old if rejected else ""))
    answers = {orders.recv() for orders in crowd}
    after = Token.objects.get(account=account)
    figures.schedules += 1
    figures.refreshes += world.witness.refreshes
    if world.witness.refreshes != 1 or after.generation != token.generation + 1:
        figures.violated(f"{account.provider}: {world.witness.refreshes} refreshes for one expiry")
    if answers != {after.access_token.reveal(after.purpose)}:
        told = sorted(answer[:80] for answer in answers if answer.startswith("error"))
        figures.violated(f"{account.provider}: {len(answers)} different answers {told}")
    links.judge(figures, world.sandbox, account, f"{account.provider}, asked for by {PROCESSES}", may_end=False)


@contextmanager
def _crowd() -> Iterator[list[Connection]]:
    barrier = CONTEXT.Barrier(PROCESSES)
    pipes = [CONTEXT.Pipe() for _number in range(PROCESSES)]
    started = [
        children.start(children.ask_in_rounds, number, barrier, there) for number, (_here, there) in enumerate(pipes)
    ]
    crowd = [here for here, _there in pipes]
    try:
        yield crowd
        for orders in crowd:
            orders.send(None)
    finally:
        for process in started:
            process.join(2)
            if process.is_alive():
                process.kill()
