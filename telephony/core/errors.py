"""The one family of errors that providers raise. Views and services decide by class, never by vendor code.

Three outcomes for the layer above: the person (or staff) must do something (`permanent`), try later (`retry_after`, or back-off),
or the provider answered something we cannot use. Each error carries a plain sentence for the person who sees it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar

from django.utils.translation import gettext as _

from telephony.core.sent import SentRequest


class ProviderError(Exception):
    """Something went wrong between us and a provider.

    `provider` is its display name, `operation` what we were doing (an English noun phrase for logs), `status` the HTTP status or
    None, `request_id` the provider's own id of the request, `retry_after` seconds or None, `detail` a redacted vendor message,
    `request` what was asked, None where nothing was sent.
    """

    permanent: ClassVar[bool] = False
    code: ClassVar[str] = "provider_error"

    def __init__(
        self,
        provider: str,
        operation: str = "",
        *,
        status: int | None = None,
        request_id: str = "",
        retry_after: float | None = None,
        detail: str = "",
        request: SentRequest | None = None,
    ) -> None:
        self.provider = provider
        self.operation = operation
        self.status = status
        self.request_id = request_id
        self.retry_after = retry_after
        self.detail = detail
        self.request = request
        super().__init__(f"{type(self).__name__}: {provider}: {operation}: status {status}: {detail}"[:500])

    @property
    def sentence(self) -> str:
        """What happened, in the active language."""
        return _("%(provider)s could not be read.") % {"provider": self.provider}

    @property
    def next_step(self) -> str:
        """What the person can do about it, in the active language."""
        return _("Try again in a moment. If it stays like this, tell your administrator.")


class TryLater(ProviderError):
    """The provider is not able to answer now; nothing about the link is wrong."""

    code = "try_later"


class Unreachable(TryLater):
    """No connection, a time-out, or a connection that broke."""

    code = "unreachable"

    @property
    def sentence(self) -> str:
        return _("%(provider)s did not answer in time.") % {"provider": self.provider}

    @property
    def next_step(self) -> str:
        return _("Nothing is lost and the account stays linked. Refresh in a minute.")


class NotAnswering(TryLater):
    """The provider's host has failed several times in a row, so it is not asked for a while. `since` is when that began."""

    code = "not_answering"
    since: datetime | None = None

    @property
    def sentence(self) -> str:
        return _("%(provider)s is not answering at the moment.") % {"provider": self.provider}

    @property
    def next_step(self) -> str:
        return _(
            "Nothing is lost and the account stays linked. We ask again by ourselves, and you see what was read last."
        )


class BudgetSpent(TryLater):
    """Waiting for providers has taken all the time that one page may take; this was not asked any more."""

    code = "budget_spent"

    @property
    def sentence(self) -> str:
        return _("%(provider)s answers too slowly, so we stopped waiting for the rest of this page.") % {
            "provider": self.provider
        }

    @property
    def next_step(self) -> str:
        return _("Nothing is lost. Reload the page in a minute.")


class ServerFault(TryLater):
    """The provider answered with a 5xx status."""

    code = "server_fault"

    @property
    def sentence(self) -> str:
        if self.status is None:
            return _("%(provider)s reports a fault of its own.") % {"provider": self.provider}
        return _("%(provider)s reports a fault of its own (error %(status)s).") % {
            "provider": self.provider,
            "status": self.status,
        }

    @property
    def next_step(self) -> str:
        return _("Nothing is lost and the account stays linked. Refresh in a few minutes.")


class RateLimited(TryLater):
    """The provider asked us to slow down (429)."""

    code = "rate_limited"

    @property
    def sentence(self) -> str:
        return _("%(provider)s asks us to slow down: too many requests in a short time.") % {"provider": self.provider}

    @property
    def next_step(self) -> str:
        if self.retry_after:
            return _("Refresh in %(seconds)d seconds; until then you see what was read last.") % {
                "seconds": max(1, round(self.retry_after))
            }
        return _("Refresh in a minute; until then you see what was read last.")


class UnusableReply(TryLater):
    """An answer that is not what the API promises: HTML, a truncated body, JSON of another shape, a redirect."""

    code = "unusable_reply"

    @property
    def sentence(self) -> str:
        return _("%(provider)s answered something that is not data, such as an error page.") % {
            "provider": self.provider
        }

    @property
    def next_step(self) -> str:
        return _("Nothing is lost. Refresh in a few minutes; if it stays like this, tell your administrator.")


class PagingStuck(UnusableReply):
    """Pages that repeat, or markers that do not move: reading on would never end."""

    code = "paging_stuck"

    @property
    def sentence(self) -> str:
        return _("%(provider)s sends the same page again and again, so the list cannot be read to its end.") % {
            "provider": self.provider
        }


class CredentialRejected(ProviderError):
    """A 401 from the API: the access token or personal access token was not accepted."""

    permanent = True
    code = "credential_rejected"

    @property
    def sentence(self) -> str:
        return _("%(provider)s no longer accepts our access to this account.") % {"provider": self.provider}

    @property
    def next_step(self) -> str:
        return _("Link the account again; its history is kept.")


class GrantEnded(ProviderError):
    """The token endpoint said in a structured answer that the grant is over (invalid_grant and its equivalents)."""

    permanent = True
    code = "grant_ended"

    @property
    def sentence(self) -> str:
        return _("%(provider)s has ended our access to this account.") % {"provider": self.provider}

    @property
    def next_step(self) -> str:
        return _("Link the account again; its history is kept.")


class ClientRejected(ProviderError):
    """The OAuth client is unknown, disabled or its secret is wrong: staff must mend it."""

    permanent = True
    code = "client_rejected"

    @property
    def sentence(self) -> str:
        return _("%(provider)s does not accept this site's OAuth client.") % {"provider": self.provider}

    @property
    def next_step(self) -> str:
        return _("An administrator has to check the client ID and secret. Your account stays linked.")


class AccessDenied(ProviderError):
    """A 403: the credentials are fine but do not allow this. The subclasses say why, where the provider tells."""

    permanent = True
    code = "access_denied"

    @property
    def sentence(self) -> str:
        return _("%(provider)s does not allow this for the linked account.") % {"provider": self.provider}

    @property
    def next_step(self) -> str:
        return _("Ask the administrator of your telephone system whether your user may do this.")


class ScopeMissing(AccessDenied):
    """The grant lacks one of `scopes`."""

    code = "scope_missing"

    def __init__(self, provider: str, operation: str = "", *, scopes: Iterable[str] = (), **details: object) -> None:
        super().__init__(provider, operation, **details)  # type: ignore[arg-type]  # passed through unchanged
        self.scopes = tuple(scopes)

    @property
    def sentence(self) -> str:
        if self.scopes:
            return _("This link lacks a permission: %(scopes)s.") % {"scopes": ", ".join(self.scopes)}
        return _("This link lacks a permission that %(provider)s asks for.") % {"provider": self.provider}

    @property
    def next_step(self) -> str:
        return _("Link the account again and agree to the permission; the history is kept.")


class RoleMissing(AccessDenied):
    """The person's role at the provider is not enough; `role` names what is missing, where the provider says."""

    code = "role_missing"

    def __init__(self, provider: str, operation: str = "", *, role: str = "", **details: object) -> None:
        super().__init__(provider, operation, **details)  # type: ignore[arg-type]  # passed through unchanged
        self.role = role

    @property
    def sentence(self) -> str:
        if self.role:
            return _("Your user at %(provider)s lacks the permission “%(role)s”.") % {
                "provider": self.provider,
                "role": self.role,
            }
        return _("Your user at %(provider)s does not have the role for this.") % {"provider": self.provider}

    @property
    def next_step(self) -> str:
        return _("The administrator of your telephone system can grant it.")


class NotOnContract(AccessDenied):
    """The company's contract or kind of account does not include this."""

    code = "not_on_contract"

    @property
    def sentence(self) -> str:
        return _("This is not part of the contract at %(provider)s.") % {"provider": self.provider}

    @property
    def next_step(self) -> str:
        return _("There is nothing to do here, unless you want to change the contract.")


class NotFound(ProviderError):
    """A 404: the thing asked for is not there."""

    permanent = True
    code = "not_found"

    @property
    def sentence(self) -> str:
        return _("%(provider)s does not know this entry (any more).") % {"provider": self.provider}


class RequestRefused(ProviderError):
    """Any other 4xx: the provider did not accept what we sent."""

    permanent = True
    code = "request_refused"

    @property
    def sentence(self) -> str:
        if self.status is None:
            return _("%(provider)s refused the request.") % {"provider": self.provider}
        return _("%(provider)s refused the request (error %(status)s).") % {
            "provider": self.provider,
            "status": self.status,
        }

    @property
    def next_step(self) -> str:
        return _("Change the filter or try again; if it stays like this, tell your administrator.")


class SyncTokenExpired(RequestRefused):
    """The provider does not go on from the sync token that it gave: what changed since then has to be found by reading again."""

    code = "sync_token_expired"

    @property
    def sentence(self) -> str:
        return _("%(provider)s can no longer tell what has changed since our last visit.") % {"provider": self.provider}

    @property
    def next_step(self) -> str:
        return _("Nothing is lost: the calls of the last weeks are read again as a whole.")


class OutcomeUnknown(ProviderError):
    """A write (text, call) whose answer we did not learn: it may or may not have happened. Never retried."""

    code = "outcome_unknown"

    @property
    def sentence(self) -> str:
        return _("We did not learn whether %(provider)s did it.") % {"provider": self.provider}

    @property
    def next_step(self) -> str:
        return _("Check before you send it again.")


class HostNotAllowed(ProviderError):
    """A URL whose host is not on the allow-list; the request was not sent."""

    permanent = True
    code = "host_not_allowed"

    @property
    def sentence(self) -> str:
        return _("An address of %(provider)s is not on the list of allowed hosts.") % {"provider": self.provider}

    @property
    def next_step(self) -> str:
        return _("An administrator has to check the environment of the OAuth client.")


def error_from_code(
    code: str,
    provider: str,
    *,
    retry_after: float | None = None,
    request_id: str = "",
    missing: Iterable[str] = (),
) -> ProviderError:
    """The error that a stored `code` stands for, to say it again in another language. `missing` names scopes or the role."""
    missing = tuple(missing)
    kind = _by_code(ProviderError).get(code, ProviderError)
    if issubclass(kind, ScopeMissing):
        return kind(provider, scopes=missing, retry_after=retry_after, request_id=request_id)
    if issubclass(kind, RoleMissing):
        return kind(provider, role=", ".join(missing), retry_after=retry_after, request_id=request_id)
    return kind(provider, retry_after=retry_after, request_id=request_id)


def _by_code(kind: type[ProviderError]) -> dict[str, type[ProviderError]]:
    """The family by code; a provider's own subclass keeps the code of the member it specialises, and gives way to it."""
    found: dict[str, type[ProviderError]] = {}
    for child in kind.__subclasses__():
        found |= _by_code(child)
    return found | {kind.code: kind}
