"""OAuth clients: what staff register at a provider, and which host it lives on."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from telephony.core.client_config import ClientConfig
from telephony.core.environment import CUSTOM, SANDBOX, Environment
from telephony.core.registry import find_spec, get_spec
from telephony.core.spec import ProviderSpec
from telephony.models.encrypted import Secret, SecretField


class OAuthClientQuerySet(models.QuerySet["OAuthClient"]):
    """Queries on OAuth clients."""

    def usable(self) -> OAuthClientQuerySet:
        """Clients that people can link with."""
        return self.filter(enabled=True)


class OAuthClient(models.Model):
    """One OAuth client at one provider. The secret is write-only: it is sealed on entry and never shown again."""

    provider = models.SlugField(_("provider"), max_length=40)
    name = models.CharField(_("name"), max_length=100, help_text=_("People see it when there is more than one."))
    client_id = models.CharField(_("client ID"), max_length=255)
    client_secret = SecretField(_("client secret"), blank=True, default="")
    environment = models.CharField(_("environment"), max_length=40)
    auth_url = models.URLField(_("OAuth server"), max_length=300, blank=True)
    api_url = models.URLField(_("API server"), max_length=300, blank=True)
    scopes = models.JSONField(_("permissions to ask for"), default=list, blank=True)
    parameters = models.JSONField(_("extra authorize parameters"), default=dict, blank=True)
    enabled = models.BooleanField(
        _("enabled"), default=True, help_text=_("Switched off, nobody can link with it; linked accounts keep working.")
    )
    seeded = models.BooleanField(_("from the environment"), default=False, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects: ClassVar = OAuthClientQuerySet.as_manager()

    class Meta:
        verbose_name = _("OAuth client")
        verbose_name_plural = _("OAuth clients")
        ordering = ["provider", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "client_id", "environment", "auth_url"],
                name="unique_oauth_client",
                violation_error_message=_("This OAuth client is registered here already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.provider_name}: {self.name}"

    @property
    def spec(self) -> ProviderSpec:
        """The provider's declaration. Raises LookupError where its folder has been removed."""
        return get_spec(self.provider)

    @property
    def provider_name(self) -> str:
        """The provider's display name, its slug where its folder has been removed."""
        spec = find_spec(self.provider)
        return spec.name if spec else self.provider

    @property
    def purpose(self) -> str:
        """What the client secret is sealed to."""
        return f"client:{self.provider}:{self.client_id}"

    def resolved_environment(self) -> Environment:
        """The base URLs of this client. Raises LookupError for an environment that is not there any more."""
        if self.environment == SANDBOX and self.spec.sandbox and settings.SANDBOX_URL:
            return self.spec.sandbox.at(settings.SANDBOX_URL)
        if self.environment == CUSTOM:
            return self.spec.custom_environment(self.auth_url, self.api_url)
        environment = self.spec.environment(self.environment)
        if environment is None:
            raise LookupError(f"{self.spec.name} has no environment {self.environment!r} here.")
        return environment

    def set_secret(self, plain: str) -> None:
        """Seal a client secret; the caller saves."""
        self.client_secret = Secret.seal(plain, self.purpose)

    def config(self) -> ClientConfig:
        """Everything that the OAuth flow and the token endpoint need. Raises SecretUnreadable, LookupError."""
        return ClientConfig(
            key=self.pk,
            spec=self.spec,
            environment=self.resolved_environment(),
            client_id=self.client_id,
            client_secret=self.client_secret.reveal(self.purpose) if self.client_secret else "",
            scopes=tuple(self.scopes),
            parameters=dict(self.parameters),
        )
