"""OAuth clients that the sandbox knows. The values are fixed, public and harmless."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from sandbox.store import Record, Store

BUCKET = "clients"
SEEDED = {
    "sipgate": ("3000001-0-8d7c1f5e-0000-4000-8000-1c2d3e4f5a6b", "sandbox-sipgate-secret"),
    "ringcentral": ("sandboxRingCentralApp01", "sandbox-ringcentral-secret"),
    "goto": ("5a3d1c70-0000-4000-8000-5a4db0c5c0de", "sandbox-goto-secret"),
}
DEFAULT_SITES = ("http://127.0.0.1:8000", "http://localhost:8000")


def callback(site_url: str, provider: str) -> str:
    """Where the site wants the browser back."""
    return f"{site_url.rstrip('/')}/accounts/{provider}/login/callback/"


def seed_clients(store: Store, site_urls: Iterable[str]) -> None:
    """Register the three clients, or add these sites to the redirect URIs that they have."""
    sites = [*DEFAULT_SITES, *site_urls]
    for provider, (client_id, secret) in SEEDED.items():
        with store.transaction():
            record = store.get(BUCKET, f"{provider}:{client_id}") or {"secret": secret, "redirect_uris": []}
            wanted = [*record["redirect_uris"], *(callback(site, provider) for site in sites)]
            record["redirect_uris"] = list(dict.fromkeys(wanted))
            store.put(BUCKET, f"{provider}:{client_id}", record)


def add_redirect_uris(store: Store, provider: str, redirect_uris: Iterable[str]) -> Record:
    """Register more redirect URIs at the provider's seeded client and return the client."""
    key = f"{provider}:{SEEDED[provider][0]}"
    with store.transaction():
        record = store.get(BUCKET, key) or {"secret": SEEDED[provider][1], "redirect_uris": []}
        record["redirect_uris"] = list(dict.fromkeys([*record["redirect_uris"], *redirect_uris]))
        store.put(BUCKET, key, record)
        return record


def find_client(store: Store, provider: str, client_id: str) -> Record | None:
    """The client's record: `secret`, `redirect_uris`, and `public` when it has no secret."""
    return store.get(BUCKET, f"{provider}:{client_id}")


def redirect_allowed(client: Record, redirect_uri: str, wildcards: bool) -> bool:
    """Exact match with a registered one; with `wildcards` a registered `*` stands for any text."""
    registered: list[str] = client["redirect_uris"]
    if redirect_uri in registered:
        return True
    patterns = [uri.replace("[", "[[]").replace("?", "[?]") for uri in registered if "*" in uri]
    return wildcards and any(fnmatchcase(redirect_uri, pattern) for pattern in patterns)
