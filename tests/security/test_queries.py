"""Whatever stands in an address after the question mark: an answer, never a crash, and never a filter of the database."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from telephony.core.testing.effort import takes_seconds
from tests.security.addresses import addresses
from tests.security.world import HERS, Who, World

HOSTILE = [
    "_connector=OR&_negated=1",
    "_connector=OR 1%3D1 --&id__gte=0",
    "user=1&user__isnull=False&user__email__startswith=a",
    "account__user__email=ada%40example.org",
    "ordering=user__password&sort=user__password&order_by=-pk&o=-1.2.x",
    "sort=caller_name%22%3B--&ordering=a.b%22&o=1%27",
    "page=-1&per_page=1e9&page=99999999999999999999",
    "q=%00&number=%00&account=%00&kind=%00&since=%00&p=%00",
    "q=%FF%FE&number=%F0%28%8C%28",
    "q=%27%20OR%201%3D1--&number=%25%25%25%5F&query=%22%29%3B--",
    "since=0000-00-00&until=99999-99-99&at=o%3A%3A",
    "account=-1&account=x&account=9999999999999999999999",
    "format=../../etc/passwd&column=user__password&column=token__access_token&columns=__class__",
    "_popup=1&_to_field=password&_changelist_filters=%3D%26",
    "e=1&all=&lang=../../x&next=//evil.example",
    "process=connect&client=%27&relink=%27&scope=%00&state=%00&code=%00&iss=%00&error=%00",
    "id__exact=1&token__access_token__startswith=v1&client__client_secret__startswith=v1&user__password__startswith=md5",
    "x[]=1&x[a]=2&x=" + "9" * 4000,
    "&".join(f"a{n}=1" for n in range(900)),
]


# Pages that take their query apart meet all of it, every other address one of it.
SEARCHING = re.compile(
    "telephony:(calls|account_call_list|export_calls|statistics|phone_book|messages)"
    "|admin:telephony_(linkedaccount|oauthclient)_changelist"
)
LEFT_OUT = {
    "account_logout",
    "admin:logout",
    "telephony:shared_view",
}  # the last one tells the view's name to whoever has its link


@takes_seconds
@pytest.mark.parametrize("who", [Who.STRANGER, Who.ROOT], ids=lambda who: who.value)
def test_no_hostile_query_breaks_a_page_or_shows_more(who: Who, world: World) -> None:
    browser = world.browser(who, raise_request_exception=False)
    broken, leaks = [], []
    for place, address in enumerate(addresses()):
        if address.name in LEFT_OUT or address.name.startswith("admin") != (who is Who.ROOT):
            continue
        for query in HOSTILE if SEARCHING.fullmatch(address.name) else [HOSTILE[place % len(HOSTILE)]]:
            response = browser.get(f"{address.path(world.keys)}?{query}")
            if response.status_code >= 500:
                broken.append(f"{address.name}?{query[:80]}")
            if who is Who.STRANGER and not response.streaming and HERS.encode() in response.content:
                leaks.append(f"{address.name}?{query[:80]}")

    assert broken == []
    assert leaks == []


def test_too_many_fields_are_refused_and_not_counted(db: None) -> None:
    browser = Client(raise_request_exception=False)
    many = "&".join(f"a{n}=1" for n in range(2000))

    assert browser.get(f"/accounts/login/?{many}").status_code == 400
    assert browser.post("/accounts/login/", many, content_type="application/x-www-form-urlencoded").status_code == 400


PATHS = [
    "/%00",
    "/telephony/accounts/9999999999999999999999/",
    "/telephony/../admin/",
    "/accounts/%2e%2e/",
    "/%ED%A0%80",
]


@pytest.mark.parametrize("path", PATHS)
def test_no_hostile_path_breaks_the_site(path: str, world: World) -> None:
    browser = world.browser(Who.STRANGER, raise_request_exception=False)

    assert browser.get(path).status_code < 500
