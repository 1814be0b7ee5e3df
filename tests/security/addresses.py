"""Every address of the site, from the URLconf, with ids of somebody's own things filled in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

PLACE = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)")


@dataclass(frozen=True, slots=True)
class Address:
    """One entry of the URLconf. `name` is its URL name with the namespace, or its route where it has none; `is_part` if htmx loads it."""

    name: str
    route: str
    is_part: bool = False

    def path(self, keys: Mapping[str, Any]) -> str:
        """A path with `keys` in its places: by the folder before the place (``accounts``, ``admin/auth/group``) or by the place's name.

        Raises AssertionError with a sentence for a place that nobody has filled.
        """
        found, at = "", 0
        for place in PLACE.finditer(self.route):
            found += self.route[at : place.start()]
            at = place.end()
            found += str(self._key(found, place[1] or place[2], keys))
        return "/" + (found + self.route[at:]).replace("$", "").replace("^", "")

    def _key(self, before: str, name: str, keys: Mapping[str, Any]) -> Any:
        folders = before.strip("/").split("/")
        candidates = ["/".join(folders[start:]) for start in range(len(folders))]
        for candidate in [name, *candidates]:
            if candidate in keys:
                return keys[candidate]
        raise AssertionError(
            f"The address {self.route} of {self.name} has a place <{name}> that the crawl cannot fill: "
            f"add the key {folders[-1]!r} (or {name!r}) to World.keys in tests/security/world.py."
        )


@cache
def addresses() -> tuple[Address, ...]:
    """All of the site's own addresses, each name once; the development pages are not part of a production site."""
    found: dict[str, Address] = {}
    for address in _walk(get_resolver("config.urls"), "", ""):
        found.setdefault(address.name, address)
    return tuple(found.values())


def _walk(resolver: URLResolver, namespace: str, route: str) -> Iterator[Address]:
    for entry in resolver.url_patterns:
        whole = route + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield Address(
                f"{namespace}{entry.name}" if entry.name else whole, whole, hasattr(entry.callback, "part_of")
            )
        else:
            yield from _walk(entry, f"{namespace}{entry.namespace}:" if entry.namespace else namespace, whole)
