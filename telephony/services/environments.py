"""Where accounts and clients live, and which hosts may be contacted at all."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from contextlib import suppress
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from telephony.core.environment import SANDBOX, Environment
from telephony.core.http import origin_of
from telephony.core.spec import ProviderSpec
from telephony.models import LinkedAccount, OAuthClient


def available_environments(spec: ProviderSpec) -> tuple[Environment, ...]:
    """What staff can choose from: the provider's own environments, and the sandbox where there is one."""
    sandbox = (spec.sandbox.at(settings.SANDBOX_URL),) if spec.sandbox and settings.SANDBOX_URL else ()
    return (*spec.environments, *sandbox)


def environment_of(account: LinkedAccount) -> Environment:
    """The environment that an account was linked in: its client's, or for personal tokens the one whose API it names.

    Raises LookupError where no environment has that API any more.
    """
    if account.client is not None:
        return account.client.resolved_environment()
    for environment in personal_environments(account.spec):
        if authority_of(environment) == account.authority:
            return environment
    raise LookupError(f"{account.provider_name} has no environment at {account.authority} here.")


def personal_environments(spec: ProviderSpec) -> tuple[Environment, ...]:
    """Where personal tokens can be used: where the enabled clients point first, then the provider's own; one per server."""
    clients = OAuthClient.objects.usable().filter(provider=spec.slug).order_by("pk")
    found: dict[str, Environment] = {}
    for environment in (*_resolved(clients), *available_environments(spec)):
        found.setdefault(authority_of(environment), environment)
    return tuple(found.values())


def _resolved(clients: Iterable[OAuthClient]) -> Iterator[Environment]:
    """The clients' environments, without those that settings no longer have."""
    for client in clients:
        with suppress(LookupError):
            yield client.resolved_environment()


def authority_of(environment: Environment) -> str:
    """What makes remote ids of different servers different: the origin of the API."""
    return origin_of(environment.api_url)


def is_sandbox(environment: Environment) -> bool:
    """Whether this is the local stand-in, which pages mark as such."""
    return environment.key == SANDBOX


def is_in_sandbox(account: LinkedAccount) -> bool:
    """Whether an account is one of the local stand-in, whichever way it was linked."""
    return bool(settings.SANDBOX_URL) and account.authority == origin_of(settings.SANDBOX_URL)


def host_refusal(url: str, spec: ProviderSpec) -> str:
    """Why a URL may not be used as a provider's server, as a sentence in the active language; "" where it may.

    Allowed are the provider's own hosts over https, hosts in PROVIDER_EXTRA_HOSTS, and loopback while DEBUG is on (no SSRF through
    the admin: OWASP ASVS 5.0, 1.3.6).
    """
    origin = origin_of(url)
    if not origin or "\\" in url:
        return _("This is not an address such as https://login.example.org.")
    host, netloc = urlsplit(origin).hostname or "", urlsplit(origin).netloc
    if host in settings.PROVIDER_EXTRA_HOSTS or netloc in settings.PROVIDER_EXTRA_HOSTS:
        return ""
    if settings.PROVIDER_ALLOW_LOOPBACK and _is_loopback(host):
        return ""
    if origin in {own for environment in spec.environments for own in environment.origins}:
        return ""
    return _("The host %(host)s is not allowed; an operator can add it to PROVIDER_EXTRA_HOSTS.") % {"host": netloc}


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
