"""The paths that the client reads, each with what it takes to be allowed to (https://developer.goto.com/GoToConnect)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from telephony.core.environment import Environment

ADMINISTRATOR = "Administrator"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One path. `operation` names it in logs, `scope` and `role` are what a refusal is about, `host` "admin" is api.getgo.com."""

    path: str
    operation: str
    scope: str = ""
    role: str = ""
    host: str = ""
    is_list: bool = True

    def url(self, environment: Environment) -> str:
        """The absolute URL in an environment."""
        base = environment.other_url(self.host) if self.host else environment.api_url
        return base.rstrip("/") + self.path

    def of_account(self, account_key: str) -> Endpoint:
        """This path with the account key in it. Raises ValueError for a key that is not made of digits."""
        if not (account_key.isascii() and account_key.isdigit()):
            raise ValueError("an account key is made of digits")
        return replace(self, path=self.path.format(account=account_key))


PROFILE = Endpoint("/identity/v1/Users/me", "reading the profile", is_list=False)
MEMBERSHIPS = Endpoint("/users/v1/me", "reading the accounts", "users.v1.read")
LINES = Endpoint("/users/v1/lines", "reading the lines", "users.v1.lines.read")
EXTENSIONS = Endpoint("/voice-admin/v1/extensions", "reading the extensions", "voice-admin.v1.read", ADMINISTRATOR)
NUMBERS = Endpoint("/voice-admin/v1/phone-numbers", "reading the phone numbers", "voice-admin.v1.read", ADMINISTRATOR)
HISTORY = Endpoint("/call-history/v1/calls", "reading the call history", "cr.v1.read")
REPORTS = Endpoint("/call-events-report/v1/report-summaries", "reading the call report", "cr.v1.read", ADMINISTRATOR)
LICENCES = Endpoint(
    "/admin/rest/v1/accounts/{account}/licenses", "reading the licences", "identity:", ADMINISTRATOR, "admin"
)
CALLS = Endpoint("/calls/v2/calls", "starting a call", "calls.v2.initiate", is_list=False)
