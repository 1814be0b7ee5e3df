"""The pages that explain why an account was not linked: what happened, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from telephony.core.errors import ClientRejected, GrantEnded, OutcomeUnknown, ProviderError, ScopeMissing
from telephony.core.spec import ProviderSpec
from telephony.services.linking import (
    AccountDisabled,
    DifferentRemoteAccount,
    LinkedBySomeoneElse,
    LinkingRefused,
)


@dataclass(frozen=True, slots=True)
class Stop:
    """One explanation. `retry_url` starts linking again, `retry_label` is its button; `ways` are the buttons where there is a choice,
    their texts by address; `status` is the HTTP status of the page.
    """

    title: str
    what_happened: str
    what_to_do: str
    status: int = 409
    tone: str = "warn"
    retry_url: str = ""
    retry_label: str = ""
    request_id: str = ""
    ways: Mapping[str, str] = field(default_factory=dict)


def stop_page(request: HttpRequest, spec: ProviderSpec, stop: Stop) -> HttpResponse:
    """The page for one explanation."""
    context = {"spec": spec, "stop": stop}
    return render(request, "telephony/linking_stopped.html", context, status=stop.status)


def denied(spec: ProviderSpec, retry_url: str) -> Stop:
    """The person said no at the provider."""
    return Stop(
        _("You said no, and nothing was linked"),
        _("%(provider)s told us that you did not agree. We got no access and stored nothing.")
        % {"provider": spec.name},
        _("If that was a slip, start again."),
        status=200,
        tone="info",
        retry_url=retry_url,
    )


def bad_state(spec: ProviderSpec) -> Stop:
    """The state is missing, unknown, expired or used up."""
    return Stop(
        _("This answer does not belong to a request of yours"),
        _(
            "The answer from %(provider)s does not match a request that you started in this browser within the last ten "
            "minutes, or it has been used already. Nothing was linked by it."
        )
        % {"provider": spec.name},
        _(
            "Start again from here. If you were not linking an account at all, somebody may have sent you this address: "
            "just close the page."
        ),
        status=403,
        tone="danger",
    )


def wrong_issuer(spec: ProviderSpec) -> Stop:
    """The redirect names another authorization server (RFC 9207)."""
    return Stop(
        _("This answer came from somewhere else"),
        _("The answer says that it comes from another server than the one of %(provider)s. Nothing was linked.")
        % {"provider": spec.name},
        _("Start again from here. If it happens again, tell your administrator."),
        status=403,
        tone="danger",
    )


def signed_out(spec: ProviderSpec) -> Stop:
    """The person came back without a session."""
    return Stop(
        _("You are signed out"),
        _("%(provider)s sent you back, but you are not signed in here any more. Nothing was linked.")
        % {"provider": spec.name},
        _("Sign in and start again."),
        status=403,
        retry_url=f"{reverse('account_login')}?next={reverse('telephony:link')}",
        retry_label=_("Sign in"),
    )


def not_set_up(spec: ProviderSpec) -> Stop:
    """There is no OAuth client that is switched on, or not the one that was asked for."""
    return Stop(
        _("Not set up yet"),
        _("Staff of this site have not set up an OAuth client for %(provider)s, or have switched it off.")
        % {"provider": spec.name},
        _("Ask your administrator to add or enable one in the administration. Nothing was linked."),
        status=409,
        retry_url=reverse("telephony:link"),
        retry_label=_("See what can be linked"),
    )


def several_clients(spec: ProviderSpec, ways: Mapping[str, str]) -> Stop:
    """Nothing says which of the enabled OAuth clients is meant."""
    return Stop(
        _("Choose what to link with"),
        _(
            "This site has more than one OAuth client for %(provider)s, and it was not said which to use. Nothing was linked."
        )
        % {"provider": spec.name},
        _("Choose one. If you do not know which is yours, ask your administrator."),
        tone="info",
        ways=ways,
    )


def client_broken(spec: ProviderSpec) -> Stop:
    """Our own record of the OAuth client cannot be used."""
    return Stop(
        _("The set-up for %(provider)s is broken") % {"provider": spec.name},
        _(
            "The OAuth client that this site has for %(provider)s cannot be used: its secret or its server is not readable."
        )
        % {"provider": spec.name},
        _("An administrator has to enter it again. Nothing was linked."),
        tone="danger",
    )


# What the error codes of a redirect mean (RFC 6749, 4.1.2.1). The provider's own description is not shown: anybody could have written it.
_STAFF_CODES = frozenset({"invalid_scope", "unauthorized_client", "invalid_request", "unsupported_response_type"})
_BUSY_CODES = frozenset({"server_error", "temporarily_unavailable"})


def redirect_error(spec: ProviderSpec, code: str, retry_url: str) -> Stop:
    """The provider sent the person back with an error other than a denial."""
    known = code if code.isascii() and len(code) <= 40 else ""
    if code in _STAFF_CODES:
        advice = _("An administrator has to compare the OAuth client with its registration at %(provider)s.")
    elif code in _BUSY_CODES:
        advice = _("%(provider)s is busy or has a fault. Try again in a few minutes.")
    else:
        advice = _("Start again. If it happens again, tell your administrator.")
    happened = (
        _("%(provider)s sent you back with the error “%(code)s”. Nothing was linked.")
        if known
        else _("%(provider)s sent you back without saying yes or no. Nothing was linked.")
    )
    values = {"provider": spec.name, "code": known}
    return Stop(_("Nothing was linked"), happened % values, advice % values, status=400, retry_url=retry_url)


def exchange_failed(spec: ProviderSpec, error: ProviderError, retry_url: str) -> Stop:
    """The code could not be turned into tokens, or the tokens did not tell whose they are."""
    values = {"provider": spec.name}
    status, title, advice = 409, _("Nothing was linked"), error.next_step
    happened = error.sentence
    if isinstance(error, GrantEnded):
        status, title = 400, _("%(provider)s did not accept the code") % values
        happened = (
            _("%(provider)s refused the code that you brought back: it had expired or was used already.") % values
        )
        advice = _("Nothing was linked. Start again.")
    elif isinstance(error, ClientRejected):
        title = _("The set-up for %(provider)s is broken") % values
        advice = _("An administrator has to check the client ID and secret. Nothing was linked.")
    elif isinstance(error, OutcomeUnknown):
        happened = _("The answer from %(provider)s got lost on its way to us.") % values
        advice = _("Nothing was linked. Start again.")
    elif isinstance(error, ScopeMissing):
        advice = _(
            "Start again and agree to everything that is asked for. If that is not offered, tell your administrator."
        )
    elif not error.permanent:
        advice = _("Nothing was linked. Try again in a few minutes.")
    return Stop(title, happened, advice, status, "danger", retry_url, request_id=error.request_id)


def refused(spec: ProviderSpec, refusal: LinkingRefused, retry_url: str) -> Stop:
    """Everything went well at the provider, but this link must not be."""
    values = {"provider": spec.name}
    if isinstance(refusal, LinkedBySomeoneElse):
        return Stop(
            _("Somebody else has linked this account"),
            _("Another person on this site has linked this %(provider)s user. Their link was not touched.") % values,
            _(
                "Sign in to %(provider)s with your own user and start again. If the account is yours and nobody else "
                "should have linked it, tell your administrator."
            )
            % values,
            retry_url=retry_url,
        )
    if isinstance(refusal, DifferentRemoteAccount):
        values |= {"expected": refusal.expected.label, "found": refusal.found.label}
        return Stop(
            _("That was another account"),
            _("You wanted to link %(expected)s again, but signed in at %(provider)s as %(found)s. Nothing was changed.")
            % values,
            _(
                "Sign out at %(provider)s or use a private window, then try again. To have %(found)s here as well, link "
                "it as a further account."
            )
            % values,
            retry_url=retry_url,
        )
    if isinstance(refusal, AccountDisabled):
        return Stop(
            _("Staff have disabled this account"),
            _("This %(provider)s account is linked already, and an administrator has disabled it here.") % values,
            _("Ask your administrator to enable it. Nothing was changed."),
        )
    return Stop(
        _("There is nothing to link again"),
        _("The account that was to be linked again is not among yours any more. Nothing was linked."),
        _("Link it as a new account."),
    )
