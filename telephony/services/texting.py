"""Who may send texts and from what; sending one text, once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import User
from telephony.core.capabilities import missing_scopes
from telephony.core.client import ProviderClient, SendsTexts
from telephony.core.errors import AccessDenied, NotOnContract, ProviderError, RoleMissing, ScopeMissing, error_from_code
from telephony.core.phone import digits
from telephony.core.registry import find_spec
from telephony.core.segments import segments_of
from telephony.core.texts import OutgoingText, TextSender
from telephony.core.types import Feature
from telephony.models import ActState, LinkedAccount, Message, TextBox
from telephony.services import acts
from telephony.services.acts import Accepted
from telephony.services.gateway import with_client
from telephony.services.readings import observe, observed_from

SENDERS_FRESH_FOR = timedelta(hours=1)
SENDERS_AGAIN_AFTER = timedelta(minutes=1)  # an error is not asked for anew with every page
MOST_TEXTS, IN = 30, timedelta(minutes=10)
FIRST_CHECK = timedelta(seconds=5)
LONGEST_BODY = 5_000  # characters, whatever the provider says: nobody means to send more than 30 parts


class TooManyTexts(Exception):
    """The person has sent so many texts in a short time that a mistake, or a stolen session, is likelier than intent."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A text that is ready to be sent; `key` is the idempotency key of the form."""

    account: LinkedAccount
    sender: TextSender
    recipient: str
    body: str
    key: str
    send_at: datetime | None = None


def texting_accounts(person: User) -> list[LinkedAccount]:
    """The person's accounts whose provider sends texts."""
    accounts = LinkedAccount.objects.filter(user=person).select_related("client", "text_box")
    return [account for account in accounts if (spec := find_spec(account.provider)) and spec.texts]


def lacking_scopes(account: LinkedAccount) -> tuple[str, ...]:
    """The scopes for sending that the link is known to lack."""
    observed = account.observed_capabilities().get(Feature.SEND_TEXT)
    if account.granted_scopes is None:
        return observed.missing if observed else ()
    return missing_scopes(account.spec.needs_of(account.keys), Feature.SEND_TEXT, frozenset(account.granted_scopes))


def lacking_reading_scopes(account: LinkedAccount) -> tuple[str, ...]:
    """The scopes for following texts, and for received ones, that the link is known to lack."""
    rules = account.spec.texts
    if rules is None or account.granted_scopes is None:
        return ()
    return tuple(sorted(rules.reading_scopes - set(account.granted_scopes)))


def text_box(account: LinkedAccount) -> TextBox:
    """What is known about the account's texts; its senders are read anew where they are old. Never raises ProviderError."""
    box: TextBox = getattr(account, "text_box", None) or TextBox.objects.get_or_create(account=account)[0]
    if account.usable and not lacking_scopes(account) and _is_old(box):
        _read_senders(account, box)
    return box


def senders_error(account: LinkedAccount, box: TextBox) -> ProviderError | None:
    """Why the senders could not be read last, ready to be said in the active language."""
    if not box.error_code:
        return None
    return error_from_code(box.error_code, account.provider_name, missing=box.error_missing)


def send_message(person: User, draft: Draft) -> tuple[Message, bool]:
    """Send a text, unless the same form has done so before; gives the message, and whether this call made it.

    Never raises ProviderError: what happened is in the message. Raises TooManyTexts.
    """
    earlier = Message.objects.filter(user=person, idempotency_key=draft.key).first()
    if earlier is not None:
        return earlier, False
    if Message.objects.filter(user=person, asked_at__gt=timezone.now() - IN).count() >= MOST_TEXTS:
        raise TooManyTexts
    message, is_new = acts.register(_stored(person, draft))
    acts.perform(message, lambda client: _send(client, message, draft))
    if is_new:
        _learn(message)
    return message, is_new


def _stored(person: User, draft: Draft) -> Message:
    return Message(
        user=person,
        account=draft.account,
        idempotency_key=draft.key,
        sender=draft.sender.key,
        sender_name=(draft.sender.number or draft.sender.name)[:120],
        recipient=draft.recipient,
        digits=digits(draft.recipient),
        body=draft.body,
        segments=segments_of(draft.body).parts,
        send_at=draft.send_at,
    )


def _send(client: ProviderClient, message: Message, draft: Draft) -> Accepted:
    if not isinstance(client, SendsTexts):
        raise NotOnContract(draft.account.provider_name, "sending a text", detail="the provider sends no texts")
    record = client.send_text(OutgoingText(draft.sender.key, draft.recipient, draft.body, draft.send_at))
    return Accepted(record.key, next_check_at=(draft.send_at or timezone.now()) + FIRST_CHECK)


def _learn(message: Message) -> None:
    """What the answer shows about the account, and when to look for a text whose end is unknown."""
    if message.act_state is ActState.UNKNOWN:
        message.next_check_at = timezone.now() + FIRST_CHECK
        Message.objects.filter(pk=message.pk).update(next_check_at=message.next_check_at)
    elif message.act_state is ActState.ACCEPTED:
        observe(message.account, observed_from(Feature.SEND_TEXT, None))
    elif isinstance(message.error, AccessDenied):
        observe(message.account, observed_from(Feature.SEND_TEXT, message.error))


def _is_old(box: TextBox) -> bool:
    if box.senders_read_at is None:
        return True
    pause = SENDERS_AGAIN_AFTER if box.error_code or not box.senders else SENDERS_FRESH_FOR
    return box.senders_read_at < timezone.now() - pause


def _read_senders(account: LinkedAccount, box: TextBox) -> None:
    """Store what one may send from; what was read before stays where that fails."""
    box.senders_read_at = timezone.now()
    try:
        found = with_client(account, _senders)
    except ProviderError as error:
        box.error_code = error.code
        box.error_missing = list(error.scopes) if isinstance(error, ScopeMissing) else []
        if isinstance(error, ScopeMissing | RoleMissing | NotOnContract):
            observe(account, observed_from(Feature.SEND_TEXT, error))
    else:
        box.error_code, box.error_missing = "", []
        box.senders = [[sender.key, sender.name, sender.number] for sender in found]
    TextBox.objects.filter(pk=box.pk).update(
        senders=box.senders,
        senders_read_at=box.senders_read_at,
        error_code=box.error_code,
        error_missing=box.error_missing,
    )


def _senders(client: ProviderClient) -> tuple[TextSender, ...]:
    return client.text_senders() if isinstance(client, SendsTexts) else ()
