"""*Test this client*, in words."""

from __future__ import annotations

from django.contrib import messages
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from telephony.core.flow import redirect_uri
from telephony.models import OAuthClient
from telephony.services.clients import ClientHealth, ClientTest, test_client

# What was found, and what to do.
WORDS = {
    ClientHealth.FINE: (
        _("The provider knows this client and accepts its secret and redirect URI."),
        _("People can link their accounts with it."),
    ),
    ClientHealth.UNREACHABLE: (
        _("The provider could not be reached, so nothing is known about the client."),
        _("Check the environment and this server's network, and test again in a few minutes."),
    ),
    ClientHealth.UNKNOWN_CLIENT: (
        _("The provider does not know this client ID."),
        _("Compare it with the provider's portal, and check that the environment is the one it was registered in."),
    ),
    ClientHealth.WRONG_SECRET: (
        _("The provider knows the client ID but refuses the secret."),
        _("Copy the secret from the provider's portal again, or make a new one there, and enter it here."),
    ),
    ClientHealth.WRONG_REDIRECT: (
        _("The provider knows the client but not this site's redirect URI."),
        _("Register exactly this redirect URI in the provider's portal:"),
    ),
    ClientHealth.WRONG_SCOPES: (
        _("The provider knows the client but does not let it ask for all of these permissions."),
        _("Allow them for the client in the provider's portal, or untick here what is not allowed there."),
    ),
    ClientHealth.UNREADABLE_SECRET: (
        _("Nothing was sent: what is stored here about the client cannot be used."),
        _("Enter the client secret again, or choose another environment."),
    ),
    ClientHealth.UNCLEAR: (
        _("The provider answered in a way that says neither yes nor no."),
        _("Try to link an account. If that fails too, compare every field with the provider's portal."),
    ),
}


def run(client: OAuthClient) -> tuple[int, SafeString, ClientHealth]:
    """Test a client; gives the message's level, its text, and the finding."""
    uri = redirect_uri(client.provider)
    result = test_client(client, uri)
    level = messages.SUCCESS if result.health is ClientHealth.FINE else messages.ERROR
    return level, _message(client, result, uri), result.health


def _message(client: OAuthClient, result: ClientTest, uri: str) -> SafeString:
    sentence, next_step = WORDS[result.health]
    text = format_html("<strong>{}:</strong> {} {}", client, sentence, next_step)
    if result.health is ClientHealth.WRONG_REDIRECT:
        text = format_html("{} <code>{}</code>", text, uri)
    if result.detail and result.health is not ClientHealth.FINE:
        text = format_html('{} <span class="desk-detail">{} <code>{}</code></span>', text, _("Details:"), result.detail)
    return text
