"""What an access token says about itself. sipgate's are JSON web tokens; the claims are read as a hint and never trusted."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from telephony.core.payload import mapping, text, texts

NEO = "NEO_PBX"


@dataclass(frozen=True, slots=True)
class TokenClaims:
    """`scopes` are what was granted, `neo` whether the account is on the new system; None where the credential does not tell."""

    scopes: frozenset[str] | None = None
    neo: bool | None = None

    def may_lack(self, scope: str) -> bool:
        """Whether a refusal may be due to `scope`: it was not granted, or nobody knows what was."""
        return self.scopes is None or not self.scopes & _sufficient(scope)


def read_claims(authorization: str) -> TokenClaims:
    """The claims of the token in an Authorization header; empty ones for a personal access token or an opaque one.

    `scope` is in newer tokens, `realm_access.roles` holds the same in those of 2018; `featureScope` tells classic from neo
    (help.sipgate.de, "What changes with the new system"; its classic value is spelled in two ways, so only the neo one is looked at).
    """
    claims = _payload(authorization)
    granted = text(claims.get("scope"), limit=10_000).split() or texts(mapping(claims.get("realm_access")).get("roles"))
    system = text(claims.get("featureScope"))
    return TokenClaims(frozenset(granted) or None, system == NEO if system else None)


def _payload(authorization: str) -> Mapping[str, Any]:
    scheme, _, token = authorization.partition(" ")
    parts = token.split(".")
    if scheme.lower() != "bearer" or len(parts) != 3:
        return {}
    try:
        return mapping(json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))))
    except (ValueError, RecursionError):
        return {}


def _sufficient(scope: str) -> frozenset[str]:
    """`scope`, its parents (``sessions:sms:write`` is part of ``sessions:write``) and ``all``."""
    *stem, form = scope.split(":")
    parents = {":".join([*stem[:length], form]) for length in range(1, len(stem) + 1)}
    return frozenset({"all", *parents})
