"""The failed requests of an account, kept in words for whoever asks why it is not updated."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import DatabaseError, transaction
from django.utils import timezone
from django.utils.translation import override

from telephony.core.errors import ProviderError
from telephony.core.sent import without_numbers
from telephony.models import FailedRequest, LinkedAccount

log = logging.getLogger(__name__)

MOST_KEPT = 200  # for each account
KEPT_FOR = timedelta(days=30)


def keep(account: LinkedAccount, error: ProviderError) -> None:
    """Store the request that an error tells of, once; nothing where none was sent. Never raises: the page matters more."""
    request = error.request
    if request is None:
        return
    error.request = None  # the same error may be seen again on its way up
    with override("en"):
        sentence, next_step = error.sentence, error.next_step
    failed = FailedRequest(
        account=account,
        at=request.at,
        operation=error.operation[:100],
        method=request.method[:10],
        host=request.host[:200],
        path=request.path[:300],
        status=error.status,
        code=error.code[:40],
        request_id=error.request_id[:100],
        milliseconds=request.milliseconds,
        sentence=without_numbers(sentence)[:400],
        next_step=next_step[:400],
    )
    try:
        with transaction.atomic():
            failed.save()
            _drop_beyond(account)
    except DatabaseError:
        log.warning("%s: a failed request could not be kept", account.pk, exc_info=True)


def _drop_beyond(account: LinkedAccount) -> None:
    found = FailedRequest.objects.filter(account=account).order_by("-pk")
    beyond = found.values_list("pk", flat=True)[MOST_KEPT : MOST_KEPT + 1]
    if oldest := next(iter(beyond), None):
        found.filter(pk__lte=oldest).delete()


def purge() -> int:
    """Delete what is too old; gives how many."""
    deleted, _by_model = FailedRequest.objects.filter(at__lt=timezone.now() - KEPT_FOR).delete()
    return deleted
