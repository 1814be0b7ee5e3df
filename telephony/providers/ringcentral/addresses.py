"""RingCentral's addresses. OAuth and API share one base URL, under which every path begins with /restapi."""

from __future__ import annotations

import re

from telephony.core.environment import Environment
from telephony.core.oauth import OAuthEndpoints

_TAIL = re.compile(r"(/restapi(/oauth(/(authorize|token|revoke))?|/v[0-9.]+)?)?/*$")


def platform_base(url: str) -> str:
    """The base of all paths: a URL that already goes on to /restapi (or into it) is cut back, as is a slash at the end."""
    return _TAIL.sub("", url.strip())


def endpoints(environment: Environment) -> OAuthEndpoints:
    """The OAuth endpoints of an environment (https://developers.ringcentral.com/guide/authentication/auth-code-flow)."""
    oauth = f"{platform_base(environment.auth_url)}/restapi/oauth"
    return OAuthEndpoints(authorize=f"{oauth}/authorize", token=f"{oauth}/token", revoke=f"{oauth}/revoke")
