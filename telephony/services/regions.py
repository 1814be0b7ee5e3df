"""In which country a number without a country code is read: that of the chosen account, else the person's own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cached_property

import phonenumbers
from django.conf import settings
from django.db.models import Count, QuerySet
from django.db.models.functions import Substr

from accounts.models import User
from telephony.core.phone import SHORTEST_OUTSIDE_NUMBER, digits, region_of
from telephony.core.regions import region_of_time_zone
from telephony.models import Extension, LinkedAccount

_LONGEST_CODE = 4  # characters of a plus and the longest country code
_BEGINNING = Substr("number", 1, _LONGEST_CODE)


def home_region(user: User) -> str:
    """ISO code of the country whose national numbers the person means where no account is chosen: what she has set, else a guess."""
    return user.region or guessed_region(user)


def guessed_region(user: User) -> str:
    """The country that most of her accounts' own numbers are of; among equals, and without any, that of her clock."""
    by_clock = region_of_time_zone(user.time_zone) or str(settings.PHONENUMBER_DEFAULT_REGION)
    return _most_frequent(
        _own_numbers().filter(account__user=user).values_list(_BEGINNING).annotate(Count("pk")), by_clock
    )


class Regions:
    """The countries in which the national numbers of some accounts, all of one person, are dialled.

    What the provider tells needs no query. For accounts whose provider tells none, one query for all of them counts their own numbers, when
    the first of them is asked about: a list without a national number asks nothing.
    """

    def __init__(self, accounts: Iterable[LinkedAccount] = ()) -> None:
        self._accounts = tuple(accounts)
        self._homes: dict[int, str] = {}

    def of(self, account: LinkedAccount, home: str = "") -> str:
        """The country of one account; without own numbers either, `home`, the person's."""
        return _told(account) or self._guessed.get(account.pk) or home or self._home(account)

    @cached_property
    def _guessed(self) -> dict[int, str]:
        untold = [account.pk for account in self._accounts if not _told(account)]
        own = _own_numbers().filter(account__in=untold)
        rows = own.values_list("account", _BEGINNING).annotate(Count("pk"))
        counted: dict[int, list[tuple[str, int]]] = {}
        for pk, beginning, count in rows:
            counted.setdefault(pk, []).append((beginning, count))
        return {pk: _most_frequent(counts, "") for pk, counts in counted.items()}

    def _home(self, account: LinkedAccount) -> str:
        if account.user_id not in self._homes:
            self._homes[account.user_id] = home_region(account.user)
        return self._homes[account.user_id]


def region_for(account: LinkedAccount, home: str = "") -> str:
    """The country in which one account's national numbers are dialled; for the accounts of a list, see Regions."""
    return Regions([account]).of(account, home)


def depends_on_region(number: str) -> bool:
    """Whether a number is another one in another country: it has no country code, and is longer than an extension or a short code."""
    return not number.lstrip().startswith(("+", "00")) and len(digits(number)) >= SHORTEST_OUTSIDE_NUMBER


def region_dialled_from(account: LinkedAccount, own_number: str, home: str, regions: Regions | None = None) -> str:
    """The same for one of its devices or senders, for a number that is typed: that of its own number where it has one."""
    by_number = region_of(own_number) if own_number.startswith("+") else None
    return by_number or (regions or Regions([account])).of(account, home)


def _own_numbers() -> QuerySet[Extension]:
    """Those with a country code, which is in their beginning."""
    return Extension.objects.filter(gone_at=None, number__startswith="+").order_by()


def _told(account: LinkedAccount) -> str:
    region = account.keys.get("region")
    return region if isinstance(region, str) else ""


def _most_frequent(beginnings: Iterable[tuple[str, int]], preferred: str) -> str:
    """The country that most of these have a number of; `preferred` among equals, and where there is none."""
    counts: Counter[str] = Counter()
    for beginning, count in beginnings:
        if region := _region_by_beginning(beginning):
            counts[region] += count
    return max(sorted(counts), key=lambda region: (counts[region], region == preferred), default=preferred)


def _region_by_beginning(beginning: str) -> str | None:
    """The country of a plus and the three digits behind it; country codes are such that only one of them fits."""
    for length in range(2, _LONGEST_CODE + 1):
        code = beginning[1:length]
        region = str(phonenumbers.region_code_for_country_code(int(code))) if code.isdecimal() else "ZZ"
        if region != phonenumbers.UNKNOWN_REGION:
            return None if region == phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY else region
    return None
