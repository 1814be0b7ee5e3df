"""Opening and keeping the sealed credentials of a linked account."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from telephony.core.errors import GrantEnded
from telephony.core.oauth import TokenSet
from telephony.core.spec import ProviderSpec
from telephony.models import CredentialKind, LinkedAccount, Secret, SecretUnreadable, Token
from telephony.models.encrypted import fingerprint, primary_key_id
from telephony.services import states

LEAST_BETWEEN = timedelta(minutes=2)  # providers tell lifetimes in whole seconds, and answers take some


def token_of(account: LinkedAccount) -> Token:
    """The account's token row, read anew. Raises GrantEnded where there is none."""
    token = Token.objects.filter(account_id=account.pk).first()
    if token is None:
        raise GrantEnded(account.provider_name, "looking up the token", detail="no token is stored")
    return token


def open_access_token(account: LinkedAccount, token: Token) -> str:
    """The access token, or ``token id:token`` of a personal one. Raises GrantEnded where it cannot be read."""
    return _open(account, token, token.access_token)


def open_refresh_token(account: LinkedAccount, token: Token) -> str:
    """The refresh token. Raises GrantEnded where it cannot be read."""
    return _open(account, token, token.refresh_token)


def _open(account: LinkedAccount, token: Token, secret: Secret) -> str:
    try:
        return secret.reveal(token.purpose)
    except SecretUnreadable as error:
        states.needs_relinking(account, f"The stored token cannot be read: {error}. It is kept as it is.")
        raise GrantEnded(account.provider_name, "reading the stored token", detail=str(error)) from error


def token_columns(spec: ProviderSpec, token: Token, tokens: TokenSet) -> dict[str, object]:
    """The columns that a token answer sets. The old refresh token stays where the answer has none (GoTo's usual answer)."""
    columns: dict[str, object] = {
        "access_token": Secret.seal(tokens.access_token, token.purpose),
        "fingerprint": fingerprint(tokens.access_token),
        "key_id": primary_key_id(),
        "obtained_at": tokens.received_at,
        "expires_at": tokens.expires_at,
    }
    if tokens.refresh_token:
        lifetime = timedelta(seconds=spec.refresh_rule.refresh_lifetime)
        columns |= {
            "refresh_token": Secret.seal(tokens.refresh_token, token.purpose),
            "refresh_obtained_at": tokens.received_at,
            "refresh_expires_at": tokens.refresh_expires_at or tokens.received_at + lifetime,
            "end_is_fixed": _end_stays(token, tokens),
        }
    return columns


def _end_stays(token: Token, tokens: TokenSet) -> bool:
    """Whether a renewal has left the end of the link where it was. Two renewals within a moment show nothing new."""
    if token.refresh_obtained_at is None or token.refresh_expires_at is None or tokens.refresh_expires_at is None:
        return False
    passed = tokens.received_at - token.refresh_obtained_at
    if passed < LEAST_BETWEEN:
        return token.end_is_fixed
    return tokens.refresh_expires_at - token.refresh_expires_at < passed / 2


def store_grant(account: LinkedAccount, tokens: TokenSet, scopes: frozenset[str]) -> Token:
    """Keep the tokens of a completed grant, replacing older ones. The caller holds the transaction.

    The generation moves on, so a refresh of the old tokens that is still under way cannot overwrite these.
    """
    token = _renewed(account, CredentialKind.OAUTH)
    for name, value in token_columns(account.spec, token, tokens).items():
        setattr(token, name, value)
    token.scopes = sorted(scopes)
    token.save()
    return token


def store_personal(account: LinkedAccount, token_id: str, secret: str) -> Token:
    """Keep a personal access token. The caller holds the transaction."""
    token = _renewed(account, CredentialKind.PERSONAL)
    token.access_token = Secret.seal(f"{token_id}:{secret}", token.purpose)
    token.fingerprint, token.key_id = fingerprint(secret), primary_key_id()
    token.obtained_at, token.expires_at, token.scopes = timezone.now(), None, None
    token.save()
    return token


def _renewed(account: LinkedAccount, kind: CredentialKind) -> Token:
    """The account's token row, locked, one generation on, with nothing left of earlier credentials or attempts."""
    token = Token.objects.select_for_update().filter(account=account).first() or Token(account=account, generation=0)
    token.kind = kind
    token.generation += 1
    token.granted_at, token.end_is_fixed = timezone.now(), False
    token.refresh_token = Secret("")
    token.refresh_obtained_at = token.refresh_expires_at = None
    token.lease_owner, token.lease_until = "", None
    token.attempt_fingerprint, token.attempt_started_at = "", None
    token.failures, token.cooldown_until = 0, None
    return token
