"""Finding a linked account by anything that a caller at the support desk can tell."""

from __future__ import annotations

import re

from django.db.models import Exists, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast

from telephony.core.call_filter import CallFilter
from telephony.models import Extension, LinkedAccount

LIKE_A_NUMBER = re.compile(r"[+(]?[\d\s()/.\-]{3,40}")
COLUMNS = ("user__email", "user__name", "label", "company", "person", "email", "remote_id")


def search(found: QuerySet[LinkedAccount], text: str) -> QuerySet[LinkedAccount]:
    """Accounts that match every word, by person, e-mail address, name, company or id at the provider; or by a phone number.

    A text that can be a phone number is taken as one whole, however it is written, and looked for in the accounts' extensions as well.
    """
    text = text.replace("\x00", "").strip()
    if LIKE_A_NUMBER.fullmatch(text):
        return found.filter(_any_column(text) | Q(_has_number(text)))
    for word in text.split():
        found = found.filter(_any_column(word))
    return found


def _any_column(word: str) -> Q:
    return Q.create([(f"{column}__icontains", word) for column in COLUMNS], connector=Q.OR)


def _has_number(text: str) -> Exists:
    digits = CallFilter(number=text).number_digits or "0"
    owned = Extension.objects.filter(account=OuterRef("pk"), gone_at=None).annotate(
        all_numbers=Cast("numbers", TextField())
    )
    return Exists(owned.filter(Q(number__contains=digits) | Q(all_numbers__contains=digits)))
