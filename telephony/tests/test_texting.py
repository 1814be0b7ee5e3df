"""Texts through all three providers' stand-ins: sent once, followed to their end, answered; and whatever goes wrong is told as it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from sandbox.testing import RunningSandbox
from telephony.core.texts import TextSender, TextStatus
from telephony.models import ActState, LinkedAccount, LinkState, Message, OAuthClient, ReceivedText
from telephony.services import text_status, texting
from telephony.services.texting import Draft, TooManyTexts
from telephony.tests.conftest import link
from telephony.views.message_words import state_of

PROVIDERS = ["sipgate", "ringcentral", "goto"]
PATHS = {
    "sipgate": "/sipgate/api/v2/sessions/sms",
    "ringcentral": "/ringcentral/restapi/v1.0/account/~/extension/~/sms",
    "goto": "/goto/api/messaging/v1/messages",
}
Linking = Callable[..., OAuthClient]


@pytest.fixture(params=PROVIDERS)
def account(
    request: pytest.FixtureRequest, browser: Client, sandbox: RunningSandbox, oauth_client: Linking
) -> LinkedAccount:
    """A linked account of each provider."""
    client = oauth_client(request.param)
    client.scopes = list(client.spec.scope_names)
    client.save()
    return link(browser, sandbox, client)


def draft(account: LinkedAccount, **columns: object) -> Draft:
    """A text from the account's first sender."""
    sender = texting.text_box(account).known_senders[0]
    values = {
        "account": account,
        "sender": sender,
        "recipient": "+12125550142",
        "body": "See you at nine.",
        "key": "k-1",
    }
    return Draft(**(values | columns))  # type: ignore[arg-type]  # columns of a draft


def sent(account: LinkedAccount, **columns: object) -> Message:
    """Send it and read the row again."""
    message, _is_new = texting.send_message(account.user, draft(account, **columns))
    return Message.objects.select_related("account", "user").get(pk=message.pk)


def writes(sandbox: RunningSandbox, account: LinkedAccount) -> int:
    """How many texts were sent, over the wire."""
    found = sandbox.requests.entries(account.provider, "")
    return sum(entry.method == "POST" and entry.path.endswith(("/sms", "/messages")) for entry in found)


def later(sandbox: RunningSandbox, message: Message, seconds: float = 30) -> Message:
    """Let time pass, look what became of it, and read it again."""
    sandbox.clock.advance(seconds)
    text_status.follow(message)
    return Message.objects.select_related("account", "user").get(pk=message.pk)


def test_a_text_is_sent_and_followed_to_its_end(sandbox: RunningSandbox, account: LinkedAccount) -> None:
    message = sent(account)
    assert message.act_state is ActState.ACCEPTED
    assert message.next_check_at
    message = later(sandbox, message)
    tells = account.spec.texts is not None and account.spec.texts.tells_delivery
    assert message.act_state is (ActState.SUCCEEDED if tells else ActState.ACCEPTED)
    assert message.delivery == (TextStatus.DELIVERED if tells else TextStatus.SENT)
    assert message.remote_id
    assert message.next_check_at is None


def test_the_same_form_sends_once(sandbox: RunningSandbox, account: LinkedAccount) -> None:
    first = sent(account)
    assert sent(account) == first
    assert writes(sandbox, account) == 1


@pytest.mark.parametrize("kind", ["lost_reply", "server_error", "html"])
def test_an_unclear_end_is_unknown_and_never_sent_again(
    sandbox: RunningSandbox, account: LinkedAccount, kind: str
) -> None:
    plan = draft(account)
    sandbox.faults.add(kind, provider=account.provider, method="POST", path_prefix=PATHS[account.provider])
    message = texting.send_message(account.user, plan)[0]
    assert message.act_state is ActState.UNKNOWN
    assert "never repeat" in message.error_next_step
    assert texting.send_message(account.user, plan)[0].pk == message.pk
    assert writes(sandbox, account) == 1


def test_the_provider_is_asked_whether_a_lost_text_exists(sandbox: RunningSandbox, account: LinkedAccount) -> None:
    plan = draft(account, body="Lost and found")
    sandbox.faults.add("lost_reply", provider=account.provider, method="POST", path_prefix=PATHS[account.provider])
    message = texting.send_message(account.user, plan)[0]
    sandbox.faults.clear()
    message = later(sandbox, message)
    assert message.act_state in (ActState.SUCCEEDED, ActState.ACCEPTED)
    assert message.error_code == ""


@pytest.mark.parametrize("state", [LinkState.NEEDS_RELINKING, LinkState.DISABLED])
def test_a_text_of_a_link_that_does_not_work_waits_for_it(
    sandbox: RunningSandbox, account: LinkedAccount, state: LinkState
) -> None:
    message = sent(account)
    Message.objects.update(next_check_at=timezone.now())
    LinkedAccount.objects.update(state=state)

    assert text_status.due_messages() == []
    message.account.refresh_from_db()
    text_status.follow(message)
    assert Message.objects.get().next_check_at is not None
    assert "connected again" in state_of(message).what_happened

    LinkedAccount.objects.update(state=LinkState.ACTIVE)
    assert text_status.due_messages() == [message.pk]


def test_a_text_that_could_not_be_followed_is_followed_when_the_permission_is_granted(
    browser: Client, sandbox: RunningSandbox, oauth_client: Linking
) -> None:
    client = oauth_client("sipgate", scopes=["account:read", "sms:read", "sessions:sms:write"])
    account = link(browser, sandbox, client)
    message = later(sandbox, sent(account))
    assert (message.next_check_at, message.delivery) == (None, "")

    client.scopes = list(client.spec.scope_names)
    client.save()
    link(browser, sandbox, client)

    assert text_status.due_messages() == [message.pk]
    assert later(sandbox, Message.objects.get()).delivery == TextStatus.SENT
    link(browser, sandbox, client)
    assert text_status.due_messages() == [], "what is known is not asked for again"


def test_a_text_that_nobody_may_look_up_is_looked_up_after_linking_again(
    browser: Client, sandbox: RunningSandbox, account: LinkedAccount
) -> None:
    assert account.client
    message = sent(account)
    sandbox.faults.add("forbidden", provider=account.provider, method="GET")
    message = later(sandbox, message)
    sandbox.faults.clear()
    assert message.next_check_at is None

    link(browser, sandbox, account.client)

    assert text_status.due_messages() == [message.pk]


def test_a_text_that_never_was_stays_unknown(sandbox: RunningSandbox, account: LinkedAccount) -> None:
    plan = draft(account, body="Never sent")
    sandbox.faults.add("server_error", provider=account.provider, method="POST", path_prefix=PATHS[account.provider])
    message = texting.send_message(account.user, plan)[0]
    sandbox.faults.clear()
    message = later(sandbox, message)
    assert message.act_state is ActState.UNKNOWN
    assert message.next_check_at
    assert writes(sandbox, account) == 1


@pytest.mark.parametrize("kind", ["rate_limited", "forbidden", "unauthorized"])
def test_a_refusal_says_that_nothing_was_sent(sandbox: RunningSandbox, account: LinkedAccount, kind: str) -> None:
    plan = draft(account)
    path = PATHS[account.provider]
    sandbox.faults.add(kind, provider=account.provider, method="POST", path_prefix=path, retry_after=9.0)
    message = texting.send_message(account.user, plan)[0]
    assert message.act_state is ActState.FAILED
    assert "Nothing was sent" in message.error_next_step
    assert writes(sandbox, account) == 1
    if kind == "rate_limited":
        assert "9 seconds" in message.error_next_step


def test_a_number_of_somebody_else_has_its_own_sentence(sandbox: RunningSandbox, account: LinkedAccount) -> None:
    key = "s77" if account.provider == "sipgate" else "+12125550177"
    message = sent(account, sender=TextSender(key, "not mine"))
    assert (message.act_state, message.error_code) == (ActState.FAILED, "number_not_owned")


def test_a_recipient_that_is_none_has_its_own_sentence(sandbox: RunningSandbox, account: LinkedAccount) -> None:
    message = sent(account, recipient="+1")
    assert (message.act_state, message.error_code) == (ActState.FAILED, "recipient_invalid")


def test_a_text_that_is_too_long_has_its_own_sentence(sandbox: RunningSandbox, account: LinkedAccount) -> None:
    if account.provider == "sipgate":
        pytest.skip("sipgate states no maximum")
    message = sent(account, body="a" * 1001)
    assert (message.act_state, message.error_code) == (ActState.FAILED, "content_refused")


def test_a_text_that_cannot_be_delivered_says_why(sandbox: RunningSandbox, account: LinkedAccount) -> None:
    if account.provider == "sipgate":
        pytest.skip("sipgate does not tell")
    message = later(sandbox, sent(account, recipient="+12125550199"))
    assert (message.act_state, message.delivery) == (ActState.FAILED, TextStatus.FAILED)
    assert "did not get it" in message.error_next_step


def test_an_answer_comes_in_once(sandbox: RunningSandbox, account: LinkedAccount) -> None:
    sent(account, body="Is nine o'clock fine?", recipient="+12125550143")
    sandbox.clock.advance(30)
    text_status.read_inbox(account)
    text_status.read_inbox(account)
    answer = ReceivedText.objects.get(account=account, digits="12125550143", body__startswith="Yes, that suits me")
    assert answer.at


def test_emoji_and_line_breaks_arrive_as_they_are(sandbox: RunningSandbox, account: LinkedAccount) -> None:
    message = later(sandbox, sent(account, body="Grüße 👋🏽\nbis morgen", key="k-emoji"))
    assert message.remote_id


def test_the_number_of_texts_in_a_while_is_limited(person: User, account: LinkedAccount) -> None:
    plan = draft(account)
    Message.objects.bulk_create(
        Message(user=person, account=account, idempotency_key=f"k{n}", recipient="+1", body="x", state="failed")
        for n in range(texting.MOST_TEXTS)
    )
    with pytest.raises(TooManyTexts):
        texting.send_message(person, plan)
    Message.objects.update(asked_at=timezone.now() - texting.IN)
    assert texting.send_message(person, plan)[1]


def test_two_alike_texts_are_told_apart(sandbox: RunningSandbox, account: LinkedAccount) -> None:
    one, two = sent(account, key="k-1", body="Twin"), sent(account, key="k-2", body="Twin")
    one, two = later(sandbox, one), later(sandbox, two, 0)
    assert one.remote_id
    assert two.remote_id
    assert one.remote_id != two.remote_id


def test_a_balance_that_is_too_low_has_its_own_sentence(
    browser: Client, sandbox: RunningSandbox, oauth_client: Linking
) -> None:
    account = link(browser, sandbox, oauth_client("sipgate"))
    plan = draft(account)
    sandbox.faults.add("server_error", provider="sipgate", method="POST", path_prefix=PATHS["sipgate"], status=402)
    message = texting.send_message(account.user, plan)[0]
    assert (message.act_state, message.error_code) == (ActState.FAILED, "balance_too_low")
    assert "balance" in message.error_sentence


def test_sipgate_keeps_a_text_until_its_time(browser: Client, sandbox: RunningSandbox, oauth_client: Linking) -> None:
    account = link(browser, sandbox, oauth_client("sipgate"))
    at = sandbox.clock.now() + timedelta(hours=2)
    message = sent(account, send_at=at)
    assert message.is_scheduled
    assert message.next_check_at is not None
    assert message.next_check_at > at


def test_a_missing_scope_is_named_without_asking(
    browser: Client, sandbox: RunningSandbox, oauth_client: Linking
) -> None:
    client = oauth_client("sipgate", scopes=["account:read", "history:read", "sms:read"])
    account = link(browser, sandbox, client)
    assert texting.lacking_scopes(account) == ("sessions:sms:write",)
    assert texting.lacking_reading_scopes(account) == ()
