"""Who the linked person is: profile, accounts and lines, out of three answers that each tell a part.

Nothing here is certain to be there. Which keys the answers have was seen in parts only, so everything is read with a default.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from telephony.core import payload
from telephony.core.types import CHOSEN_SYSTEM, Json, TelephoneSystem

GETGO = "urn:scim:schemas:extension:getgo:1.0"
ADMIN_ENTITLEMENT = "acctadmin"
# What an account is entitled to, by the names that have been seen; Jive is what GoTo Connect was called.
PRODUCTS = {"gotoconnect": "GoTo Connect", "jive": "GoTo Connect"}
_LARGEST_EXACT_FLOAT = 2.0**53


@dataclass(frozen=True, slots=True)
class Account:
    """One account of the person. `admin` is None where no answer told; `products` are names for people."""

    key: str
    name: str = ""
    organization_id: str = ""
    admin: bool | None = None
    connect: bool = False
    products: tuple[str, ...] = ()

    def as_keys(self) -> dict[str, Any]:
        """What is kept beside the link."""
        kept = asdict(self)
        kept.pop("products")
        return kept


@dataclass(frozen=True, slots=True)
class Line:
    """One telephone line of the person. `region` is the ISO code of the country that its national numbers are of."""

    id: str
    number: str = ""
    name: str = ""
    region: str = ""
    account_key: str = ""
    primary: bool = False


@dataclass(frozen=True, slots=True)
class Profile:
    """The SCIM record of the signed-in user."""

    user_key: str
    person: str
    email: str
    accounts: tuple[Account, ...]


def key_text(value: Any) -> str:
    """A user or account key as text. Keys have up to 22 digits: a float that lost some of them is no key."""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < _LARGEST_EXACT_FLOAT else ""
    key = payload.text(value, limit=100)
    return "" if any(character.isspace() for character in key) else key


def profile(body: Json) -> Profile:
    """`GET /identity/v1/Users/me`. `user_key` is "" where there is no usable id."""
    name = payload.mapping(body.get("name"))
    parts = [payload.text(name.get(part), limit=200) for part in ("givenName", "familyName")]
    user_name = payload.text(body.get("userName"), limit=254)
    listed = [payload.text(entry.get("value"), limit=254) for entry in _primary_first(body.get("emails"))]
    return Profile(
        user_key=key_text(body.get("id")),
        person=payload.text(body.get("displayName"), limit=200)
        or payload.text(name.get("formatted"), limit=200)
        or " ".join(filter(None, parts)),
        email=next(filter(None, listed), user_name if "@" in user_name else ""),
        accounts=merged(_scim_accounts(body)),
    )


def _primary_first(value: Any) -> list[Mapping[str, Any]]:
    return sorted(payload.mappings(value), key=lambda entry: entry.get("primary") is not True)


def _scim_accounts(body: Json) -> Iterator[Account]:
    """The accounts, in GoTo's own schema or, as also seen, at the top of the record."""
    for place in (payload.mapping(body.get(GETGO)), body):
        for entry in payload.mappings(place.get("accounts")):
            entitlements = entry.get("entitlements")
            names = [name.lower() for name in payload.texts(entitlements)]
            yield Account(
                key=key_text(entry.get("value")),
                name=payload.text(entry.get("display"), limit=200),
                admin=ADMIN_ENTITLEMENT in names if isinstance(entitlements, list) else None,
                connect=any(name in PRODUCTS for name in names),
                products=tuple(dict.fromkeys(PRODUCTS.get(name, name) for name in names if name != ADMIN_ENTITLEMENT)),
            )


def membership(row: Json) -> Account:
    """One item of `GET /users/v1/me`; key "" where it has none. Whoever is listed there has GoTo Connect."""
    return Account(
        key=key_text(row.get("accountKey")),
        name=payload.text(row.get("organizationName"), limit=200),
        organization_id=payload.text(row.get("organizationId"), limit=100),
        connect=True,
    )


def outgoing_numbers(row: Json) -> tuple[str, ...]:
    """The numbers that the person may call from, of one item of `GET /users/v1/me`."""
    entries = payload.mappings(row.get("outboundPhoneNumbers"))
    return tuple(filter(None, (payload.text(entry.get("number"), limit=60) for entry in entries)))


def line(row: Json) -> Line | None:
    """One item of `GET /users/v1/lines`, None for one without an id."""
    line_id = payload.text(row.get("id"), limit=100)
    if not line_id:
        return None
    return Line(
        id=line_id,
        number=payload.text(row.get("number"), limit=60),
        name=payload.text(row.get("name"), limit=200),
        region=payload.text(row.get("region"), limit=2).upper(),
        account_key=key_text(row.get("accountKey")),
        primary=row.get("primary") is True,
    )


def account_of_line(row: Json) -> Account:
    """What a line tells about its account."""
    organization = payload.mapping(row.get("organization"))
    return Account(
        key=key_text(row.get("accountKey")),
        name=payload.text(organization.get("name"), limit=200),
        organization_id=payload.text(organization.get("id"), limit=100),
        connect=True,
    )


def merged(accounts: Iterable[Account]) -> tuple[Account, ...]:
    """One Account per key in the order of first sight; what comes first wins, later entries fill its gaps."""
    found: dict[str, Account] = {}
    for account in accounts:
        if not account.key:
            continue
        known = found.get(account.key, account)
        found[account.key] = replace(
            known,
            name=known.name or account.name,
            organization_id=known.organization_id or account.organization_id,
            admin=account.admin if known.admin is None else known.admin,
            connect=known.connect or account.connect,
            products=known.products or account.products,
        )
    return tuple(found.values())


def chosen(accounts: Iterable[Account], wanted: str) -> Account | None:
    """The account to read: the wanted one where the person still has it, else the first with GoTo Connect, else the first."""
    known = list(accounts)
    wishes = (
        [account for account in known if account.key == wanted],
        [account for account in known if account.connect],
        known,
    )
    return next((found[0] for found in wishes if found), None)


def accounts_from_keys(keys: Json) -> tuple[Account, ...]:
    """The accounts that `keys` keeps."""
    return merged(
        Account(
            key=key_text(entry.get("key")),
            name=payload.text(entry.get("name")),
            organization_id=payload.text(entry.get("organization_id")),
            admin=payload.boolean(entry.get("admin")),
            connect=entry.get("connect") is True,
        )
        for entry in payload.mappings(keys.get("accounts"))
    )


def systems(keys: Json) -> tuple[TelephoneSystem, ...]:
    """The accounts that a link's keys name, as the telephone systems that a person can choose among."""
    accounts = accounts_from_keys(keys)
    read = chosen(accounts, key_text(keys.get(CHOSEN_SYSTEM)))
    return tuple(TelephoneSystem(account.key, account.name or account.key, account is read) for account in accounts)


def scopes_of(authorization: str) -> frozenset[str]:
    """The scopes that an access token names in its claim `sc`, unverified: a hint that saves a request sure to be refused.

    Empty for a token that cannot be read; GoTo may change its form at any time.
    """
    try:
        claims = authorization.split(".")[1]
        body = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    except (IndexError, ValueError, RecursionError):
        return frozenset()
    named = payload.mapping(body).get("sc")
    return frozenset(named.split() if isinstance(named, str) else payload.texts(named))


def company(keys: Json) -> str:
    """The account that is read of those that a link's keys name."""
    account = chosen(accounts_from_keys(keys), key_text(keys.get(CHOSEN_SYSTEM)))
    return account.key if account else ""
