"""Linking: turning a completed grant or a personal access token into a linked account."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from accounts.models import User
from telephony.core.client import ClientContext
from telephony.core.client_config import Grant
from telephony.core.environment import Environment
from telephony.core.http import HttpDoor
from telephony.core.oauth import basic_header
from telephony.core.spec import ProviderSpec
from telephony.core.types import Identity
from telephony.models import EventKind, LinkedAccount, LinkState, OAuthClient
from telephony.services import credentials, events, log_schedule, states, text_schedule
from telephony.services.account_labels import tell_apart
from telephony.services.environments import authority_of


class LinkingRefused(Exception):
    """The account was not linked; nothing was changed. The subclasses say why."""


class LinkedBySomeoneElse(LinkingRefused):
    """Another person has linked this remote account; their link and token were not touched."""


class DifferentRemoteAccount(LinkingRefused):
    """Re-linking `expected` brought the tokens of `found`, which is another account at the provider."""

    def __init__(self, expected: LinkedAccount, found: Identity) -> None:
        super().__init__(f"expected {expected.remote_id}, found {found.remote_id}")
        self.expected = expected
        self.found = found


class AccountDisabled(LinkingRefused):
    """Staff have disabled this linked account; linking it again does not overrule them."""


class NothingToRelink(LinkingRefused):
    """The account that was to be linked again is not (any more) one of this person's."""


@dataclass(frozen=True, slots=True)
class Linked:
    """A finished link: the account, and whether it is new or had been linked by this person before."""

    account: LinkedAccount
    is_new: bool


@dataclass(frozen=True, slots=True)
class _Link:
    """What both ways of linking know about the account to be."""

    user: User
    spec: ProviderSpec
    authority: str
    identity: Identity
    client: OAuthClient | None
    granted: frozenset[str] | None


def link_grant(user: User, grant: Grant, requested: frozenset[str], relink: int | None = None) -> Linked:
    """Store a completed OAuth grant. Without scopes in the answer, those that were `requested` count as granted (RFC 6749, 5.1).

    Raises LinkedBySomeoneElse, DifferentRemoteAccount, AccountDisabled, NothingToRelink; then nothing was stored.
    """
    granted = grant.tokens.scopes if grant.tokens.scopes is not None else requested
    client = OAuthClient.objects.get(pk=grant.config.key)
    link = _Link(user, grant.config.spec, authority_of(grant.config.environment), grant.identity, client, granted)
    with transaction.atomic():
        linked = _labelled(_upsert(link, relink))
        credentials.store_grant(linked.account, grant.tokens, granted)
        _record(linked)
    return linked


def link_personal_token(
    user: User, spec: ProviderSpec, environment: Environment, token_id: str, token: str, relink: int | None = None
) -> Linked:
    """Check a personal access token against the API, then store it.

    Raises the error family (CredentialRejected, ScopeMissing, Unreachable ...) and what `link_grant` raises; then nothing was stored.
    """
    door = HttpDoor(spec.name, environment.origins)
    header = basic_header(token_id, token)
    client = spec.client(ClientContext(environment, door, lambda: header))
    identity = client.identity()
    link = _Link(user, spec, authority_of(environment), identity, None, None)
    with transaction.atomic():
        linked = _labelled(_upsert(link, relink))
        credentials.store_personal(linked.account, token_id, token)
        _record(linked)
    return linked


def personal_token_fault(spec: ProviderSpec, token_id: str, token: str) -> str | None:
    """Which of the two is malformed, "id" or "token", by the provider's loose patterns; None where both look right."""
    if spec.personal_token is None or not re.fullmatch(spec.personal_token.id_pattern, token_id):
        return "id"
    return None if re.fullmatch(spec.personal_token.token_pattern, token) else "token"


def _upsert(link: _Link, relink: int | None) -> Linked:
    account = (
        LinkedAccount.objects.select_for_update()
        .filter(provider=link.spec.slug, authority=link.authority, remote_id=link.identity.remote_id)
        .first()
    )
    _refuse_what_must_not_be(link, account, relink)
    if account is not None:
        _describe(account, link)
        account.save()
        return Linked(account, is_new=False)
    account = LinkedAccount(
        user=link.user, provider=link.spec.slug, authority=link.authority, remote_id=link.identity.remote_id
    )
    _describe(account, link)
    try:
        with transaction.atomic():
            account.save()
    except IntegrityError as error:
        # Somebody linked the same remote account between our look and our insert.
        raise LinkedBySomeoneElse(link.identity.remote_id) from error
    return Linked(account, is_new=True)


def _refuse_what_must_not_be(link: _Link, account: LinkedAccount | None, relink: int | None) -> None:
    if account is not None and account.user_id != link.user.pk:
        raise LinkedBySomeoneElse(link.identity.remote_id)
    if relink is not None:
        expected = LinkedAccount.objects.filter(pk=relink, user=link.user, provider=link.spec.slug).first()
        if expected is None:
            raise NothingToRelink(str(relink))
        if account is None or account.pk != expected.pk:
            raise DifferentRemoteAccount(expected, link.identity)
    if account is not None and account.link_state is LinkState.DISABLED:
        raise AccountDisabled(link.identity.remote_id)


def _describe(account: LinkedAccount, link: _Link) -> None:
    """Everything that linking (again) renews; facts, calls and extensions stay as they are."""
    identity = link.identity
    account.client = link.client
    if not account.label or identity.remote_id not in identity.label:  # an id does not replace a name that is known
        account.label = account.given_label = identity.label[:200]
    account.company = identity.company[:200] or account.company
    account.person = identity.person[:200] or account.person
    account.email = identity.email[:254] or account.email
    account.keys = {**account.keys, **identity.keys}
    account.granted_scopes = None if link.granted is None else sorted(link.granted)
    account.observed = {}
    states.linked(account)


def _labelled(linked: Linked) -> Linked:
    account = linked.account
    account.label = tell_apart(account.user_id, account.provider)[account.pk]
    return linked


def _record(linked: Linked) -> None:
    events.record(EventKind.LINKED if linked.is_new else EventKind.RELINKED, linked.account)
    if not linked.is_new:
        text_schedule.take_up(linked.account)
        log_schedule.take_up(linked.account)
