"""Background tasks: thin wrappers around services, so that any queue can run them."""

from __future__ import annotations

from django.utils.translation import override
from django_tasks import task

from telephony.core.call_filter import CallFilter
from telephony.core.errors import ProviderError
from telephony.core.types import Feature, LogScope
from telephony.models import LinkedAccount, Section
from telephony.services.call_log import read_calls
from telephony.services.readings import refresh_section
from telephony.services.schedule import accounts_with_due_tokens, claim_due_accounts
from telephony.services.tokens import renew_early


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
    if account.usable:
        read_calls(account, CallFilter(scope=LogScope.OWN))
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


def enqueue_due_work() -> int:
    """Put everything that is due into the queue; gives how many tasks that were. Called by the worker's clock and by cron."""
    readings, tokens = claim_due_accounts(), accounts_with_due_tokens()
    for pk in readings:
        refresh_account.enqueue(pk)
    for pk in tokens:
        renew_token.enqueue(pk)
    return len(readings) + len(tokens)
