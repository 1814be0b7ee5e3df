"""The credentials of a linked account: sealed at rest, refreshed by one process at a time."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from telephony.core.enums import LabelledEnum
from telephony.models.accounts import LinkedAccount
from telephony.models.encrypted import SecretField


class CredentialKind(LabelledEnum):
    """What kind of credentials an account was linked with."""

    OAUTH = "oauth", _("OAuth tokens")
    PERSONAL = "personal", _("Personal access token")


class Token(models.Model):
    """One account's credentials. Only telephony.services.tokens opens or replaces them.

    `generation` counts every replacement and guards every write. `lease_owner` and `lease_until` name the one refresher; `attempt_*`
    is the note that is committed before a refresh request leaves, so that a crash can be told from a revocation.
    For personal tokens `access_token` holds ``token id:token`` and nothing expires. `granted_at` is when the person agreed last;
    `end_is_fixed` tells that renewing has been seen not to move the end of the link.
    """

    account = models.OneToOneField(LinkedAccount, models.CASCADE, related_name="token", verbose_name=_("account"))
    kind = models.CharField(_("kind"), max_length=10, choices=CredentialKind.choices(), default=CredentialKind.OAUTH)
    access_token = SecretField(editable=False)
    refresh_token = SecretField(blank=True, default="", editable=False)
    fingerprint = models.CharField(_("fingerprint"), max_length=12, editable=False)
    key_id = models.CharField(_("encryption key"), max_length=8, editable=False)
    scopes = models.JSONField(_("permissions"), null=True, blank=True, editable=False)
    obtained_at = models.DateTimeField(_("obtained"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("access ends"), null=True, editable=False)
    refresh_obtained_at = models.DateTimeField(_("refresh token obtained"), null=True, editable=False)
    refresh_expires_at = models.DateTimeField(_("link ends unless refreshed"), null=True, editable=False)
    granted_at = models.DateTimeField(_("granted"), null=True, editable=False)
    end_is_fixed = models.BooleanField(_("the provider ends the link"), default=False, editable=False)
    generation = models.PositiveIntegerField(_("generation"), default=1, editable=False)

    lease_owner = models.CharField(max_length=36, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    attempt_fingerprint = models.CharField(max_length=12, blank=True, editable=False)
    attempt_started_at = models.DateTimeField(null=True, editable=False)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0, editable=False)
    cooldown_until = models.DateTimeField(_("no attempt before"), null=True, editable=False)

    class Meta:
        verbose_name = _("token")
        verbose_name_plural = _("tokens")

    def __str__(self) -> str:
        return f"{self.account} ({self.fingerprint})"

    @property
    def purpose(self) -> str:
        """What the secrets are sealed to."""
        return f"token:{self.account_id}"

    def valid_for(self, margin: timedelta) -> bool:
        """Whether the access token will still be accepted `margin` from now, by our clock."""
        return self.expires_at is None or self.expires_at - margin > timezone.now()
