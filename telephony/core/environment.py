"""Where a provider lives: its production hosts, the local sandbox, or a host that settings allow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from telephony.core.http import origin_of

SANDBOX = "sandbox"
CUSTOM = "custom"


@dataclass(frozen=True, slots=True)
class Environment:
    """One set of base URLs, without trailing slash.

    `auth_url` is the base of the OAuth server, `api_url` of the API; `other_urls` are further hosts by name (media, admin).
    A URL that begins with "/" is relative to the sandbox.
    """

    key: str
    label: Any
    auth_url: str
    api_url: str
    other_urls: Mapping[str, str] = field(default_factory=dict)

    @property
    def origins(self) -> frozenset[str]:
        """``scheme://host[:port]`` of every URL: the only places that a client of this environment contacts."""
        return frozenset(origin_of(url) for url in (self.auth_url, self.api_url, *self.other_urls.values()) if url)

    def other_url(self, name: str) -> str:
        """The further host `name`, or the API's where the environment has no such host."""
        return self.other_urls.get(name) or self.api_url

    def at(self, base: str) -> Environment:
        """This environment with its relative URLs made absolute under `base`."""
        return replace(
            self,
            auth_url=_absolute(self.auth_url, base),
            api_url=_absolute(self.api_url, base),
            other_urls={name: _absolute(url, base) for name, url in self.other_urls.items()},
        )


def _absolute(url: str, base: str) -> str:
    return base.rstrip("/") + url if url.startswith("/") else url
