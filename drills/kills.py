"""kill -9 of the refresher at every step, and at random moments, for each provider's rotation rule."""

from __future__ import annotations

import time
from dataclasses import dataclass

from drills import children, links
from drills.children import CONTEXT, KILLED, SHORT_LEASE, Place
from drills.links import Fate
from drills.report import Figures
from drills.world import World
from telephony.core.errors import GrantEnded
from telephony.models import LinkedAccount
from telephony.services import tokens

LONGEST_REFRESH = 0.04  # seconds; a random kill comes within


@dataclass(frozen=True, slots=True)
class Rule:
    """A provider's rotation. `forgiving`: what it repeats or keeps makes a lost answer harmless."""

    name: str
    provider: str
    forgiving: bool
    rotate_after: float = 0.6


RULES = (
    Rule("sipgate: single use", "sipgate", forgiving=False),
    Rule("RingCentral: repeats its answer", "ringcentral", forgiving=True),
    Rule("GoTo: keeps the refresh token", "goto", forgiving=True),
    Rule("GoTo: rotates late", "goto", forgiving=False, rotate_after=0.0),
)


def at_every_step(world: World) -> Figures:
    """Each place x each rule; then another process asks, once the lease of the killed one has ended."""
    figures = Figures("kill -9 at every step")
    accounts = _accounts(world)
    for _round in world.effort.rounds(1):
        for rule in RULES:
            for place in Place:
                _kill_at(world, figures, accounts[rule.name], rule, place)
    return figures


def at_random_moments(world: World) -> Figures:
    """The parent kills whenever it likes."""
    figures = Figures("kill -9 at random moments")
    accounts = _accounts(world)
    for number in world.effort.rounds(40):
        rule = RULES[number % len(RULES)]
        _kill_some_time(world, figures, accounts[rule.name], rule)
    return figures


def _accounts(world: World) -> dict[str, LinkedAccount]:
    return {rule.name: links.link(world.sandbox, rule.provider) for rule in RULES}


def _kill_at(world: World, figures: Figures, account: LinkedAccount, rule: Rule, place: Place) -> None:
    _prepare(world, account, rule)
    code = children.joined(children.start(children.refresh_and_die, account.pk, place))
    if code != KILLED:
        figures.violated(f"{place.value}: the refresher was not killed there (exit code {code})")
    figures.faults += 1
    what = f"{rule.name}, killed {place.value}"
    _resume(world, figures, account, what, may_end=place.in_window and not rule.forgiving)


def _kill_some_time(world: World, figures: Figures, account: LinkedAccount, rule: Rule) -> None:
    _prepare(world, account, rule)
    here, there = CONTEXT.Pipe()
    process = children.start(children.refresh, account.pk, there)
    here.recv()
    time.sleep(world.chance.uniform(0, LONGEST_REFRESH))
    process.kill()
    if children.joined(process) == KILLED:
        figures.faults += 1
    _resume(world, figures, account, f"{rule.name}, killed at a random moment", may_end=not rule.forgiving)


def _prepare(world: World, account: LinkedAccount, rule: Rule) -> None:
    links.quick(world.sandbox, rule.provider, rotate_after=rule.rotate_after)
    world.witness.forget()
    links.expire(account)


def _resume(world: World, figures: Figures, account: LinkedAccount, what: str, *, may_end: bool) -> None:
    """The next one who needs the token waits for the lease to end by itself, and gets one unless the provider's rule forbids it."""
    children.shorten()
    time.sleep(SHORT_LEASE)
    try:
        token = tokens.fresh_access_token(links.fresh(account))
    except GrantEnded:
        token = ""
    figures.schedules += 1
    figures.refreshes += world.witness.refreshes
    if world.witness.most_refreshes > 1:
        figures.violated(f"{what}: {world.witness.most_refreshes} refreshes at once")
    found = links.judge(figures, world.sandbox, account, what, may_end=may_end)
    if found is Fate.ENDED:
        if "lost" not in links.fresh(account).state_reason:
            figures.violated(f"{what}: the account does not say that an answer was lost")
        links.relink(world.sandbox, account)
    elif not token:
        figures.violated(f"{what}: no token, although the link is alive")
