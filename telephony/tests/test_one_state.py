"""A linked account is always in exactly one state; one module decides it, and every change leaves an event."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from telephony.core.errors import RateLimited, Unreachable
from telephony.core.testing.effort import tries
from telephony.models import AccountEvent, EventKind, LinkedAccount, LinkState, Token
from telephony.services import states
from telephony.services.unlinking import unlink
from telephony.tests.accounts import make_account

ROOT = Path(__file__).resolve().parents[2]
DECIDES = ROOT / "telephony/services/states.py"
STATE_COLUMNS = {"state_reason", "state_since"}

VERBS: dict[str, Callable[[LinkedAccount, User], object]] = {
    "works": lambda account, staff: states.works(account),
    "recovered": lambda account, staff: states.recovered(account),
    "delayed": lambda account, staff: states.delayed(account, Unreachable("Acme"), None),
    "ended": lambda account, staff: states.needs_relinking(account, "It is over."),
    "off": states.switch_off,
    "on": states.switch_on,
    "unlinking": lambda account, staff: states.unlinking(account),
}


@pytest.fixture
def account(person: User) -> LinkedAccount:
    return make_account(person)


# --- one place -----------------------------------------------------------------------------------------------------


def writes_of_the_state(source: str) -> Iterator[int]:
    """The lines in which code writes the state of a linked account, or its reason or beginning."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assign):
            leaves = [leaf for target in node.targets for leaf in ast.walk(target)]
            if any(isinstance(leaf, ast.Attribute) and is_a_state(leaf) for leaf in leaves):
                yield node.lineno
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith((".update", "bulk_update", "setattr")):
            names = {keyword.arg for keyword in node.keywords}
            if names & STATE_COLUMNS or ("state" in names and "LinkState" in ast.unparse(node)):
                yield node.lineno
        elif isinstance(node, ast.Dict):
            keys = {key.value for key in node.keys if isinstance(key, ast.Constant)}
            if keys & STATE_COLUMNS:
                yield node.lineno


def is_a_state(target: ast.Attribute) -> bool:
    """Whether an attribute is the state of an account, by its name and by whose it is."""
    return target.attr in STATE_COLUMNS or (target.attr == "state" and "account" in ast.unparse(target))


def shown_only(path: Path) -> bool:
    """Code that cannot write: the model's own declaration, the desk's lists of columns, tests, migrations."""
    parts = path.relative_to(ROOT).parts
    return "tests" in parts or "migrations" in parts or parts[:2] == ("telephony", "admin")


@pytest.mark.parametrize(
    "line",
    [
        "account.state = LinkState.ACTIVE",
        "self.account.state = 'active'",
        "account.state_reason, x = '', 1",
        "LinkedAccount.objects.update(state=LinkState.ACTIVE)",
        "rows.filter(pk=1).update(state_since=now)",
        "columns = {'state_since': now}",
    ],
)
def test_the_search_for_other_writers_finds_them(line: str) -> None:
    assert list(writes_of_the_state(line))


def test_no_other_code_writes_the_state_of_an_account() -> None:
    found = {
        f"{path.relative_to(ROOT)}:{line}"
        for top in ("accounts", "config", "telephony")
        for path in (ROOT / top).rglob("*.py")
        if path != DECIDES and not shown_only(path)
        for line in writes_of_the_state(path.read_text())
    }
    assert not found


def test_the_machine_knows_every_state() -> None:
    assert set(states.ALLOWED_FROM) == set(states._LEADS_TO)
    assert set(states._LEADS_TO.values()) == set(LinkState)


# --- whatever happens ----------------------------------------------------------------------------------------------


@settings(max_examples=tries(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(verbs=st.lists(st.tuples(st.sampled_from(sorted(VERBS)), st.booleans()), max_size=8))
@pytest.mark.django_db
def test_every_change_leaves_one_event_and_a_beginning(
    verbs: list[tuple[str, bool]], account: LinkedAccount, stranger: User
) -> None:
    """Old copies of the row are used as often as fresh ones: requests hold them for a while."""
    LinkedAccount.objects.update(state=LinkState.ACTIVE, state_reason="", retry_at=None)
    AccountEvent.objects.all().delete()
    held = LinkedAccount.objects.get()
    for verb, fresh in verbs:
        before = LinkedAccount.objects.get()
        events = AccountEvent.objects.count()
        VERBS[verb](LinkedAccount.objects.get() if fresh else held, stranger)
        after = LinkedAccount.objects.get()
        changed = after.state != before.state
        assert AccountEvent.objects.count() - events == int(changed), (verb, before.state, after.state)
        assert (after.state_since != before.state_since) is changed
        assert (after.retry_at is not None) is (after.link_state is LinkState.DELAYED)
        if changed:
            latest = AccountEvent.objects.first()
            assert latest is not None
            assert before.link_state in states.ALLOWED_FROM[EventKind(latest.kind)]


# --- races ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_success_that_comes_late_does_not_revive_an_ended_link(account: LinkedAccount) -> None:
    states.delayed(account, Unreachable("Acme"), None)
    held = LinkedAccount.objects.get()
    states.needs_relinking(account, "It is over.")

    states.works(held)

    assert LinkedAccount.objects.get().link_state is LinkState.NEEDS_RELINKING
    assert held.link_state is LinkState.NEEDS_RELINKING


@pytest.mark.django_db
def test_a_refusal_of_tokens_that_were_replaced_meanwhile_ends_nothing(account: LinkedAccount) -> None:
    generation = account.token.generation
    Token.objects.update(generation=generation + 1)

    states.needs_relinking(account, "The provider refused the refresh token.", generation=generation)
    assert LinkedAccount.objects.get().link_state is LinkState.ACTIVE

    states.needs_relinking(account, "The provider refused the refresh token.", generation=generation + 1)
    assert LinkedAccount.objects.get().link_state is LinkState.NEEDS_RELINKING


# --- the next attempt ----------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_delayed_account_always_has_a_next_attempt(account: LinkedAccount) -> None:
    planned = timezone.now() + timedelta(minutes=9)
    account.next_refresh_at = planned
    states.delayed(account, Unreachable("Acme"), None)
    assert LinkedAccount.objects.get().retry_at == planned

    account.next_refresh_at = timezone.now() - timedelta(hours=1)
    states.delayed(account, Unreachable("Acme"), None)
    assert soon(LinkedAccount.objects.get().retry_at, 60)

    states.delayed(account, RateLimited("Acme", retry_after=300), None)
    assert soon(LinkedAccount.objects.get().retry_at, 300)


def soon(at: datetime | None, seconds: int) -> bool:
    """Whether a moment is so many seconds from now."""
    return at is not None and abs((at - timezone.now()).total_seconds() - seconds) < 30


@pytest.mark.django_db
def test_unlinking_leaves_its_beginning_and_its_end(account: LinkedAccount, person: User) -> None:
    Token.objects.all().delete()
    unlink(account, actor=person)
    kinds = [event.kind for event in AccountEvent.objects.order_by("pk")]
    assert kinds == [EventKind.UNLINKING, EventKind.UNLINKED]
