"""Linked accounts and what was read about them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from telephony.core.enums import LabelledEnum
from telephony.core.registry import find_spec, get_spec
from telephony.core.spec import ProviderSpec
from telephony.core.types import CHOSEN_SYSTEM, Capability, CapabilityState, ExtensionKind, Feature
from telephony.models.clients import OAuthClient


class LinkState(LabelledEnum):
    """The one state a linked account is in."""

    ACTIVE = "active", _("Connected")
    DELAYED = "delayed", _("Delayed")
    NEEDS_RELINKING = "needs_relinking", _("Needs re-linking")
    DISABLED = "disabled", _("Disabled by staff")
    UNLINKING = "unlinking", _("Being unlinked")


class LinkedAccountQuerySet(models.QuerySet["LinkedAccount"]):
    """Queries on linked accounts."""

    def usable(self) -> LinkedAccountQuerySet:
        """Accounts that may be read: connected, or delayed and worth another try."""
        return self.filter(state__in=[LinkState.ACTIVE, LinkState.DELAYED])


class LinkedAccount(models.Model):
    """A person's account at a provider. (provider, authority, remote_id) is unique: one remote account belongs to one person.

    `authority` is the origin of the API, so that the sandbox's ids never collide with production's. `keys` are provider ids that the
    client needs; `chosen_system` is beside them, so that a reading that writes `keys` cannot undo a choice.
    `label` is what the account is called here: `given_label`, with what tells it from the person's others of that label.
    `granted_scopes` is null where they are not known. `observed` holds capabilities that reading has shown.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="linked_accounts", verbose_name=_("person")
    )
    provider = models.SlugField(_("provider"), max_length=40)
    client = models.ForeignKey(
        OAuthClient,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="linked_accounts",
        verbose_name=_("OAuth client"),
    )
    authority = models.CharField(_("server"), max_length=300)
    remote_id = models.CharField(_("id at the provider"), max_length=191)
    label = models.CharField(_("label"), max_length=200)
    given_label = models.CharField(_("label at the provider"), max_length=200, blank=True)
    company = models.CharField(_("company"), max_length=200, blank=True)
    person = models.CharField(_("user at the provider"), max_length=200, blank=True)
    email = models.CharField(_("e-mail at the provider"), max_length=254, blank=True)
    keys = models.JSONField(_("provider keys"), default=dict, blank=True)
    facts = models.JSONField(_("account facts"), default=dict, blank=True)
    chosen_system = models.CharField(_("chosen telephone system"), max_length=100, blank=True)
    granted_scopes = models.JSONField(_("granted permissions"), null=True, blank=True)
    observed = models.JSONField(_("observed capabilities"), default=dict, blank=True)

    state = models.CharField(_("state"), max_length=20, choices=LinkState.choices(), default=LinkState.ACTIVE)
    state_reason = models.CharField(_("reason"), max_length=300, blank=True)
    state_since = models.DateTimeField(_("since"), default=timezone.now)
    retry_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    next_refresh_at = models.DateTimeField(_("next reading in the background"), default=timezone.now, db_index=True)
    linked_at = models.DateTimeField(_("linked"), auto_now_add=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=400, blank=True)
    last_error_at = models.DateTimeField(_("time of the last error"), null=True, blank=True)

    objects: ClassVar = LinkedAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("linked account")
        verbose_name_plural = _("linked accounts")
        ordering = ["provider", "label", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["provider", "authority", "remote_id"], name="unique_remote_account"),
        ]
        indexes = [models.Index(fields=["user", "provider"], name="linked_by_user")]

    def __str__(self) -> str:
        return f"{self.provider_name}: {self.label}"

    def get_absolute_url(self) -> str:
        """The account's page."""
        return reverse("telephony:account", args=[self.pk])

    @property
    def plain_label(self) -> str:
        """The label without what tells it from others of the person; it was the whole label before those were told apart."""
        return self.given_label or self.label

    @property
    def spec(self) -> ProviderSpec:
        """The provider's declaration. Raises LookupError where its folder has been removed."""
        return get_spec(self.provider)

    @property
    def client_keys(self) -> dict[str, Any]:
        """What the client is handed: the provider's ids, and the system that the person has chosen."""
        return {**self.keys, CHOSEN_SYSTEM: self.chosen_system} if self.chosen_system else self.keys

    @property
    def provider_name(self) -> str:
        """The provider's display name."""
        spec = find_spec(self.provider)
        return spec.name if spec else self.provider

    @property
    def link_state(self) -> LinkState:
        """The state with its label."""
        return LinkState(self.state)

    @property
    def usable(self) -> bool:
        """Whether the provider may be asked at all."""
        return self.link_state in (LinkState.ACTIVE, LinkState.DELAYED)

    @property
    def is_admin(self) -> bool:
        """Whether the linked user administers the telephone system, as far as the last reading told."""
        return self.facts.get("is_admin") is True

    def described(self, part: str) -> list[tuple[str, str]]:
        """The (label, value) pairs of "facts" or "instead_of_balance" in the active language.

        Labels are stored in English, and so are values that are words of ours and have True behind them.
        """
        told = self.facts.get(part) or ()
        return [(gettext(label), gettext(value) if is_word else value) for label, value, *is_word in told if label]

    def observed_capabilities(self) -> dict[Feature, Capability]:
        """What reading has shown, by feature; entries of an older vocabulary are left out."""
        found = {}
        for name, entry in self.observed.items():
            if name in Feature.values() and entry.get("state") in CapabilityState.values():
                feature = Feature(name)
                found[feature] = Capability(
                    feature,
                    CapabilityState(entry["state"]),
                    tuple(entry.get("missing", ())),
                    entry.get("remark", ""),
                )
        return found


class Section(LabelledEnum):
    """The parts of an account that are read from the provider, each with its own time and error."""

    FACTS = "facts", _("Account")
    BALANCE = "balance", _("Balance")
    EXTENSIONS = "extensions", _("Extensions")
    OWN_CALLS = "own_calls", _("My calls")
    COMPANY_CALLS = "company_calls", _("Company calls")


class Reading(models.Model):
    """The last attempt to read one section: when, how long it took, and what went wrong in words, if anything did.

    `summary` is what cards show of the last success: the balance, or how many extensions of each kind there are. It spares every page
    a look into the tables that hold them.
    """

    account = models.ForeignKey(LinkedAccount, models.CASCADE, related_name="readings")
    section = models.CharField(max_length=20, choices=Section.choices())
    tried_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    milliseconds = models.PositiveIntegerField(default=0)
    error_code = models.CharField(max_length=40, blank=True)
    sentence = models.CharField(max_length=400, blank=True)
    next_step = models.CharField(max_length=400, blank=True)
    request_id = models.CharField(max_length=100, blank=True)
    retry_at = models.DateTimeField(null=True, blank=True)
    summary = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = _("reading")
        verbose_name_plural = _("readings")
        constraints = [models.UniqueConstraint(fields=["account", "section"], name="unique_reading")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.section}"

    @property
    def failed(self) -> bool:
        """Whether the last attempt went wrong."""
        return bool(self.error_code)


class BalanceReading(models.Model):
    """A prepaid balance as it was read: whole currency units with four decimals, as sipgate counts."""

    account = models.ForeignKey(LinkedAccount, models.CASCADE, related_name="balances")
    amount = models.DecimalField(_("amount"), max_digits=16, decimal_places=4)
    currency = models.CharField(_("currency"), max_length=3)
    read_at = models.DateTimeField(_("read"), default=timezone.now)

    class Meta:
        verbose_name = _("balance reading")
        verbose_name_plural = _("balance readings")
        ordering = ["-read_at"]
        indexes = [models.Index(fields=["account", "-read_at"], name="balance_latest")]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


class Extension(models.Model):
    """A user, device, phone line, number, queue ... of a linked account. `gone_at` is set when a complete reading lacks it."""

    account = models.ForeignKey(LinkedAccount, models.CASCADE, related_name="extensions")
    kind = models.CharField(_("kind"), max_length=20, choices=ExtensionKind.choices())
    key = models.CharField(_("id at the provider"), max_length=191)
    name = models.CharField(_("name"), max_length=200, blank=True)
    number = models.CharField(_("number"), max_length=60, blank=True)
    vendor_type = models.CharField(_("type"), max_length=80, blank=True)
    status = models.CharField(_("status"), max_length=80, blank=True)
    online = models.BooleanField(_("online"), null=True)
    owner = models.CharField(_("belongs to"), max_length=200, blank=True)
    numbers = models.JSONField(_("numbers"), default=list, blank=True)
    raw = models.JSONField(default=dict, blank=True)
    seen_at = models.DateTimeField(default=timezone.now)
    gone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("extension")
        verbose_name_plural = _("extensions")
        ordering = ["kind", "number", "name", "pk"]
        constraints = [models.UniqueConstraint(fields=["account", "kind", "key"], name="unique_extension")]
        # Each list of calls asks whose the numbers on it are, of all the person's accounts at once.
        indexes = [models.Index(fields=["number", "account"], name="extension_by_number")]

    def __str__(self) -> str:
        return " ".join(filter(None, [self.number, self.name])) or self.key
