"""One authenticated request to the REST API: who asks, for what."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from flask import Response, request

from sandbox.grants import Session
from sandbox.policy import Persona
from sandbox.ringcentral.calllog_rows import RowCache
from sandbox.ringcentral.errors import bad_json, not_found, other_extension
from sandbox.ringcentral.pbx import ACCOUNT_ID, Extension, Pbx
from sandbox.ringcentral.wire import Json

if TYPE_CHECKING:
    from sandbox.app import Sandbox

Answer = Json | Response


@dataclass(frozen=True, slots=True)
class Ask:
    """What a handler is given. `values` are the variable parts of the path."""

    sandbox: Sandbox
    pbx: Pbx
    rows: RowCache
    session: Session
    persona: Persona
    values: Mapping[str, str]

    @property
    def now(self) -> datetime:
        """The present on the sandbox's clock."""
        return self.sandbox.clock.now()

    @property
    def own(self) -> Extension:
        """The extension of the person who asks."""
        return self.pbx.of(self.pbx.company.persons[self.persona.person])

    @property
    def admin(self) -> bool:
        """Whether the person who asks is an administrator."""
        return self.persona.admin

    @property
    def target(self) -> Extension:
        """The extension that the path names; `~` is the own one."""
        wanted = self.values.get("extension", "~")
        if wanted == "~":
            return self.own
        found = self.pbx.by_id.get(int(wanted)) if re.fullmatch(r"[0-9]{1,18}", wanted) else None
        if found is None:
            raise not_found("extensionId")
        return found

    def check_account(self) -> None:
        """Refuse a path that names another account."""
        if self.values.get("account", "~") not in ("~", str(ACCOUNT_ID)):
            raise not_found("accountId")

    def own_only(self) -> Extension:
        """The extension of the path, refused when it is not the own one: not even administrators act for others."""
        if self.target.id != self.own.id:
            raise other_extension()
        return self.own

    def body(self) -> Json:
        """The JSON object in the body."""
        body = request.get_json(silent=True, force=True)
        if not isinstance(body, dict):
            raise bad_json()
        return body
