"""The people who look at every page, with everything in the database that the pages need."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.browser.pages import Who
from tests.browser.stage import Stage
from tests.browser.visitor import Visitor, enter

_NAMES = {
    Who.EMPTY: "Emmy Noether",
    Who.PERSON: "Ada Lovelace",
    Who.GUARDED: "Grace Hopper",
    Who.CAUTIOUS: "Grace Hopper",
    Who.STAFF: "Stefan Staff",
}


@dataclass(slots=True)
class Residents:
    """`keys` fill the {places} in the paths of `pages.PAGES`."""

    stage: Stage
    people: dict[Who, dict[str, str]] = field(default_factory=dict)
    keys: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        backstage = self.stage.backstage
        for who, name in _NAMES.items():
            self.people[who] = backstage(
                "person", name=name, staff=who is Who.STAFF, stepped_up=who is not Who.CAUTIOUS
            )
        self.people[Who.HALFWAY] = self.people[Who.CAUTIOUS]
        person = self.people[Who.PERSON]
        accounts = {
            provider: backstage("link", email=person["email"], provider=provider)
            for provider in ("sipgate", "ringcentral", "goto")
        }
        for provider, key in accounts.items():
            backstage("read", account=key)
            self.keys[f"account_{provider}"] = key
        self.keys["account"] = accounts["sipgate"]
        backstage("guard", email=self.people[Who.CAUTIOUS]["email"])
        self.keys["passkey"] = backstage("guard", email=self.people[Who.GUARDED]["email"])
        self.keys |= backstage("keys", email=person["email"])

    def enter(self, visitor: Visitor, who: Who) -> None:
        """Let a person sit down at a window."""
        if who is Who.NOBODY:
            return
        person = self.people[who]
        if who is Who.HALFWAY:
            visitor.sign_in(person["email"], person["password"])
            return
        enter(visitor, person)

    @contextmanager
    def speaking(self, visitor: Visitor, who: Who, language: str) -> Iterator[None]:
        """Show the site in another language for a while, as the person's own choice or the browser's."""
        if who in (Who.NOBODY, Who.HALFWAY):
            cookie = {"name": "django_language", "value": language, "url": visitor.stage.url}
            visitor.page.context.add_cookies([cookie])  # type: ignore[list-item]  # a TypedDict with just these keys
            yield
            visitor.page.context.clear_cookies(name=re.compile("^django_language$"))
            return
        email = self.people[who]["email"]
        visitor.stage.backstage("speak", email=email, language=language)
        yield
        visitor.stage.backstage("speak", email=email, language="en")
