"""What a provider, a person, staff and clocks do to the refresh: its owner sees each fault, and none but a real end ends a link."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

import time_machine
from django.utils import timezone

from drills import children, links
from drills.links import PROVIDERS, Fate
from drills.report import Figures
from drills.world import World
from sandbox.faults import FaultKind
from telephony.core.errors import ClientRejected, GrantEnded, ProviderError
from telephony.models import AccountEvent, EventKind, LinkedAccount, LinkState, ProviderHost, Token
from telephony.services import hosts, tokens
from telephony.services.gateway import with_client

TAKES_EFFECT = frozenset({FaultKind.LOST_REPLY, FaultKind.TRUNCATED, FaultKind.WRONG_TYPES})
STRIKES: tuple[tuple[FaultKind, dict[str, float]], ...] = (
    (FaultKind.SERVER_ERROR, {}),
    (FaultKind.UNAVAILABLE, {}),
    (FaultKind.UNAVAILABLE, {"retry_after": 120}),
    (FaultKind.RATE_LIMITED, {"retry_after": 60}),
    (FaultKind.RATE_LIMITED, {}),
    (FaultKind.FORBIDDEN, {}),
    (FaultKind.HTML, {}),
    (FaultKind.EMPTY, {}),
    (FaultKind.REDIRECT, {}),
    (FaultKind.RESET, {}),
    (FaultKind.SLOW, {"delay_seconds": 0.05}),
    (FaultKind.TRUNCATED, {}),
    (FaultKind.WRONG_TYPES, {}),
    (FaultKind.LOST_REPLY, {}),
)
FORGIVING = {"ringcentral", "goto"}  # they repeat their answer, or keep the refresh token
OUTAGE = timedelta(hours=1)
MOST_REQUESTS = 40  # in an hour's outage
SKEW = 600.0  # seconds
HOURS = 4  # of a life under a wrong clock


def token_endpoint(world: World) -> Figures:
    """Each fault once, and for as long as the first attempt lasts."""
    figures = Figures("faults of the token endpoint")
    children.shorten()
    accounts = [links.link(world.sandbox, provider) for provider in PROVIDERS]
    for _round in world.effort.rounds(1):
        for account in accounts:
            for kind, options in STRIKES:
                for remaining in (1, None):
                    _strike(world, figures, account, kind, {**options, "remaining": remaining})
    return figures


def _strike(
    world: World, figures: Figures, account: LinkedAccount, kind: FaultKind, options: dict[str, float | None]
) -> None:
    what = f"{account.provider}, {kind.value} {options}"
    _calm(world)
    links.expire(account)
    world.sandbox.faults.add(kind, provider=account.provider, path_prefix="*token", method="POST", **options)
    outcome = _attempt(account)
    world.sandbox.faults.clear()
    figures.faults += 1
    if outcome is not None and not isinstance(outcome, GrantEnded):
        _must_be_told(figures, account, what)
        _later(world, account)
    may_end = kind in TAKES_EFFECT and account.provider not in FORGIVING
    _close(world, figures, account, what, may_end=may_end)


def hour_long_outage(world: World) -> Figures:
    """The token endpoint is down for an hour, by both clocks; whoever asks waits as long as was told."""
    figures = Figures("token endpoint down for an hour")
    children.shorten()
    for _round in world.effort.rounds(1):
        for provider in PROVIDERS:
            for kind in (FaultKind.UNAVAILABLE, FaultKind.HTML, FaultKind.RESET):
                _outage(world, figures, links.link(world.sandbox, provider), kind)
    return figures


def _outage(world: World, figures: Figures, account: LinkedAccount, kind: FaultKind) -> None:
    what = f"{account.provider}, an hour of {kind.value}"
    _calm(world)
    links.expire(account)
    world.sandbox.requests.clear()
    world.sandbox.faults.add(kind, provider=account.provider, path_prefix="*token", method="POST")
    begin = timezone.now()
    with time_machine.travel(begin, tick=True) as clock:
        while timezone.now() < begin + OUTAGE:
            hosts.forget_snapshot()
            _attempt(account)
            _must_be_told(figures, account, what)
            clock.move_to(max(_next_attempt(account), timezone.now() + timedelta(seconds=1)))
        world.sandbox.faults.clear()
        asked = len(world.sandbox.requests.entries(account.provider, "token"))
        figures.faults += asked
        if asked > MOST_REQUESTS:
            figures.violated(f"{what}: {asked} requests in the hour")
        hosts.forget_snapshot()
        clock.move_to(_next_attempt(account) + timedelta(seconds=1))
        _close(world, figures, account, what, may_end=False)


def wrong_clocks(world: World) -> Figures:
    """Our clock is ten minutes ahead of the provider's, or behind it, while an account is in use for hours."""
    figures = Figures("clocks wrong by ten minutes")
    for _round in world.effort.rounds(1):
        for provider in PROVIDERS:
            for skew in (SKEW, -SKEW):
                _live_with(world, figures, provider, skew)
    return figures


def _live_with(world: World, figures: Figures, provider: str, skew: float) -> None:
    _calm(world)
    world.sandbox.clock.advance(skew)
    account = links.link(world.sandbox, provider)
    with time_machine.travel(timezone.now(), tick=True) as clock:
        for _step in range(HOURS * 6):
            clock.shift(600)
            figures.faults += 1
            try:
                with_client(links.fresh(account), lambda client: client.identity())
            except ProviderError as error:
                figures.violated(f"{provider}, the provider's clock at {skew:+.0f} s: {error}")
        _close(world, figures, account, f"{provider}, the provider's clock at {skew:+.0f} s", may_end=False)
    world.sandbox.clock.advance(-skew)


def real_ends(world: World) -> Figures:
    """The person revokes the grant; staff change the client's secret and mend it again."""
    figures = Figures("revoked; client secret changed")
    children.shorten()
    for _round in world.effort.rounds(1):
        for provider in PROVIDERS:
            _revoked(world, figures, links.link(world.sandbox, provider))
            _secret_changed(world, figures, links.link(world.sandbox, provider))
    return figures


def _revoked(world: World, figures: Figures, account: LinkedAccount) -> None:
    what = f"{account.provider}, revoked by the person"
    token = Token.objects.get(account=account)
    session = world.sandbox.sandbox.grants.session_of_token(token.refresh_token.reveal(token.purpose))
    assert session is not None
    world.sandbox.sandbox.grants.end_session(session.id)
    links.expire(account)
    figures.faults += 1
    if not isinstance(_attempt(account), GrantEnded):
        figures.violated(f"{what}: nobody noticed")
    if not AccountEvent.objects.filter(account=account, kind=EventKind.NEEDS_RELINKING).exists():
        figures.violated(f"{what}: no event")
    if links.judge(figures, world.sandbox, account, what, may_end=True) is Fate.ENDED:
        links.relink(world.sandbox, account)
    _close(world, figures, account, f"{what}, linked again", may_end=False)


def _secret_changed(world: World, figures: Figures, account: LinkedAccount) -> None:
    what = f"{account.provider}, client secret changed"
    client = links.oauth_client(account.provider)
    kept = client.client_secret
    client.set_secret("not the secret")
    client.save()
    links.expire(account)
    figures.faults += 1
    if not isinstance(_attempt(account), ClientRejected):
        figures.violated(f"{what}: it was not called the client's fault")
    _must_be_told(figures, account, what)
    client.client_secret = kept
    client.save()
    _later(world, account)
    _close(world, figures, account, what, may_end=False)


def _attempt(account: LinkedAccount) -> ProviderError | None:
    """Ask for a token; gives the error."""
    try:
        tokens.fresh_access_token(links.fresh(account))
    except ProviderError as error:
        return error
    return None


def _must_be_told(figures: Figures, account: LinkedAccount, what: str) -> None:
    """The owner sees the state, why, and when it is tried again."""
    now = links.fresh(account)
    if now.link_state is not LinkState.DELAYED or not now.state_reason or now.retry_at is None or not now.last_error:
        figures.violated(f"{what}: the owner is told {now.state} {now.state_reason!r}, next attempt {now.retry_at}")


def _next_attempt(account: LinkedAccount) -> datetime:
    now = links.fresh(account)
    token = Token.objects.get(account=account)
    return max(filter(None, [now.retry_at, token.cooldown_until, timezone.now()]))


def _later(world: World, account: LinkedAccount) -> None:
    """When it was said that it would be tried again, it is: by both clocks, since the sandbox runs in this process."""
    _calm(world)
    with time_machine.travel(_next_attempt(account) + timedelta(seconds=1), tick=True), suppress(GrantEnded):
        tokens.fresh_access_token(links.fresh(account))


def _close(world: World, figures: Figures, account: LinkedAccount, what: str, *, may_end: bool) -> None:
    """Afterwards the account works, or says why not; then the next fault may come."""
    figures.schedules += 1
    figures.refreshes += world.witness.refreshes
    outcome = _attempt(account)
    found = links.judge(figures, world.sandbox, account, what, may_end=may_end)
    if found is Fate.ENDED:
        links.relink(world.sandbox, account)
    elif outcome is not None or links.fresh(account).link_state is not LinkState.ACTIVE:
        figures.violated(f"{what}: it does not work again ({links.fresh(account).state}, {outcome})")
    if world.witness.most_refreshes > 1:
        figures.violated(f"{what}: {world.witness.most_refreshes} refreshes at once")


def _calm(world: World) -> None:
    """What earlier faults have taught about the hosts is forgotten."""
    world.witness.forget()
    world.sandbox.faults.clear()
    ProviderHost.objects.all().delete()
    hosts.forget_snapshot()
