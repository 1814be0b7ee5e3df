"""What became of sent texts, and which texts came in: asked of the provider again and again, each time less often."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from telephony.core.client import ProviderClient, SendsTexts
from telephony.core.errors import AccessDenied, ProviderError
from telephony.core.phone import digits
from telephony.core.texts import TextRecord, TextStatus, same_body
from telephony.models import ActState, LinkedAccount, Message, ReceivedText, TextBox
from telephony.services import acts
from telephony.services.forgetting import forgotten_by
from telephony.services.gateway import with_client
from telephony.services.retention import limits
from telephony.services.text_schedule import CHECKS, due
from telephony.services.texting import lacking_reading_scopes, text_box

CLAIM = timedelta(minutes=1)
CLOCK_DIFFERENCE = timedelta(minutes=1)
INBOX_EVERY = timedelta(minutes=10)
INBOX_FRESH_FOR = timedelta(seconds=30)
INBOX_AGAIN_AFTER = timedelta(minutes=1)  # after an error; nobody waits for a provider that is away with every page
FIRST_INBOX = timedelta(days=30)
OVERLAP = timedelta(hours=1)


def due_messages(limit: int = 200) -> list[int]:
    """Ids of messages to look after now, each given to one caller only; those whose worker died are settled here."""
    acts.settle_lost(Message)
    return [pk for pk in due().values_list("pk", flat=True)[:limit] if _claim(pk)]


def _claim(pk: int) -> bool:
    # The account is joined in the inner query: an UPDATE can join nothing.
    return bool(Message.objects.filter(pk__in=due().filter(pk=pk)).update(next_check_at=timezone.now() + CLAIM))


def follow_if_due(message: Message) -> Message:
    """Look now, where it is time to and nobody else does: for a page that is open while no worker runs."""
    if message.next_check_at and message.next_check_at <= timezone.now() and _claim(message.pk):
        follow(message)
    return message


def follow(message: Message) -> None:
    """Ask the provider what became of a text, and note it. Never raises ProviderError: then it is asked again later."""
    account = message.account
    if not account.usable:
        return  # it stays due, for when it is
    if lacking_reading_scopes(account):
        _note(message, next_check_at=None)  # until the permission is granted: `text_schedule.take_up`
        return
    try:
        found = with_client(account, lambda client: _sent(client, message))
    except AccessDenied:
        _note(message, next_check_at=None)  # asking again would be refused again, until it is linked again
    except ProviderError:
        _again(message)
    else:
        record = _match(message, found)
        _again(message) if record is None else _learn(message, record)


def _sent(client: ProviderClient, message: Message) -> tuple[TextRecord, ...]:
    if not isinstance(client, SendsTexts):
        return ()
    return client.sent_texts(message.sender, message.recipient, message.claimed_at or message.asked_at)


def _match(message: Message, records: Iterable[TextRecord]) -> TextRecord | None:
    """The record of this text: by its id, or where none is known, the oldest one with these words that is no other message's."""
    if message.remote_id:
        return next((record for record in records if record.key == message.remote_id), None)
    since = (message.claimed_at or message.asked_at) - CLOCK_DIFFERENCE
    alike = [
        record
        for record in records
        if same_body(record.body, message.body) and (record.at is None or record.at >= since)
    ]
    others = Message.objects.filter(account=message.account_id, remote_id__in=[record.key for record in alike])
    taken = set(others.exclude(pk=message.pk).values_list("remote_id", flat=True))
    free = [record for record in alike if record.key not in taken]
    return min(free, key=lambda record: record.at or since, default=None)


def _learn(message: Message, record: TextRecord) -> None:
    """A text that is listed was sent, so *unknown* is over."""
    rules = message.account.spec.texts
    state = {TextStatus.DELIVERED: ActState.SUCCEEDED, TextStatus.FAILED: ActState.FAILED}.get(
        record.status, ActState.ACCEPTED
    )
    is_last = state is not ActState.ACCEPTED or (
        record.status is TextStatus.SENT and rules is not None and not rules.tells_delivery
    )
    _note(
        message,
        remote_id=record.key[:191],
        state=state.value,
        delivery=record.status.value,
        vendor_status=record.vendor_status[:60],
        error_code=record.failure if state is ActState.FAILED else "",
        error_status=None,
        next_check_at=None if is_last else _next(message),
    )


def _again(message: Message) -> None:
    _note(message, next_check_at=_next(message))


def _next(message: Message) -> datetime | None:
    return timezone.now() + CHECKS[message.checks] if message.checks < len(CHECKS) else None


def _note(message: Message, **columns: object) -> None:
    columns["checks"] = message.checks + 1
    for name, value in columns.items():
        setattr(message, name, value)
    Message.objects.filter(pk=message.pk).update(**columns)


def due_inboxes() -> list[int]:
    """Ids of accounts whose received texts are to be read now, each given to one caller only."""
    now = timezone.now()
    usable = LinkedAccount.objects.usable()
    found = TextBox.objects.filter(account__in=usable, next_read_at__lte=now).values_list("account_id", flat=True)[:100]
    return [
        pk
        for pk in found
        if TextBox.objects.filter(account=pk, next_read_at__lte=now).update(next_read_at=now + INBOX_EVERY)
    ]


def read_inbox(account: LinkedAccount) -> int:
    """Store the texts that came in since the last reading; gives how many were new. Never raises ProviderError."""
    if not account.usable or lacking_reading_scopes(account):
        return 0
    box = text_box(account)
    now = timezone.now()
    since = box.inbox_read_at - OVERLAP if box.inbox_read_at else now - FIRST_INBOX
    keys = tuple(sender.key for sender in box.known_senders)
    try:
        found = with_client(account, lambda client: _received(client, keys, since))
    except ProviderError as error:
        pause = max(INBOX_AGAIN_AFTER, timedelta(seconds=error.retry_after or 0))
        TextBox.objects.filter(pk=box.pk).update(inbox_error_code=error.code, next_read_at=now + pause)
        return 0
    new = _store(account, found, now)
    TextBox.objects.filter(pk=box.pk).update(inbox_read_at=now, inbox_error_code="", next_read_at=now + INBOX_EVERY)
    return new


def read_stale_inboxes(accounts: Iterable[LinkedAccount]) -> int:
    """The same for all that were not read a moment ago, as when their page is opened; gives how many texts were new."""
    border = timezone.now() - INBOX_FRESH_FOR
    wanted = list(accounts)
    failed = Q(next_read_at__gt=timezone.now()) & ~Q(inbox_error_code="")
    fresh = set(
        TextBox.objects.filter(Q(inbox_read_at__gt=border) | failed, account__in=wanted).values_list(
            "account_id", flat=True
        )
    )
    return sum(read_inbox(account) for account in wanted if account.pk not in fresh)


def _received(client: ProviderClient, senders: tuple[str, ...], since: datetime) -> tuple[TextRecord, ...]:
    return client.received_texts(senders, since) if isinstance(client, SendsTexts) else ()


@transaction.atomic
def _store(account: LinkedAccount, records: Iterable[TextRecord], now: datetime) -> int:
    """Those that are new, are kept by the rules, and are of nobody whose number is to be forgotten.

    The account is held meanwhile, so that whoever forgets a number now waits, and finds them.
    """
    LinkedAccount.objects.select_for_update().filter(pk=account.pk).first()
    is_forgotten, earliest = (
        forgotten_by(account.user_id),
        max((limit.cutoff for limit in limits(account)), default=None),
    )
    rows = {
        record.key: ReceivedText(
            account=account,
            key=record.key[:191],
            sender=record.number[:80],
            digits=digits(record.number)[:40],
            own_number=record.own_number[:80],
            body=record.body,
            at=record.at or now,
        )
        for record in records
        if record.key
        and not is_forgotten(digits(record.number))
        and (earliest is None or (record.at or now) >= earliest)
    }
    known = set(ReceivedText.objects.filter(account=account, key__in=rows).values_list("key", flat=True))
    fresh = [row for key, row in rows.items() if key not in known]
    ReceivedText.objects.bulk_create(fresh, ignore_conflicts=True)
    return len(fresh)
