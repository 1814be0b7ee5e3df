"""The shared memory of how fast a provider has been asked."""

from __future__ import annotations

from django.db import models


class RateBucket(models.Model):
    """Requests of one person, OAuth client and group. `sent` are Unix times, also of reserved slots that lie ahead.

    `version` guards each change, so that several processes share the budget without a lock.
    """

    key = models.CharField(max_length=200, unique=True)
    version = models.PositiveBigIntegerField(default=0)
    sent = models.JSONField(default=list)
    blocked_until = models.FloatField(default=0)

    def __str__(self) -> str:
        return self.key
