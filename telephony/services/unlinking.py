"""Unlinking: revoke at the provider where that is possible, say what was not, and forget everything here."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext_noop

from accounts.models import User
from telephony.core.errors import ProviderError
from telephony.models import CredentialKind, EventKind, LinkedAccount, SecretUnreadable, Token
from telephony.services import events, states, token_store
from telephony.services.account_labels import tell_apart

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class UnlinkReport:
    """What became of one account. `remark` says in the person's language what could not be revoked and what to do; "" if all was."""

    label: str
    revoked: bool
    remark: str


def unlink(account: LinkedAccount, *, actor: User | None = None) -> UnlinkReport:
    """Revoke and delete a linked account with its tokens, calls and readings. Never raises: what fails is in the report."""
    states.unlinking(account, actor)
    report = _revoke(account)
    with transaction.atomic():
        events.record(
            EventKind.UNLINKED,
            account,
            report.remark or gettext_noop("Revoked at the provider."),
            actor=actor,
            gone=True,
        )
        account.delete()
        tell_apart(account.user_id, account.provider)
    return report


def prospect(account: LinkedAccount) -> str:
    """What unlinking will do at the provider, in the person's language, without asking anybody."""
    from telephony.services.remarks import not_revocable, personal_token_stays, revoked_at_provider

    if account.client is None:
        return personal_token_stays(account)
    try:
        revocable = account.spec.endpoints(account.client.resolved_environment()).revoke
    except LookupError:
        revocable = ""
    return revoked_at_provider(account) if revocable else not_revocable(account)


def unlink_all(user: User) -> list[UnlinkReport]:
    """Unlink everything of a person, before her own account is deleted."""
    return [unlink(account) for account in LinkedAccount.objects.filter(user=user)]


def _revoke(account: LinkedAccount) -> UnlinkReport:
    from telephony.services.remarks import not_revocable, not_revoked, personal_token_stays

    token_store.replay(account.pk)  # what is revoked must be the last pair that was received
    token = Token.objects.filter(account=account).first()
    label = str(account)
    if token is None:
        return UnlinkReport(label, revoked=True, remark="")
    if token.kind == CredentialKind.PERSONAL:
        return UnlinkReport(label, revoked=False, remark=personal_token_stays(account))
    try:
        if account.client is None or not account.client.config().endpoints.revoke:
            return UnlinkReport(label, revoked=False, remark=not_revocable(account))
        _revoke_tokens(account, token)
    except (ProviderError, SecretUnreadable, LookupError) as error:
        log.warning("%s could not be revoked: %s", account, error)
        return UnlinkReport(label, revoked=False, remark=not_revoked(account))
    return UnlinkReport(label, revoked=True, remark="")


def _revoke_tokens(account: LinkedAccount, token: Token) -> None:
    """The refresh token first: ending it ends the grant; the access token only where there is no refresh token (RFC 7009, 2.1)."""
    assert account.client is not None  # noqa: S101  # checked by the caller
    endpoint = account.client.config().token_endpoint()
    if token.refresh_token:
        endpoint.revoke(token.refresh_token.reveal(token.purpose), "refresh_token")
    else:
        endpoint.revoke(token.access_token.reveal(token.purpose), "access_token")
