"""Background tasks: thin wrappers around services, so that any queue can run them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import override
from django_tasks import task
from django_tasks.base import Task

from telephony.core.errors import ProviderError
from telephony.core.types import Feature
from telephony.models import LinkedAccount, Message, PlacedCall, PurgeRun, Section
from telephony.services import (
    export_jobs,
    failures,
    notice_checks,
    notice_mail,
    placing,
    retention,
    rollup,
    search_index,
    text_status,
)
from telephony.services.call_store import settle_account
from telephony.services.gateway import with_client
from telephony.services.readings import refresh_section
from telephony.services.schedule import (
    accounts_with_due_tokens,
    claim_due_accounts,
    claim_due_logs,
    claim_untested_tokens,
)
from telephony.services.sync import come_back, drop_old_runs, sync_log
from telephony.services.sync_steps import Busy
from telephony.services.tokens import renew_early

if TYPE_CHECKING:
    from accounts.models import User

PAGES_IN_A_ROW = 10


@task()
def refresh_account(account_id: int) -> dict[str, str]:
    """Read everything about one account; gives the sections that failed, with their error codes."""
    account = LinkedAccount.objects.select_related("client", "user").filter(pk=account_id).first()
    if account is None:
        return {}
    with override(account.user.language):  # of what is stored, some values are words
        return _refreshed(account)


def _refreshed(account: LinkedAccount) -> dict[str, str]:
    failed = {}
    for section in (Section.FACTS, Section.BALANCE, Section.EXTENSIONS):
        if section is Section.BALANCE and Feature.BALANCE in account.spec.not_offered:
            continue
        if not account.usable:
            break
        if code := refresh_section(account, section).error_code:
            failed[section.value] = code
    return failed


@task()
def renew_token(account_id: int) -> str:
    """Renew one account's access token ahead of need; gives "" or the code of the error, which is stored with the account."""
    account = LinkedAccount.objects.select_related("client").filter(pk=account_id).first()
    if account is None or not account.usable:
        return ""
    try:
        renew_early(account)
    except ProviderError as error:
        return error.code
    return ""


@task()
def prove_token(account_id: int) -> str:
    """Ask who a personal access token belongs to, which costs one request; gives "" or the code of the error.

    A refusal moves the account to *needs re-linking*, as everywhere.
    """
    account = LinkedAccount.objects.select_related("client").filter(pk=account_id).first()
    if account is None or not account.usable:
        return ""
    try:
        with_client(account, lambda client: client.identity())
    except ProviderError as error:
        return error.code
    return ""


@task()
def check_notices(user_id: int) -> None:
    """Look for what there is to tell a person."""
    from accounts.models import User

    person = User.objects.filter(pk=user_id, is_active=True).first()
    if person is not None:
        notice_checks.check(person)


@task()
def mail_notice(notice_id: int) -> None:
    """Send the mail about a notice, if it is still wanted."""
    notice_mail.send(notice_id)


@task()
def sync_call_log(state_id: int) -> str:
    """Read the next pages of one call log, so many that no other account waits long; gives "" or the code of the error.

    What is left is due at once, and comes back through the queue behind the others.
    """
    try:
        return sync_log(state_id, pages=PAGES_IN_A_ROW).error_code
    except Busy:
        come_back(state_id)
        return "busy"


@task()
def count_calls(account_id: int) -> None:
    """Complete the roll-up of one account."""
    account = LinkedAccount.objects.select_related("user").filter(pk=account_id).first()
    if account is not None:
        rollup.rebuild(account)


def enqueue_counting(person: User) -> None:
    """Complete the roll-ups of a person's accounts, as after she has moved to another time zone."""
    for pk in rollup.unfinished(LinkedAccount.objects.filter(user=person)):
        count_calls.enqueue(pk)


@task()
def settle_calls(account_id: int) -> None:
    """Find out anew for which calls another account of the same company stands, after one has gone."""
    account = LinkedAccount.objects.filter(pk=account_id).first()
    if account is not None:
        settle_account(account)


def enqueue_settling(gone: LinkedAccount) -> None:
    """After an account has gone: the others of its provider and person may have to stand for its calls."""
    left = LinkedAccount.objects.filter(user=gone.user_id, provider=gone.provider, authority=gone.authority)
    for pk in left.exclude(pk=gone.pk).values_list("pk", flat=True):
        settle_calls.enqueue(pk)


@task()
def make_export(export_id: int) -> None:
    """Make the file of an export, or send the mail about it, whichever is left to do."""
    export_jobs.make(export_id)


@task()
def expire_export(export_id: int) -> None:
    """Delete a file that can no longer be fetched."""
    export_jobs.expire(export_id)


@task()
def purge_calls(run_id: int) -> None:
    """Delete or anonymise what is older than its rule allows; the schedule's run of one day."""
    run = PurgeRun.objects.filter(pk=run_id, ended_at=None).first()
    if run is not None:
        retention.purge_all(run)
    export_jobs.drop_old_rows()
    export_jobs.sweep_orphans()
    failures.purge()
    drop_old_runs()


@task()
def follow_message(message_id: int) -> str:
    """Learn what became of a sent text; gives its state."""
    message = Message.objects.select_related("account__client", "account__user").filter(pk=message_id).first()
    if message is None:
        return ""
    text_status.follow(message)
    return message.state


@task()
def follow_call(call_id: int) -> str:
    """Learn where a started call stands when no page asks any more; gives its stage."""
    call = PlacedCall.objects.select_related("account__client", "account__user").filter(pk=call_id).first()
    return "" if call is None else placing.follow(call).stage


@task()
def read_inbox(account_id: int) -> None:
    """Store the texts that came in."""
    account = LinkedAccount.objects.select_related("client", "user").filter(pk=account_id).first()
    if account is not None:
        text_status.read_inbox(account)


def enqueue_due_work() -> int:
    """Put everything that is due into the queue; gives how many tasks that were. Called by the worker's clock and by cron."""
    search_index.learn()
    due: list[tuple[Task[..., str] | Task[..., dict[str, str]] | Task[..., None], list[int]]] = [
        (renew_token, accounts_with_due_tokens()),
        (sync_call_log, claim_due_logs()),
        (refresh_account, claim_due_accounts()),
        (count_calls, rollup.unfinished(LinkedAccount.objects.all())),
        (make_export, export_jobs.due_exports()),
        (expire_export, export_jobs.expired()),
        (purge_calls, retention.claim_daily_purge()),
        (follow_message, text_status.due_messages()),
        (follow_call, placing.due_calls()),
        (read_inbox, text_status.due_inboxes()),
        (prove_token, claim_untested_tokens()),
        (check_notices, notice_checks.claim_due_people()),
        (mail_notice, notice_mail.claim_due()),
    ]
    for work, keys in due:
        for key in keys:
            work.enqueue(key)
    return sum(len(keys) for _work, keys in due)
