"""In which country a number without a country code is read: that of the chosen account, else the person's own."""

from __future__ import annotations

from collections import Counter

import phonenumbers
from django.conf import settings
from django.db.models import Count, QuerySet
from django.db.models.functions import Substr

from accounts.models import User
from telephony.core.phone import region_of
from telephony.core.regions import region_of_time_zone
from telephony.models import Extension, LinkedAccount

_LONGEST_CODE = 4  # characters of a plus and the longest country code


def home_region(user: User) -> str:
    """ISO code of the country whose national numbers the person means where no account is chosen: what she has set, else a guess."""
    return user.region or guessed_region(user)


def guessed_region(user: User) -> str:
    """The country that most of her accounts' own numbers are of; among equals, and without any, that of her clock."""
    by_clock = region_of_time_zone(user.time_zone) or str(settings.PHONENUMBER_DEFAULT_REGION)
    return _most_frequent(Extension.objects.filter(account__user=user), by_clock)


def region_for(account: LinkedAccount) -> str:
    """The country in which an account's national numbers are dialled."""
    region = account.keys.get("region")
    return region if isinstance(region, str) and region else str(settings.PHONENUMBER_DEFAULT_REGION)


def region_dialled_from(account: LinkedAccount, own_number: str, home: str) -> str:
    """The same for one of its devices or senders, for a number that is typed: that of its own number where it has one.

    An account whose country the provider does not tell has that of most of its numbers, and without any the person's, `home`.
    """
    by_number = region_of(own_number) if own_number.startswith("+") else None
    if by_number or account.keys.get("region"):
        return by_number or region_for(account)
    return _most_frequent(Extension.objects.filter(account=account), home)


def _most_frequent(extensions: QuerySet[Extension], preferred: str) -> str:
    """The country that most of these have a number of; `preferred` among equals, and where there is none."""
    counts: Counter[str] = Counter()
    own = extensions.filter(gone_at=None, number__startswith="+")
    for beginning, count in own.order_by().values_list(Substr("number", 1, _LONGEST_CODE)).annotate(Count("pk")):
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
