"""Talking to the provider of a linked account: the one place where an account, its token and its client come together."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from telephony.core.client import ClientContext, ProviderClient
from telephony.core.errors import AccessDenied, ClientRejected, CredentialRejected, GrantEnded, ProviderError, TryLater
from telephony.core.http import HttpDoor
from telephony.models import CredentialKind, LinkedAccount, Token
from telephony.services import states
from telephony.services.environments import environment_of
from telephony.services.pacing import PAGE_PATIENCE, Paced, pacer_for
from telephony.services.tokens import authorization_header, fresh_access_token

ResultT = TypeVar("ResultT")


def with_client(
    account: LinkedAccount, work: Callable[[ProviderClient], ResultT], *, patience: float = PAGE_PATIENCE
) -> ResultT:
    """Run `work` with a client for the account, once more with a renewed token after a 401.

    `patience` is how many seconds a request may wait for its place in the provider's rate limits before Paced is raised.

    Raises the error family. The account's state, last use and last error are kept up to date on the way.
    """
    if not account.usable:
        raise GrantEnded(account.provider_name, "reading the account", detail=f"the account is {account.state}")
    try:
        result = _attempt(account, work, patience)
    except Paced:
        raise
    except ProviderError as error:
        _note(account, error)
        raise
    states.works(account)
    return result


def _attempt(account: LinkedAccount, work: Callable[[ProviderClient], ResultT], patience: float) -> ResultT:
    used: list[str] = []

    def authorization() -> str:
        header = authorization_header(account)
        used.append(header)
        return header

    try:
        return work(client_for(account, authorization, patience))
    except CredentialRejected:
        if not used or not used[-1].startswith("Bearer "):
            raise
        renewed = fresh_access_token(account, rejected=used[-1].removeprefix("Bearer "))
        return work(client_for(account, lambda: f"Bearer {renewed}", patience))


def client_for(
    account: LinkedAccount, authorization: Callable[[], str], patience: float = PAGE_PATIENCE
) -> ProviderClient:
    """A client that contacts the account's environment only. Raises ClientRejected where that is not known here any more."""
    try:
        environment = environment_of(account)
    except LookupError as error:
        # Its OAuth client names an environment that settings no longer have, or the provider's folder is gone: staff must act.
        raise ClientRejected(account.provider_name, "finding the server", detail=str(error)) from error
    door = HttpDoor(account.provider_name, environment.origins, pacer=pacer_for(account, patience))
    return account.spec.client(ClientContext(environment, door, authorization, account.keys))


def _note(account: LinkedAccount, error: ProviderError) -> None:
    """What an error says about the link: a refusal of one thing leaves it as it is, a blip never unlinks anyone."""
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
