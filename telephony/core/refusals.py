"""What an HTTP status means where a provider says nothing more exact.

A provider's `raise_for` looks at its own error bodies first and leaves the rest to `raise_for_status`, so that all agree: faults of
the network and of the provider never look like something that the person has to mend.
"""

from __future__ import annotations

from telephony.core.errors import (
    AccessDenied,
    CredentialRejected,
    NotFound,
    ProviderError,
    RateLimited,
    RequestRefused,
    ServerFault,
    TryLater,
)
from telephony.core.http import Reply

REFUSALS: dict[int, type[ProviderError]] = {
    401: CredentialRejected,
    403: AccessDenied,
    404: NotFound,
    408: TryLater,
    425: TryLater,
    429: RateLimited,
}


def raise_for_status(reply: Reply) -> None:
    """Raise the member of the error family that the status stands for; return where it is a success.

    A 4xx with an HTML page comes from a firewall or a proxy, not from the API: it raises UnusableReply (try later), whatever its status.
    """
    if reply.status < 400:
        return
    if reply.status < 500 and reply.status != 429 and reply.is_page:
        raise reply.unusable(f"a page instead of data (status {reply.status})")
    kind = ServerFault if reply.status >= 500 else REFUSALS.get(reply.status, RequestRefused)
    raise kind(reply.provider, reply.operation, **reply.error_details())
