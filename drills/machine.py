"""Random schedules of everything that can happen to a link, in one process: what others do strikes in the middle of a refresh.

A kill is an exception that nothing of ours catches; what the process had in memory is forgotten with it. Leases end by themselves, by the
database's clock; here they are ended at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, ClassVar
from unittest import mock

import hypothesis
import time_machine
from cryptography.fernet import Fernet
from django.conf import settings as site
from django.db import OperationalError, connection
from django.test.utils import override_settings
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from drills import links
from drills.links import PROVIDERS
from drills.report import Figures
from drills.world import World
from sandbox.testing import RunningSandbox
from telephony.core.errors import ProviderError
from telephony.core.oauth import TokenEndpoint, TokenSet
from telephony.models import LinkedAccount, LinkState, ProviderHost, Token
from telephony.services import hosts, key_rotation, spill, token_store, tokens, unlinking

EXAMPLES = 30  # schedules a round
STEPS = 25  # of one schedule
MINUTES = (4, 50, 180, 2 * 1440, 20 * 1440)
FAULTS = ("server_error", "html", "rate_limited", "reset", "lost_reply", "truncated", "wrong_types", "empty")
PLACES = ("before sending", "answered", "received", "before COMMIT")
STRIKES = (
    "nothing",
    "kill",
    "another refresh",
    "re-linking",
    "unlinking",
    "revoking",
    "new key",
    "refusal",
    "refusal, then kill",
)


class Killed(BaseException):
    """Stands for kill -9."""


class Life(RuleBasedStateMachine):
    """One link from its beginning on. Class attributes are set by `running`."""

    sandbox: ClassVar[RunningSandbox]
    counts: ClassVar[Counter[str]] = Counter()
    current: ClassVar[Life | None] = None

    def __init__(self) -> None:
        super().__init__()
        self.clock = time_machine.travel(timezone.now(), tick=True)
        self.time = self.clock.start()
        self.first_keys = list(site.FIELD_ENCRYPTION_KEYS)
        self.keys = override_settings(FIELD_ENCRYPTION_KEYS=list(site.FIELD_ENCRYPTION_KEYS))
        self.keys.enable()
        self.offset = 0.0
        self.in_flight: Counter[str] = Counter()
        self.received: tuple[str, str] | None = None
        self.forgotten = False  # a kill took a pair away before it was stored anywhere
        self.refusing = False
        self.plan: tuple[str, str] = ("", "")
        self.generation = 0
        Life.current = self
        ProviderHost.objects.all().delete()
        hosts.forget_snapshot()

    @initialize(provider=st.sampled_from(PROVIDERS))
    def link(self, provider: str) -> None:
        """The person links an account."""
        self.provider = provider
        self.account = links.link(self.sandbox, provider)
        self.linked = True
        self._begin_grant()

    def _begin_grant(self) -> None:
        self.received, self.forgotten = self._stored(), False

    @property
    def token(self) -> Token:
        """Its row."""
        return Token.objects.get(account_id=self.account.pk)

    def _stored(self) -> tuple[str, str]:
        token = self.token
        return token.access_token.reveal(token.purpose), token.refresh_token.reveal(token.purpose)

    # --- what happens ---

    @precondition(lambda self: self.linked)
    @rule(place=st.sampled_from(PLACES), strike=st.sampled_from(STRIKES), rejected=st.booleans())
    def renewal(self, place: str, strike: str, rejected: bool) -> None:
        """The token has to be renewed; something happens meanwhile."""
        self.refresh(place, strike, rejected=rejected)

    def refresh(self, place: str, strike: str, *, rejected: bool) -> None:
        """Ask for a token when the old one has ended."""
        ProviderHost.objects.all().delete()
        hosts.forget_snapshot()
        links.expire(self.account)
        self._ask(place, strike, self._stored()[0] if rejected else "")

    @precondition(lambda self: self.linked)
    @rule(place=st.sampled_from(PLACES[::-1]), strike=st.sampled_from(STRIKES[:0:-1]))
    def interrupted(self, place: str, strike: str) -> None:
        """The same with a link that the provider honours, so that the place is reached."""
        token_store.replay(self.account.pk)
        if not links.honoured(self.sandbox, self.account):
            self.relink()
        self.refresh(place, strike, rejected=False)

    @rule(place=st.sampled_from(PLACES), strike=st.sampled_from(STRIKES[1:]))
    def linked_again_and_interrupted(self, place: str, strike: str) -> None:
        """The same right after linking."""
        self.relink()
        self.refresh(place, strike, rejected=False)

    @precondition(lambda self: self.linked)
    @rule()
    def ask(self) -> None:
        """A page wants a token, whatever pause is on."""
        self._ask("", "nothing", "")

    def _ask(self, place: str, strike: str, rejected: str) -> None:
        self.plan = (place, strike)
        try:
            token = tokens.fresh_access_token(links.fresh(self.account), rejected=rejected)
        except ProviderError:
            self._must_be_told()
        except Killed:
            self._after_a_kill()
        else:
            assert token, "no token, and no error"
        self.plan, self.refusing = ("", ""), False

    def _must_be_told(self) -> None:
        if not self.linked:
            return
        account, token = links.fresh(self.account), self.token
        if token.failures or token.cooldown_until:
            assert account.link_state in (LinkState.DELAYED, LinkState.NEEDS_RELINKING), account.state
            assert account.state_reason, "a failure without a reason"

    def _after_a_kill(self) -> None:
        """What was in memory is gone; the lease ends by itself."""
        token_store._held.clear()
        self.in_flight.clear()
        if self.linked:
            waits = bool(spill.find(self.account.pk))
            self.forgotten = self.forgotten or (not waits and self._stored() != self.received)
            Token.objects.filter(account_id=self.account.pk).update(lease_owner="", lease_until=None)

    @precondition(lambda self: self.linked)
    @rule(kind=st.sampled_from(FAULTS), times=st.integers(1, 2))
    def fault(self, kind: str, times: int) -> None:
        """The token endpoint has trouble for the next request or two, and somebody asks."""
        self.counts["faults"] += 1
        self.sandbox.faults.add(kind, provider=self.provider, path_prefix="*token", method="POST", remaining=times)
        links.expire(self.account)
        self._ask("", "nothing", "")
        self.sandbox.faults.clear()
        if not self.linked or self._stored() == self.received:
            return
        self.forgotten = True  # the answer never came, so there is nothing that could have been kept

    @rule(minutes=st.sampled_from(MINUTES))
    def time_passes(self, minutes: int) -> None:
        """For both."""
        self.time.shift(minutes * 60)
        hosts.forget_snapshot()

    @rule(seconds=st.sampled_from((-600.0, 600.0)))
    def clocks_part(self, seconds: float) -> None:
        """The provider's clock jumps, by ten minutes at most from ours."""
        if abs(self.offset + seconds) <= 600:
            self.offset += seconds
            self.sandbox.clock.advance(seconds)
            self.counts["faults"] += 1

    @rule()
    def revoke(self) -> None:
        """The person ends the grant at the provider."""
        self.counts["faults"] += 1
        self._revoke()

    def _revoke(self) -> None:
        if self.received:
            session = self.sandbox.sandbox.grants.session_of_token(self.received[1])
            self.sandbox.sandbox.grants.end_session(session.id if session else "")

    @rule()
    def the_worker_comes_by(self) -> None:
        """It stores what waits."""
        token_store.replay_all()

    @rule()
    def rotate_keys(self) -> None:
        """A new key encrypts from now on, and the old one is removed."""
        new = Fernet.generate_key().decode()
        site.FIELD_ENCRYPTION_KEYS = [new, *site.FIELD_ENCRYPTION_KEYS]
        assert not key_rotation.rotate().unreadable
        site.FIELD_ENCRYPTION_KEYS = [new, *site.FIELD_ENCRYPTION_KEYS[1:]]

    @rule()
    def relink(self) -> None:
        """The person links again: the same account, or after unlinking a new one."""
        if self.linked:
            links.relink(self.sandbox, self.account)
        else:
            self.account, self.linked = links.link(self.sandbox, self.provider), True
            self.generation = 0
        self._begin_grant()

    @precondition(lambda self: self.linked)
    @rule()
    def unlink(self) -> None:
        """The person unlinks."""
        unlinking.unlink(links.fresh(self.account))
        self.linked = False

    # --- what strikes in the middle of a refresh ---

    def at(self, place: str) -> None:
        """The refresh has come to a place."""
        planned, strike = self.plan
        if planned != place:
            return
        self.plan = ("", "")
        self.counts["faults"] += 1
        match strike:
            case "kill":
                raise Killed
            case "another refresh":
                with suppress(ProviderError):
                    tokens.fresh_access_token(links.fresh(self.account), rejected=self._stored()[0])
            case "re-linking":
                self.relink()
            case "unlinking":
                self.unlink()
            case "revoking":
                self._revoke()
            case "new key":
                self.rotate_keys()
            case "refusal" | "refusal, then kill":
                self.refusing = True
                self.plan = ("refused", "kill") if "kill" in strike else ("", "")

    def send(self, endpoint: TokenEndpoint, refresh_token: str, original: Callable[..., TokenSet]) -> TokenSet:
        """A refresh request on its way."""
        session = self.sandbox.sandbox.grants.session_of_token(refresh_token)
        grant = session.id if session else ""
        self.in_flight[grant] += 1
        self.counts["refreshes"] += 1
        assert self.in_flight[grant] == 1, "two refreshes of one grant in flight"
        try:
            self.at("before sending")
            found = original(endpoint, refresh_token)
            if self.received and self._grant_of(self.received[1]) == grant:
                self.received = (found.access_token, found.refresh_token or refresh_token)
            self.at("answered")
        finally:
            self.in_flight[grant] -= 1
        self.at("received")
        return found

    def _grant_of(self, refresh_token: str) -> str:
        session = self.sandbox.sandbox.grants.session_of_token(refresh_token)
        return session.id if session else ""

    def statement(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        """A statement on its way to the database."""
        is_pair = (
            sql.startswith('UPDATE "telephony_token" SET "access_token"') and "generation" in sql.partition("WHERE")[0]
        )
        if is_pair and self.refusing:
            raise OperationalError("database is locked")
        result = execute(sql, params, many, context)
        if is_pair and self.plan == ("before COMMIT", "kill"):
            self.at("before COMMIT")
        return result

    # --- what must hold ---

    @invariant()
    def a_link_ends_only_where_the_provider_has_ended_it(self) -> None:
        """And the account says why."""
        account = self._account()
        if account and account.link_state is LinkState.NEEDS_RELINKING:
            assert account.state_reason, "no reason"
            assert not spill.find(account.pk), "a pair waits, and the link is believed to be over"
            assert not links.honoured(self.sandbox, account), f"the provider honours it: {account.state_reason}"

    @invariant()
    def the_last_pair_that_was_received_is_kept(self) -> None:
        """In the database, or waiting for it."""
        if self._account() and not self.forgotten and self._stored() != self.received:
            waiting = [pair.tokens for pair in spill.find(self.account.pk)]
            assert self.received
            assert self.received[0] in [one.access_token for one in waiting], "a received pair was lost"

    @invariant()
    def generations_only_grow(self) -> None:
        """Nothing older overwrites anything newer."""
        if self._account():
            generation = self.token.generation
            assert generation >= self.generation
            self.generation = generation

    @invariant()
    def nothing_is_readable(self) -> None:
        """Neither in the row nor in a waiting file."""
        if self._account() and self.received:
            texts = [self.token.access_token.stored, self.token.refresh_token.stored]
            texts += [secret.stored for _path, secret in spill.sealed()]
            assert not any(secret in text for text in texts for secret in self.received)

    @invariant()
    def after_unlinking_nothing_stays(self) -> None:
        """Neither here nor, since the provider could be reached, there."""
        if getattr(self, "account", None) and not self.linked:
            assert not Token.objects.filter(account_id=self.account.pk).exists()
            assert self.account.pk not in spill.waiting()
            session = self.sandbox.sandbox.grants.session_of_token(self.received[1]) if self.received else None
            assert session is None or session.revoked_at is not None, "the grant lives on after unlinking"

    def _account(self) -> LinkedAccount | None:
        return links.fresh(self.account) if getattr(self, "linked", False) else None

    def teardown(self) -> None:
        """The next schedule begins with right clocks."""
        self.counts["schedules"] += 1
        self.sandbox.faults.clear()
        self.sandbox.clock.advance(-self.offset)
        if getattr(self, "linked", False):
            LinkedAccount.objects.filter(pk=self.account.pk).delete()
            token_store.forget(self.account.pk)
        site.FIELD_ENCRYPTION_KEYS = [*self.first_keys, *site.FIELD_ENCRYPTION_KEYS]
        key_rotation.rotate()  # OAuth clients outlive a schedule
        self.keys.disable()
        self.clock.stop()
        Life.current = None


@contextmanager
def running(sandbox: RunningSandbox) -> Iterator[None]:
    """Everything that schedules need: the places where something may strike, and no waiting."""
    original = TokenEndpoint.refresh

    def send(endpoint: TokenEndpoint, refresh_token: str) -> TokenSet:
        assert Life.current
        return Life.current.send(endpoint, refresh_token, original)

    def statement(*arguments: Any) -> Any:
        return Life.current.statement(*arguments) if Life.current else arguments[0](*arguments[1:])

    def put_aside(*arguments: Any) -> Any:
        kept = aside(*arguments)
        assert Life.current
        Life.current.at("refused")
        return kept

    aside = token_store._put_aside
    Life.sandbox = sandbox
    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(TokenEndpoint, "refresh", send))
        stack.enter_context(mock.patch.object(token_store, "_put_aside", put_aside))
        stack.enter_context(mock.patch.multiple(token_store, STORE_WITHIN=0.0))
        stack.enter_context(mock.patch.multiple(tokens, REPEAT_AFTER=0.0, WAIT_FOR_OTHER=0.0, POLL=0.0))
        stack.enter_context(connection.execute_wrapper(statement))
        yield


def run(examples: int, *, steps: int = STEPS, derandomize: bool = False, shrink: bool = True) -> None:
    """Run that many schedules. Raises AssertionError with one that violates an invariant, with `shrink` the shortest (it takes minutes)."""
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            phases=[phase for phase in Phase if shrink or phase not in (Phase.shrink, Phase.explain)],
            derandomize=derandomize,
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        ),
    )


def random_schedules(world: World) -> Figures:
    """The state machine, with a seed of its own for each round."""
    figures = Figures("random schedules of a life")
    Life.counts.clear()
    with running(world.sandbox):
        for _round in world.effort.rounds(1):
            hypothesis.core.__dict__["global_force_seed"] = world.chance.randrange(2**32)
            try:
                run(EXAMPLES, shrink=False)
            except AssertionError as error:
                notes = " <- ".join(str(note) for note in getattr(error, "__notes__", ()))
                figures.violated(f"{error} {notes}"[:4000])
    figures.schedules, figures.faults, figures.refreshes = (
        Life.counts[name] for name in ("schedules", "faults", "refreshes")
    )
    return figures
