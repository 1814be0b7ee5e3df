"""What is due: the one clock that decides when accounts are read and tokens renewed in the background."""

from __future__ import annotations

import random
from datetime import timedelta

from django.utils import timezone

from telephony.core.registry import find_spec
from telephony.models import CredentialKind, LinkedAccount, SyncState, Token
from telephony.services.sync import due_states, ensure_states
from telephony.services.tokens import due_for_refresh

READ_EVERY = timedelta(minutes=15)
CLAIM = timedelta(minutes=1)
TEST_CLAIM = timedelta(hours=1)  # after which a personal token whose test did not come to an end is tested again
JITTER = 0.2  # of READ_EVERY, so that a thousand accounts do not ask at once


def claim_due_accounts(limit: int = 100) -> list[int]:
    """Ids of accounts whose background reading is due. Each is given to one caller only: claiming is a conditional UPDATE."""
    now = timezone.now()
    due = LinkedAccount.objects.usable().filter(next_refresh_at__lte=now).order_by("next_refresh_at")
    claimed = []
    for pk, planned in due.values_list("pk", "next_refresh_at")[:limit]:
        pause = READ_EVERY * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311  # jitter, not a secret
        if LinkedAccount.objects.filter(pk=pk, next_refresh_at=planned).update(next_refresh_at=now + pause):
            claimed.append(pk)
    return claimed


def claim_due_logs() -> list[int]:
    """Ids of call logs whose next pass is due, each given to one caller only. Accounts that were linked just now get theirs here.

    Claimed logs are due again after a minute, unless their task says otherwise, so a worker that dies delays them by no more.
    """
    for account in LinkedAccount.objects.usable().filter(sync_states=None)[:100]:
        ensure_states(account)
    now = timezone.now()
    return [
        pk
        for pk in due_states(now)
        if SyncState.objects.filter(pk=pk, next_pass_at__lte=now).update(next_pass_at=now + CLAIM)
    ]


def accounts_with_due_tokens() -> list[int]:
    """Ids of accounts whose access token is late in its life, or whose link has been idle for as long as its provider's rule allows."""
    now = timezone.now()
    tokens = Token.objects.filter(kind=CredentialKind.OAUTH, account__in=LinkedAccount.objects.usable()).select_related(
        "account"
    )
    return [
        token.account_id
        for token in tokens.iterator(500)
        if (spec := find_spec(token.account.provider))  # none where a provider's folder has been removed
        and due_for_refresh(token, timedelta(seconds=spec.refresh_rule.idle_refresh), now)
    ]


def claim_untested_tokens() -> list[int]:
    """Ids of accounts with a personal access token that nothing has shown to work for as long as the provider's rule lets a link idle.

    Such a token has nothing to renew, so only asking shows whether it still works. Each is given to one caller only.
    """
    now = timezone.now()
    tokens = Token.objects.filter(kind=CredentialKind.PERSONAL, account__in=LinkedAccount.objects.usable())
    claimed = []
    for token in tokens.defer("access_token", "refresh_token").select_related("account").iterator(500):
        spec, pause = find_spec(token.account.provider), token.cooldown_until
        shown = max(token.obtained_at, token.account.last_used_at or token.obtained_at)
        if spec is None or now < shown + timedelta(seconds=spec.refresh_rule.idle_refresh) or (pause and pause > now):
            continue
        if Token.objects.filter(pk=token.pk, cooldown_until=pause).update(cooldown_until=now + TEST_CLAIM):
            claimed.append(token.account_id)
    return claimed
