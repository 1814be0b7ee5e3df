"""What sipgate's error answers mean. Their bodies follow no common form, so the status decides, and one sentence on a 403."""

from __future__ import annotations

from telephony.core.errors import NotOnContract, ScopeMissing
from telephony.core.http import Reply
from telephony.core.refusals import raise_for_status
from telephony.providers.sipgate.claims import TokenClaims


def raise_for(reply: Reply, claims: TokenClaims, scope: str = "") -> None:
    """Raise the error that an answer stands for; return where it is a success. `scope` is what the request needs.

    A 403 comes for a missing scope, a foreign extension, a feature that is not booked and a classic-only path alike. Told apart: the
    classic-only one by its plain text; a missing scope by the token's own list. Where that list is unknown (personal access tokens)
    the scope is the likeliest reason and is named; where it was granted, the reason stays open: AccessDenied.
    """
    if reply.status == 403 and not reply.is_page:
        if "classic" in reply.text[:500].lower():
            raise NotOnContract(reply.provider, reply.operation, **reply.error_details())
        if scope and claims.may_lack(scope):
            raise ScopeMissing(reply.provider, reply.operation, scopes=(scope,), **reply.error_details())
    raise_for_status(reply)
