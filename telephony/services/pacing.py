"""One budget of requests for all processes: slots are reserved in the database before a request leaves."""

from __future__ import annotations

import time
from dataclasses import dataclass

from telephony.core.errors import RateLimited
from telephony.core.pacing import next_slot, still_counting
from telephony.core.spec import ProviderSpec, RateLimit
from telephony.models import LinkedAccount, RateBucket

PAGE_PATIENCE = 2.0  # seconds that a page waits for a slot, rather than saying that the provider is busy


class Paced(RateLimited):
    """We hold the request back ourselves; the provider was not asked. Not a failure."""

    code = "paced"


@dataclass(frozen=True, slots=True)
class DatabasePacer:
    """Paces the requests of one account; see core.http.Pacer. `patience` is how long `wait` may sleep."""

    spec: ProviderSpec
    owner: str
    patience: float = PAGE_PATIENCE

    def wait(self, method: str, url: str, operation: str) -> None:
        """Reserve the next slot of the request's group and sleep until it comes. Raises Paced where that is beyond `patience`."""
        group = self.spec.rate_group(method, url)
        limit = self.spec.rate_limits.get(group)
        if limit is None:
            return
        while True:
            pause = self._reserve(group, limit, operation)
            if pause is not None:
                time.sleep(pause)
                return

    def penalty(self, method: str, url: str, retry_after: float | None) -> None:
        """Keep everybody from asking until the pause is over: some providers start it anew with every request in it."""
        group = self.spec.rate_group(method, url)
        if limit := self.spec.rate_limits.get(group):
            until = time.time() + (retry_after or limit.penalty)
            RateBucket.objects.filter(key=self._key(group)).update(blocked_until=until)

    def _reserve(self, group: str, limit: RateLimit, operation: str) -> float | None:
        """Seconds to sleep for the reserved slot, None where another process was faster and it has to be tried again."""
        bucket, _created = RateBucket.objects.get_or_create(key=self._key(group))
        now = time.time()
        sent = still_counting(limit, bucket.sent, now)
        slot = max(next_slot(limit, sent, now), bucket.blocked_until)
        if slot - now > self.patience:
            raise Paced(
                self.spec.name, operation, retry_after=slot - now, detail=f"the budget of group {group} is spent"
            )
        same = RateBucket.objects.filter(pk=bucket.pk, version=bucket.version)
        if same.update(sent=[*sent, slot][-2 * limit.requests :], version=bucket.version + 1):
            return slot - now
        return None

    def _key(self, group: str) -> str:
        return f"{self.spec.slug}:{self.owner}:{group}"[:200]


def pacer_for(account: LinkedAccount, patience: float = PAGE_PATIENCE) -> DatabasePacer | None:
    """The pacer of an account, None where its provider publishes no limits."""
    spec = account.spec
    if not spec.rate_limits:
        return None
    return DatabasePacer(spec, f"{account.client_id or 'personal'}:{account.authority}:{account.remote_id}", patience)
