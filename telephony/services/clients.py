"""OAuth clients: seeding them from the environment, and finding out whether one works."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.utils import timezone

from telephony.core.environment import CUSTOM, SANDBOX
from telephony.core.errors import ClientRejected, GrantEnded, OutcomeUnknown, ProviderError, RequestRefused, TryLater
from telephony.core.http import Reply
from telephony.core.registry import all_specs, find_spec
from telephony.core.spec import ProviderSpec
from telephony.models import LinkedAccount, OAuthClient, SecretUnreadable, SyncState, Token

if TYPE_CHECKING:
    from config.environment import ClientSeed


def seed_clients() -> list[OAuthClient]:
    """Create an OAuthClient for every provider whose environment variables describe one; staff's later edits are kept.

    Known clients (same provider and client id) are left alone, except that a changed secret in the environment is taken over.
    """
    clients = [client for seed in settings.PROVIDER_SEEDS if (client := _seed(seed))]
    return clients + (_seed_sandbox_clients() if settings.SEED_SANDBOX_CLIENTS else [])


def try_again(client: OAuthClient) -> None:
    """Let accounts that wait because the provider refused this client be asked for at once, as after its secret was mended."""
    now = timezone.now()
    Token.objects.filter(account__client=client, cooldown_until__gt=now).update(cooldown_until=None)
    accounts = LinkedAccount.objects.usable().filter(client=client)
    accounts.filter(next_refresh_at__gt=now).update(next_refresh_at=now)
    stuck = SyncState.objects.filter(account__in=accounts, error_code=ClientRejected.code)
    stuck.filter(next_pass_at__gt=now).update(next_pass_at=now, failures=0)


def _seed_sandbox_clients() -> list[OAuthClient]:
    """In development, every provider that has no client yet gets the one that the local sandbox knows."""
    return [
        _sandbox_client(spec)
        for spec in all_specs()
        if spec.sandbox
        and settings.SANDBOX_URL
        and spec.sandbox_credentials[0]
        and not OAuthClient.objects.filter(provider=spec.slug).exists()
    ]


def _sandbox_client(spec: ProviderSpec) -> OAuthClient:
    client_id, secret = spec.sandbox_credentials
    client = OAuthClient(
        provider=spec.slug,
        client_id=client_id,
        name=f"{spec.name} (sandbox)",
        environment=SANDBOX,
        scopes=[scope.name for scope in spec.scopes],  # nothing real is at stake, and every feature is to be seen
        seeded=True,
    )
    client.set_secret(secret)
    client.save()
    return client


def _seed(seed: ClientSeed) -> OAuthClient | None:
    spec = find_spec(seed.provider)
    if spec is None:
        return None
    client = OAuthClient.objects.filter(provider=seed.provider, client_id=seed.client_id).first()
    if client is None:
        client = OAuthClient(provider=seed.provider, client_id=seed.client_id, name=spec.name, seeded=True)
        client.scopes = list(seed.scopes or spec.default_scopes)
        client.environment, client.auth_url, client.api_url = _place(spec, seed)
    elif not client.seeded or _same_secret(client, seed.client_secret):
        return client
    client.set_secret(seed.client_secret)
    client.save()
    try_again(client)
    return client


def _same_secret(client: OAuthClient, secret: str) -> bool:
    try:
        return bool(client.client_secret.reveal(client.purpose) == secret)
    except SecretUnreadable:
        return False


def _place(spec: ProviderSpec, seed: ClientSeed) -> tuple[str, str, str]:
    """(environment key, auth_url, api_url): the sandbox or a production environment if the URLs are its, else custom."""
    known = list(spec.environments)
    if spec.sandbox and settings.SANDBOX_URL:
        known.append(spec.sandbox.at(settings.SANDBOX_URL))
    if not seed.auth_url and not seed.api_url:
        return spec.environments[0].key, "", ""
    for environment in known:
        if (seed.auth_url or environment.auth_url, seed.api_url or environment.api_url) == (
            environment.auth_url,
            environment.api_url,
        ):
            return environment.key, "", ""
    return CUSTOM, seed.auth_url, seed.api_url


class ClientHealth(Enum):
    """What *test this client* can find out."""

    FINE = "fine"
    UNREACHABLE = "unreachable"
    UNKNOWN_CLIENT = "unknown_client"
    WRONG_SECRET = "wrong_secret"  # noqa: S105  # a finding, not a secret
    WRONG_REDIRECT = "wrong_redirect"
    WRONG_SCOPES = "wrong_scopes"
    UNREADABLE_SECRET = "unreadable_secret"  # noqa: S105
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class ClientTest:
    """The result of a test; `detail` is what the provider said, redacted."""

    health: ClientHealth
    detail: str = ""


def test_client(client: OAuthClient, redirect_uri: str) -> ClientTest:
    """Ask the provider about a client: its authorize page knows the id and the redirect URI, its token endpoint the secret.

    Both requests are harmless: the authorization is never completed and the code is made up.
    """
    try:
        config = client.config()
    except (SecretUnreadable, LookupError) as error:
        return ClientTest(ClientHealth.UNREADABLE_SECRET, str(error))
    try:
        page = config.door().get(
            config.endpoints.authorize,
            "testing the OAuth client",
            query=[
                ("response_type", "code"),
                ("client_id", client.client_id),
                ("redirect_uri", redirect_uri),
                ("scope", " ".join(client.scopes)),
                ("state", "switchboard-client-test"),
                ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
                ("code_challenge_method", "S256"),
            ],
            headers={"Accept": "text/html"},
            redirect_is_answer=True,
        )
    except ProviderError as error:
        return ClientTest(ClientHealth.UNREACHABLE, error.detail)
    if page.status >= 500:
        return ClientTest(ClientHealth.UNREACHABLE, f"status {page.status}")
    refusal = _authorize_refusal(page)
    try:
        config.token_endpoint().probe(redirect_uri)
    except ClientRejected as error:
        return ClientTest(refusal) if refusal else ClientTest(ClientHealth.WRONG_SECRET, error.detail)
    except (GrantEnded, RequestRefused):
        return ClientTest(refusal or ClientHealth.FINE)
    except (TryLater, OutcomeUnknown) as error:
        return ClientTest(ClientHealth.UNREACHABLE, error.detail)
    except ProviderError as error:
        return ClientTest(ClientHealth.UNCLEAR, error.detail)
    return ClientTest(ClientHealth.UNCLEAR, "the provider accepted a made-up code")


def _authorize_refusal(page: Reply) -> ClientHealth | None:
    """What the authorize page refused, None if nothing.

    Providers answer 400 for a bad client and for a bad redirect URI, and send the browser back with an error for the rest
    (RFC 6749, 4.1.2.1).
    """
    if page.status >= 400:
        return ClientHealth.WRONG_REDIRECT if "redirect" in page.text.lower() else ClientHealth.UNKNOWN_CLIENT
    told = parse_qs(urlsplit(page.headers.get("location", "")).query).get("error", [""])[0]
    return _TOLD_BY_REDIRECT.get(told)


_TOLD_BY_REDIRECT = {
    "invalid_scope": ClientHealth.WRONG_SCOPES,
    "unauthorized_client": ClientHealth.UNKNOWN_CLIENT,
    "invalid_client": ClientHealth.UNKNOWN_CLIENT,
}


def is_sandbox_client(client: OAuthClient) -> bool:
    """Whether a client points at the local stand-in."""
    return client.environment == SANDBOX
