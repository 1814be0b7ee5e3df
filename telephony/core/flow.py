"""allauth's OAuth2 flow, bent to linking: signed-in people only, PKCE S256 always, tokens through our own door, no social sign-up.

A provider folder subclasses `LinkingProvider` and `LinkingAdapter` with nothing but its spec. allauth keeps what it is good at: state,
PKCE, the session, the URLs. What a completed grant means for our tables is decided by the social account adapter in the views layer,
which finds it as `sociallogin.grant`; it is also asked `before_linking` and says with `callback_refused` what a person reads when the
redirect cannot be accepted.
"""

from __future__ import annotations

from enum import Enum
from typing import Any, ClassVar

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.internal import statekit
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.base import ProviderAccount, ProviderException
from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider
from allauth.socialaccount.providers.oauth2.views import OAuth2Adapter, OAuth2CallbackView, OAuth2LoginView
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from telephony.core.client_config import ClientConfig, Grant
from telephony.core.errors import ProviderError
from telephony.core.http import origin_of
from telephony.core.oauth import TokenSet
from telephony.core.spec import ProviderSpec, Scope
from telephony.core.types import Identity


class LinkingFailed(ProviderException):  # type: ignore[misc]  # allauth ships no types
    """A ProviderError in allauth's clothes, so that its callback view hands it to our error page."""

    def __init__(self, error: ProviderError, stage: str) -> None:
        super().__init__(str(error))
        self.error = error
        self.stage = stage


class CallbackRefusal(Enum):
    """Why a redirect from a provider is not even looked into."""

    SIGNED_OUT = "signed_out"
    STATE = "state"
    ISSUER = "issuer"


def redirect_uri(provider_slug: str) -> str:
    """The one redirect URI of a provider: what staff register there, and what we send. Never built from the request's host."""
    return settings.BASE_URL + reverse(f"{provider_slug}_callback")


def app_sub_id(slug: str, key: int) -> str:
    """allauth binds a state to this text, so a state of one OAuth client is no use at another."""
    return f"{slug}-{key}"


class LinkingProvider(OAuth2Provider):  # type: ignore[misc]  # allauth ships no types
    """allauth's idea of a provider, filled from the spec."""

    spec: ClassVar[ProviderSpec]
    account_class = ProviderAccount
    pkce_enabled_default = True

    @property
    def config(self) -> ClientConfig:
        """The OAuth client in use."""
        config: ClientConfig = self.app.client_config
        return config

    def get_pkce_params(self) -> dict[str, str]:
        """PKCE S256 whatever the settings say (RFC 9700, 2.1.1)."""
        from allauth.socialaccount.providers.oauth2.utils import generate_code_challenge

        params: dict[str, str] = generate_code_challenge()
        return params

    def get_auth_params_from_request(self, request: HttpRequest, action: str) -> dict[str, str]:
        """Only what staff have set: a query parameter must not reach the authorize URL."""
        return dict(self.config.parameters)

    def get_scope_from_request(self, request: HttpRequest) -> list[str]:
        """The client's scopes, and those of `?scope=` that the spec knows: one click asks for a missing permission."""
        asked = request.GET.get("scope", "").replace(",", " ").split()
        wanted = dict.fromkeys([*self.config.scopes, *asked])
        return [scope for scope in wanted if scope in self.spec.scope_names or scope in self.config.scopes]

    @property
    def asked_scopes(self) -> list[Scope]:
        """What the person will be asked to agree to, for the confirmation page; scopes that the spec does not know are left out."""
        asked = self.get_scope_from_request(self.request)
        return [scope for scope in self.spec.scopes if scope.name in asked]

    def get_redirect_from_request_kwargs(self, request: HttpRequest) -> dict[str, Any]:
        """Stash who started this and which account is to be linked again."""
        kwargs: dict[str, Any] = super().get_redirect_from_request_kwargs(request)
        relink = request.GET.get("relink", "")
        kwargs["data"] = {
            "user": request.user.pk,
            "relink": int(relink) if relink.isascii() and relink.isdigit() and len(relink) <= 18 else None,
            "scope": kwargs["scope"],
        }
        return kwargs


class LinkingAdapter(OAuth2Adapter):  # type: ignore[misc]  # allauth ships no types
    """The flow's view of the OAuth server, for one request. Subclasses set `provider_id`."""

    _provider: LinkingProvider | None = None

    @property
    def config(self) -> ClientConfig:
        """The OAuth client in use."""
        config: ClientConfig = self.get_provider().config
        return config

    @property
    def authorize_url(self) -> str:
        """Where the browser is sent."""
        return self.config.endpoints.authorize

    @property
    def access_token_url(self) -> str:
        """Where the code is exchanged."""
        return self.config.endpoints.token

    def get_provider(self) -> LinkingProvider:
        """The provider with the OAuth client that the state or `?client=` names; the only enabled one by default.

        Looked up once: allauth consumes the state before the code is exchanged, and nothing names the client after that.
        """
        if self._provider is None:
            self._provider = get_adapter(self.request).get_provider(
                self.request, provider=self.provider_id, client_id=self._wanted_client()
            )
        return self._provider

    def stashed_state(self) -> tuple[dict[str, Any], str] | None:
        """The state that `?state=` names and the key of its OAuth client; None where this session has none for this provider."""
        stashed = statekit.get_states(self.request).get(self.request.GET.get("state", ""))
        if not stashed or len(stashed) != 3 or not stashed[2].startswith(f"{self.provider_id}-"):
            return None
        return stashed[0], str(stashed[2]).removeprefix(f"{self.provider_id}-")

    def _wanted_client(self) -> str | None:
        stashed = self.stashed_state()
        return stashed[1] if stashed else self.request.GET.get("client") or None

    def get_callback_url(self, request: HttpRequest, app: object) -> str:
        """The registered redirect URI, from BASE_URL."""
        return redirect_uri(self.provider_id)

    def get_access_token_data(
        self, request: HttpRequest, app: object, client: object, pkce_code_verifier: str | None = None
    ) -> dict[str, Any]:
        """Exchange the code through our own door; the answer stays a TokenSet, allauth sees only a stand-in."""
        try:
            tokens = self.config.token_endpoint().exchange(
                request.GET.get("code", ""), redirect_uri(self.provider_id), pkce_code_verifier or ""
            )
        except ProviderError as error:
            raise LinkingFailed(error, "exchange") from error
        self.did_fetch_access_token = True
        return {"access_token": "kept elsewhere", "tokens": tokens}

    def complete_login(self, request: HttpRequest, app: object, token: object, **kwargs: Any) -> SocialLogin:
        """Ask the provider whose tokens these are, and hand the grant to the social account adapter."""
        tokens: TokenSet = kwargs["response"]["tokens"]
        provider = self.get_provider()
        try:
            identity = provider.config.api(tokens.access_token).identity()
        except ProviderError as error:
            raise LinkingFailed(error, "identity") from error
        login = SocialLogin(provider=provider, account=self._account(request, identity))
        login.grant = Grant(provider.config, tokens, identity)
        return login

    def _account(self, request: HttpRequest, identity: Identity) -> Any:
        from allauth.socialaccount.models import SocialAccount

        # Never saved: our LinkedAccount is the one record of a link.
        return SocialAccount(provider=self.provider_id, uid=identity.remote_id[:191], user=request.user)


def form_targets(config: ClientConfig) -> list[str]:
    """Where the linking form may lead. Chromium applies form-action to every redirect that follows a form, so the hosts that the
    authorize URL itself sends the browser on to must be listed as well: without them, nothing happens when the button is pressed.
    """
    sign_in = [f"https://{host}" for host in sorted(config.spec.extra_hosts)]
    return list(dict.fromkeys(["'self'", origin_of(config.endpoints.authorize), *sign_in]))


class LinkingLoginView(OAuth2LoginView):  # type: ignore[misc]  # allauth ships no types
    """Starts linking: for signed-in people and `process=connect` only; a GET shows a confirmation with a POST button."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Refuse everything but linking, then let allauth work."""
        if not request.user.is_authenticated:
            return HttpResponseRedirect(f"{reverse('account_login')}?next={reverse('telephony:link')}")
        if request.GET.get("process", request.POST.get("process")) != "connect":
            return HttpResponseRedirect(reverse("telephony:link"))
        get_adapter(request).before_linking(request, self.adapter.provider_id)
        response: HttpResponse = super().dispatch(request, *args, **kwargs)
        response._csp_update = {"form-action": form_targets(self.adapter.config)}  # type: ignore[attr-defined]
        return response


class LinkingCallbackView(OAuth2CallbackView):  # type: ignore[misc]  # allauth ships no types
    """Receives the redirect. Who comes back must be who set out; the issuer, where told, must be ours (RFC 9207)."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Check person, state and issuer before anything is sent, then let allauth consume the state and exchange the code."""
        if refusal := self._refusal(request):
            response: HttpResponse = get_adapter(request).callback_refused(request, self.adapter.provider_id, refusal)
        else:
            response = super().dispatch(request, *args, **kwargs)
        # The address of this answer holds the code: no link on an error page, not even to the site itself, may pass it on.
        response["Referrer-Policy"] = "no-referrer"
        return response

    def _refusal(self, request: HttpRequest) -> CallbackRefusal | None:
        if not request.user.is_authenticated:
            return CallbackRefusal.SIGNED_OUT
        stashed = self.adapter.stashed_state()
        if stashed is None or (stashed[0].get("data") or {}).get("user") != request.user.pk:
            return CallbackRefusal.STATE
        issuer, known = request.GET.get("iss"), self.adapter.config.endpoints.issuer
        if issuer and known and issuer.rstrip("/") != known.rstrip("/"):
            return CallbackRefusal.ISSUER
        return None
