"""Addresses that carry a query: of the linking flow, which belongs to allauth's URLs, and of the page that starts a call."""

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


def call_url(number: str, account: LinkedAccount | None = None, **more: object) -> str:
    """The page that starts a call, with the number and the account filled in."""
    query = {"number": number, "account": account.pk if account else None, **more}
    given = urlencode({name: value for name, value in query.items() if value})
    page = reverse("telephony:start_call")
    return f"{page}?{given}" if given else page
