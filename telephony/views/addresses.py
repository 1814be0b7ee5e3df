"""Addresses of the linking flow, which belong to allauth's URLs and carry a query."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlencode

from django.urls import reverse

from telephony.models import LinkedAccount


def linking_url(provider: str, client: int | None = None, relink: int | None = None, scopes: Iterable[str] = ()) -> str:
    """Where linking starts: at one OAuth client, for one account that is linked again, with further scopes."""
    query = {"process": "connect", "client": client, "relink": relink, "scope": " ".join(scopes)}
    given = urlencode({name: value for name, value in query.items() if value})
    return f"{reverse(f'{provider}_login')}?{given}"


def relink_url(account: LinkedAccount, scopes: Iterable[str] = ()) -> str:
    """Where an account is linked again the way it was linked before: by OAuth, or with a new personal access token."""
    if account.client is None:
        return f"{reverse('telephony:link_token', args=[account.provider])}?{urlencode({'relink': account.pk})}"
    client = account.client.pk if account.client.enabled else None
    return linking_url(account.provider, client, account.pk, scopes)
