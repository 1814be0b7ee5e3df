"""Talking to the provider of a linked account: the one place where an account, its token and its client come together."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from telephony.core.answers import Answer, side_by_side
from telephony.core.client import ClientContext, ProviderClient
from telephony.core.environment import Environment
from telephony.core.errors import (
    AccessDenied,
    BudgetSpent,
    ClientRejected,
    CredentialRejected,
    GrantEnded,
    ProviderError,
    TryLater,
)
from telephony.core.http import HttpDoor
from telephony.core.write_errors import AccessRenewed, WriteRefused
from telephony.models import CredentialKind, LinkedAccount, Token
from telephony.services import failures, states
from telephony.services.environments import environment_of
from telephony.services.hosts import HostGuard, guard_for
from telephony.services.pacing import Paced, pacer_for
from telephony.services.tokens import authorization_header, fresh_access_token

ResultT = TypeVar("ResultT")


def with_client(
    account: LinkedAccount, work: Callable[[ProviderClient], ResultT], *, patience: float | None = None
) -> ResultT:
    """Run `work` with a client for the account, once more with a renewed token after a 401.

    With `patience`, requests keep to the provider's rate limits, and that is how many seconds one may wait before Paced is raised.
    Without it they are not paced: it takes the database, which requests that run side by side in threads must not touch.

    Raises the error family. The account's state, last use and last error are kept up to date on the way.
    """
    if not account.usable:
        raise GrantEnded(account.provider_name, "reading the account", detail=f"the account is {account.state}")
    try:
        result = _attempt(account, work, patience)
    except (Paced, BudgetSpent):
        raise
    except ProviderError as error:
        _note(account, error)
        raise
    states.works(account)
    return result


def ask(account: LinkedAccount, questions: Sequence[Callable[[ProviderClient], ResultT]]) -> list[Answer[ResultT]]:
    """Ask several things side by side with one client, which asks for nothing twice. Never raises ProviderError: it is in the answers."""

    def work(client: ProviderClient) -> list[Answer[ResultT]]:
        answers = side_by_side([partial(question, client) for question in questions])
        errors = [answer.error for answer in answers if answer.error]
        rejected = [error for error in errors if isinstance(error, CredentialRejected)]
        if rejected or (errors and len(errors) == len(answers)):
            raise (rejected or errors)[0]
        return answers

    try:
        answers = with_client(account, work)
    except ProviderError as error:
        return [Answer(error=error) for _question in questions]
    for answer in answers:
        if answer.error:
            _note(account, answer.error)
    return answers


@dataclass(frozen=True, slots=True)
class Writing:
    """An account that is about to be written to: its client, and the authorization that this holds."""

    account: LinkedAccount
    client: ProviderClient
    authorization: _Authorization
    guard: HostGuard


def open_for_writing(account: LinkedAccount) -> Writing:
    """Get everything ready for one write, without sending anything of it. Raises the error family: nothing has been done then."""
    try:
        if not account.usable:
            raise GrantEnded(account.provider_name, "writing", detail=f"the account is {account.state}")
        authorization = _Authorization(account)
        guard = guard_for(account, _environment(account).origins)
        return Writing(account, client_for(account, authorization, guard=guard), authorization, guard)
    except ProviderError as error:
        if account.usable:
            _note(account, error)
        raise


def write_once(writing: Writing, work: Callable[[ProviderClient], ResultT]) -> ResultT:
    """Run `work`, which makes one write. It is never run again, not even after a 401: then the token is renewed for the next time.

    Raises the error family; core.write_errors.is_outcome_unknown tells whether it may have happened.
    """
    account = writing.account
    try:
        result = work(writing.client)
    except WriteRefused:
        states.works(account)  # one thing was turned down; nothing is wrong with the link
        raise
    except CredentialRejected as error:
        _note(account, error)
        raise _renewed(writing, error) from error
    except ProviderError as error:
        _note(account, error)
        raise
    finally:
        writing.guard.flush()
    states.works(account)
    return result


def _renewed(writing: Writing, rejected: CredentialRejected) -> ProviderError:
    """What to say after a 401: the token is renewed for the next time, where that can be done."""
    if not writing.authorization.header.startswith("Bearer "):
        return rejected
    try:
        fresh_access_token(writing.account, rejected=writing.authorization.header.removeprefix("Bearer "))
    except GrantEnded as error:
        return error
    except ProviderError:
        # Whatever became of the renewal, the write was refused: the status says so.
        return TryLater(rejected.provider, rejected.operation, status=rejected.status)
    return AccessRenewed(rejected.provider, rejected.operation, status=rejected.status)


class _Authorization:
    """The Authorization header of one client, read at once: its requests may run in threads, which have no database connection.

    After a while it is read again, since a long walk through a list can outlive a token.
    """

    KEEP = 30.0  # seconds; less than the margin that every token is given

    def __init__(self, account: LinkedAccount) -> None:
        self._account = account
        self.header = ""
        self._read_at = 0.0
        self()

    def __call__(self) -> str:
        if not self.header or time.monotonic() - self._read_at > self.KEEP:
            self.header, self._read_at = authorization_header(self._account), time.monotonic()
        return self.header


def _attempt(account: LinkedAccount, work: Callable[[ProviderClient], ResultT], patience: float | None) -> ResultT:
    guard = guard_for(account, _environment(account).origins)
    try:
        return _authorized(account, work, patience, guard)
    finally:
        guard.flush()


def _authorized(
    account: LinkedAccount, work: Callable[[ProviderClient], ResultT], patience: float | None, guard: HostGuard
) -> ResultT:
    authorization = _Authorization(account)
    try:
        return work(client_for(account, authorization, patience, guard))
    except CredentialRejected:
        if not authorization.header.startswith("Bearer "):
            replaced = authorization_header(account)
            if replaced == authorization.header:
                raise
            return work(client_for(account, lambda: replaced, patience, guard))
        renewed = fresh_access_token(account, rejected=authorization.header.removeprefix("Bearer "))
        return work(client_for(account, lambda: f"Bearer {renewed}", patience, guard))


def client_for(
    account: LinkedAccount,
    authorization: Callable[[], str],
    patience: float | None = None,
    guard: HostGuard | None = None,
) -> ProviderClient:
    """A client that contacts the account's environment only. Raises ClientRejected where that is not known here any more."""
    environment = _environment(account)
    pacer = None if patience is None else pacer_for(account, patience)
    door = HttpDoor(account.provider_name, environment.origins, pacer=pacer, guard=guard)
    return account.spec.client(ClientContext(environment, door, authorization, account.client_keys))


def _environment(account: LinkedAccount) -> Environment:
    try:
        return environment_of(account)
    except LookupError as error:
        # Its OAuth client names an environment that settings no longer have, or the provider's folder is gone: staff must act.
        raise ClientRejected(account.provider_name, "finding the server", detail=str(error)) from error


def _note(account: LinkedAccount, error: ProviderError) -> None:
    """What an error says about the link: a refusal of one thing leaves it as it is, a blip never unlinks anyone."""
    if isinstance(error, Paced | BudgetSpent):
        return
    failures.keep(account, error)
    if isinstance(error, AccessDenied):
        states.works(account)
    if isinstance(error, CredentialRejected) and _is_personal(account):
        # A personal access token has no refresh; a 401 is the only way its end is told.
        states.note_error(account, error)
        states.needs_relinking(account, "The provider refused the personal access token: it was deleted or changed.")
    elif isinstance(error, TryLater | ClientRejected):
        states.delayed(account, error, None)
    elif not isinstance(error, GrantEnded):
        states.note_error(account, error)


def _is_personal(account: LinkedAccount) -> bool:
    return Token.objects.filter(account=account, kind=CredentialKind.PERSONAL).exists()
