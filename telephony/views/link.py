"""Linking: choosing a provider, and linking with a personal access token."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts.limits import limited
from accounts.views import signed_in
from telephony import selectors
from telephony.core.errors import AccessDenied, CredentialRejected, ProviderError, ScopeMissing
from telephony.core.registry import all_specs, find_spec
from telephony.core.spec import ProviderSpec
from telephony.core.types import Feature
from telephony.forms import PersonalTokenForm
from telephony.models import LinkedAccount
from telephony.services.clients import is_sandbox_client
from telephony.services.environments import personal_environments
from telephony.services.linking import LinkingRefused, link_personal_token
from telephony.views import linking_pages
from telephony.views.addresses import linking_url
from telephony.views.linking_pages import stop_page
from telephony.views.oauth import after_linking
from telephony.views.step_up import step_up_required


@dataclass(frozen=True, slots=True)
class Way:
    """One OAuth client to link with. `name` is "" where there is no other to tell it from."""

    url: str
    name: str
    sandbox: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """One provider on the page. Without `ways` and `token_url` there is no way to link it yet."""

    spec: ProviderSpec
    ways: list[Way]
    token_url: str
    linked: int

    @property
    def features(self) -> list[str]:
        """What a link to this provider brings, in words."""
        return [feature.label for feature in Feature if feature in self.spec.needs]


@login_required
@require_safe
def link(request: HttpRequest) -> HttpResponse:
    """One card per installed provider, with a button for every way to link it."""
    user = signed_in(request)
    linked = Counter(selectors.linked_accounts(user).order_by().values_list("provider", flat=True))
    ways = _ways()
    choices = [Choice(spec, ways.get(spec.slug, []), _token_url(spec), linked[spec.slug]) for spec in all_specs()]
    return render(request, "telephony/link.html", {"choices": choices})


def _ways() -> dict[str, list[Way]]:
    clients = list(selectors.enabled_clients())
    per_provider = Counter(client.provider for client in clients)
    found: dict[str, list[Way]] = {}
    for client in clients:
        name = client.name if per_provider[client.provider] > 1 else ""
        if find_spec(client.provider):
            way = Way(linking_url(client.provider, client.pk), name, is_sandbox_client(client))
            found.setdefault(client.provider, []).append(way)
    return found


def _token_url(spec: ProviderSpec) -> str:
    return reverse("telephony:link_token", args=[spec.slug]) if spec.personal_token else ""


@login_required
@step_up_required
@limited("link")
@sensitive_post_parameters("token")
@require_http_methods(["GET", "HEAD", "POST"])
def link_token(request: HttpRequest, provider: str) -> HttpResponse:
    """Check a personal access token against the API, then keep it; each way to fail has its own sentence."""
    spec = find_spec(provider)
    if spec is None or spec.personal_token is None:
        raise Http404
    relink = _relink(request, spec)
    form = PersonalTokenForm(spec, personal_environments(spec), request.POST or None)
    context = {"spec": spec, "form": form, "relink": relink, "error": None}
    if request.method == "POST" and form.is_valid():
        try:
            return _link(request, form, relink)
        except ProviderError as error:
            context["error"] = _token_error(spec, error)
    return render(request, "telephony/link_token.html", context)


def _relink(request: HttpRequest, spec: ProviderSpec) -> LinkedAccount | None:
    key = request.GET.get("relink", "")
    account = selectors.account_of(signed_in(request), key, provider=spec.slug) if key else None
    if key and account is None:
        raise Http404
    return account


def _link(request: HttpRequest, form: PersonalTokenForm, relink: LinkedAccount | None) -> HttpResponse:
    token_id, token = form.cleaned_data["token_id"], form.cleaned_data["token"]
    try:
        linked = link_personal_token(
            signed_in(request), form.spec, form.chosen_environment, token_id, token, relink.pk if relink else None
        )
    except LinkingRefused as refusal:
        return stop_page(request, form.spec, linking_pages.refused(form.spec, refusal, request.get_full_path()))
    return after_linking(request, linked)


def _token_error(spec: ProviderSpec, error: ProviderError) -> dict[str, str]:
    """The parameters of the error callout; nothing was stored in any of these cases."""
    values = {
        "provider": spec.name,
        "scopes": ", ".join(getattr(error, "scopes", ())) or _("a permission that we need"),
    }
    if isinstance(error, CredentialRejected):
        happened = _(
            "%(provider)s does not know this token ID and token: one of them is wrong, or the token was deleted."
        )
        advice = _("Check both, or create a new token there. Nothing was stored.")
    elif isinstance(error, ScopeMissing):
        happened = _("The token is right, but it does not include %(scopes)s.")
        advice = _("Create a new token at %(provider)s with that permission ticked. Nothing was stored.")
    elif isinstance(error, AccessDenied):
        happened = _("%(provider)s knows the token, but it may not even tell whose account it belongs to.")
        advice = _("Create a new token there with the permissions named above. Nothing was stored.")
    elif not error.permanent:
        happened = error.sentence.replace("%", "%%")
        advice = _("The token could not be checked, so nothing was stored. Try again in a few minutes.")
    else:
        happened, advice = error.sentence.replace("%", "%%"), error.next_step.replace("%", "%%")
    return {
        "title": _("The account is not linked"),
        "what_happened": happened % values,
        "what_to_do": advice % values,
        "request_id": error.request_id,
    }
