"""What allauth asks us during linking: which OAuth client to use, what a completed grant means, and what a person reads when it fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.limits import too_many, wait_for
from accounts.views import signed_in
from telephony import selectors
from telephony.core.registry import find_spec
from telephony.core.spec import ProviderSpec
from telephony.models import OAuthClient, SecretUnreadable
from telephony.services.linking import Linked, LinkingRefused, link_grant
from telephony.views import linking_pages
from telephony.views.addresses import linking_url
from telephony.views.linking_pages import Stop, stop_page
from telephony.views.step_up import step_up

if TYPE_CHECKING:
    from allauth.socialaccount.models import SocialApp, SocialLogin
    from allauth.socialaccount.providers.base import Provider

    from telephony.core.flow import CallbackRefusal


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Linking only. Nobody signs in or up with a provider, and no social account of allauth is ever stored."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Never."""
        return False

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        """The enabled OAuth clients of a provider, or the one whose primary key `client_id` is; none for *all providers*.

        allauth lists all providers to offer signing in with them.
        """
        return [_app(client) for client in _clients(provider, client_id)] if provider else []

    def get_app(self, request: HttpRequest, provider: str, client_id: str | None = None) -> SocialApp:
        """The one OAuth client to use. Answers with a page where there is none, and asks which where there is more than one."""
        spec = _spec(provider)
        clients = _clients(provider, client_id)
        if len(clients) > 1:
            _stop(request, spec, linking_pages.several_clients(spec, _ways(request, clients)))
        try:
            apps = self.list_apps(request, provider, client_id)
        except (SecretUnreadable, LookupError):
            _stop(request, spec, linking_pages.client_broken(spec))
        if not apps:
            _stop(request, spec, linking_pages.not_set_up(spec))
        return apps[0]

    def before_linking(self, request: HttpRequest, provider_id: str) -> None:
        """Step-up re-authentication, the limit, and a look at `?relink=`: somebody else's account or a made-up one is not found."""
        if response := step_up(request):
            raise ImmediateHttpResponse(response)
        if request.method == "POST" and (wait := wait_for(request, "link")):
            raise ImmediateHttpResponse(too_many(request, wait))
        relink = request.GET.get("relink", "")
        if relink and selectors.account_of(signed_in(request), relink, provider=provider_id) is None:
            raise Http404

    def callback_refused(self, request: HttpRequest, provider_id: str, refusal: CallbackRefusal) -> HttpResponse:
        """The page for a redirect that is not even looked into."""
        spec = _spec(provider_id)
        pages = {
            "signed_out": linking_pages.signed_out,
            "state": linking_pages.bad_state,
            "issuer": linking_pages.wrong_issuer,
        }
        return stop_page(request, spec, pages[refusal.value](spec))

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Store the completed grant. Always answers: allauth's own connecting and signing in never run."""
        data = sociallogin.state["data"]
        grant = sociallogin.grant
        spec, relink = grant.config.spec, data["relink"]
        try:
            linked = link_grant(signed_in(request), grant, requested=frozenset(data["scope"]), relink=relink)
        except LinkingRefused as refusal:
            retry_url = linking_url(spec.slug, grant.config.key, relink)
            _stop(request, spec, linking_pages.refused(spec, refusal, retry_url))
        except OAuthClient.DoesNotExist:
            _stop(request, spec, linking_pages.not_set_up(spec))
        raise ImmediateHttpResponse(after_linking(request, linked))

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Provider,
        error: str | None = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        """Answer with the page that says what happened and what to do."""
        spec, state = _spec(provider.id), (extra_context or {}).get("state")
        _stop(request, spec, _why(request, spec, provider, state, error, exception))


def after_linking(request: HttpRequest, linked: Linked) -> HttpResponse:
    """On to the account's page, which reads the rest from the provider."""
    account = linked.account
    # What a new account is called is often known only when its page has read it.
    text = (
        _("Your %(provider)s account is linked.")
        if linked.is_new
        else _("%(account)s is linked again; its history was kept.")
    )
    messages.success(request, text % {"account": account, "provider": account.provider_name})
    return redirect(linked.account)


def _why(
    request: HttpRequest,
    spec: ProviderSpec,
    provider: Provider,
    state: dict[str, Any] | None,
    error: str | None,
    exception: Exception | None,
) -> Stop:
    from allauth.socialaccount.providers.base import AuthError

    from telephony.core.flow import LinkingFailed

    if state is None:
        return linking_pages.bad_state(spec)
    retry_url = linking_url(spec.slug, provider.app.client_config.key, state["data"]["relink"])
    if error == AuthError.CANCELLED:
        return linking_pages.denied(spec, retry_url)
    if isinstance(exception, LinkingFailed):
        return linking_pages.exchange_failed(spec, exception.error, retry_url)
    return linking_pages.redirect_error(spec, request.GET.get("error", ""), retry_url)


def _clients(provider: str, key: str | None) -> list[OAuthClient]:
    found = selectors.enabled_clients().filter(provider=provider)
    if key is None:
        return list(found)
    return list(found.filter(pk=key)) if selectors.is_key(key) else []


def _ways(request: HttpRequest, clients: list[OAuthClient]) -> dict[str, str]:
    """Where each client starts what this request would have started, with the client's name."""
    relink, scopes = request.GET.get("relink", ""), request.GET.get("scope", "").replace(",", " ").split()
    account = int(relink) if selectors.is_key(relink) else None
    return {
        linking_url(client.provider, client.pk, account, scopes): client.name or client.client_id for client in clients
    }


def _app(client: OAuthClient) -> SocialApp:
    """allauth's shape of an OAuth client: never saved, and without the secret. Raises SecretUnreadable, LookupError."""
    from allauth.socialaccount.models import SocialApp

    from telephony.core.flow import app_sub_id

    sub_id = app_sub_id(client.provider, client.pk)
    app = SocialApp(provider=client.provider, provider_id=sub_id, name=client.name[:40], client_id=client.client_id)
    app.client_config = client.config()
    return app


def _spec(provider: str) -> ProviderSpec:
    spec = find_spec(provider)
    if spec is None:
        raise Http404
    return spec


def _stop(request: HttpRequest, spec: ProviderSpec, stop: Stop) -> NoReturn:
    raise ImmediateHttpResponse(stop_page(request, spec, stop))
