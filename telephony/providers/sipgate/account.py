"""sipgate's account, user and balance in our terms. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from telephony.core.http import Reply
from telephony.core.payload import boolean, text
from telephony.core.types import AccountFacts, Fact, Identity, Money
from telephony.providers.sipgate.directory import user_name
from telephony.providers.sipgate.vocabulary import PRODUCTS

Row = Mapping[str, Any]
UNITS = 10_000  # of the balance in one euro or other currency unit
_LARGEST_BALANCE = 10**15

_HISTORY_LIFE_TIMES = {"NONE": _("not kept"), "THIRTY_DAYS": _("30 days"), "UNLIMITED": _("unlimited")}
_REGION_OF_DOMAIN = {"sipgate.de": "DE", "sipgate.co.uk": "GB", "sipgate.at": "AT"}


def identity(reply: Reply) -> Identity:
    """Who the credentials belong to, from userinfo. Raises UnusableReply without both halves of the id.

    `sub` (w0) repeats in every account, so the account's own id stands before it, as in the push API's fullUserId.
    """
    row = reply.json_object()
    account, user = text(row.get("masterSipId"), limit=60), text(row.get("sub"), limit=60)
    if not account or not user or any(character.isspace() for character in account + user):
        raise reply.unusable("the answer does not say whose credentials these are")
    keys = {"account": account, "user": user}
    if region := _region(row):
        keys["region"] = region
    return Identity(remote_id=account + user, label=f"sipgate {account}{user}", keys=keys)


def _region(row: Row) -> str:
    """The account's country: that of its domain, else that of the locale (de_DE)."""
    country = text(row.get("locale"), limit=20).partition("_")[2]
    known = _REGION_OF_DOMAIN.get(text(row.get("domain"), limit=60).lower())
    return known or (country if len(country) == 2 and country.isascii() and country.isupper() else "")


def facts(account: Row, user: Row, *, account_id: str, neo: bool | None) -> AccountFacts:
    """What the account page shows. `user` is {} where the person's own entry may not be read."""
    unknowns: list[str] = []
    plan = _plan(account, unknowns)
    system: dict[bool | None, str | Promise] = {True: "neo", False: _("classic"), None: ""}
    lines: tuple[tuple[Any, str | Promise], ...] = (
        (_("sipgate ID"), account_id),
        (_("Product"), plan),
        (_("Telephone system"), system[neo]),
        (_("Events are kept"), _history_life_time(account, unknowns)),
        (_("Time zone"), text(user.get("timezone"), limit=80)),
    )
    return AccountFacts(
        company=text(account.get("company"), limit=200),
        person=user_name(user) if user else "",
        email=text(user.get("email"), limit=200),
        plan=plan,
        verified=boolean(account.get("verified")),
        is_admin=boolean(user.get("admin")),
        facts=tuple(Fact(label, value) for label, value in lines if value),
        keys={} if neo is None else {"neo": neo},
        unknown_values=tuple(unknowns),
    )


def _plan(account: Row, unknowns: list[str]) -> str:
    product = text(account.get("mainProductType"), limit=80)
    if product in ("", "UNKNOWN"):
        return ""
    if product not in PRODUCTS:
        unknowns.append(f"mainProductType={product}")
    return f"sipgate {PRODUCTS.get(product, product)}"


def _history_life_time(account: Row, unknowns: list[str]) -> str | Promise:
    value = text(account.get("historyLifeTime"), limit=80)
    if value and value not in _HISTORY_LIFE_TIMES:
        unknowns.append(f"historyLifeTime={value}")
    return _HISTORY_LIFE_TIMES.get(value, value)


def money(reply: Reply) -> Money:
    """The prepaid balance: `amount` counts ten-thousandths (sipgate's sample application divides by 10000).

    Raises UnusableReply for anything but a whole number and a currency code: a balance is never guessed.
    """
    row = reply.json_object()
    amount, currency = _whole_number(row.get("amount")), text(row.get("currency"), limit=8).upper()
    if amount is None or abs(amount) >= _LARGEST_BALANCE:
        raise reply.unusable("the balance is not a whole number")
    if len(currency) != 3 or not (currency.isascii() and currency.isalpha()):
        raise reply.unusable("the balance has no currency")
    return Money(Decimal(amount) / UNITS, currency)


def _whole_number(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    bare = value.removeprefix("-") if isinstance(value, str) else ""
    return int(str(value)) if bare.isascii() and bare.isdigit() and len(bare) < 20 else None


def company(keys: Row) -> str:
    """The sipgate account of a link: history entries have one id for all its users."""
    return text(keys.get("account"))
