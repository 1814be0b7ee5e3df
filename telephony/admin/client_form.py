"""The form for one OAuth client, made for one provider from its spec."""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from telephony.core.environment import CUSTOM, Environment
from telephony.core.spec import AuthorizeParameter, ProviderSpec
from telephony.models import OAuthClient
from telephony.services.environments import available_environments, host_refusal

MODEL_FIELDS = ("provider", "name", "client_id", "environment", "auth_url", "api_url", "scopes", "enabled")
PLACE = ("environment", "auth_url", "api_url")
PARAMETER = "parameter_"


class OAuthClientForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for the type checker only
    """`spec` is set by `form_for`. The secret is write-only: entered here, sealed on saving, never part of any page."""

    spec: ClassVar[ProviderSpec]

    provider = forms.ChoiceField(label=_("Provider"), disabled=True)
    environment = forms.ChoiceField(label=_("Environment"), widget=forms.RadioSelect)
    client_secret = forms.CharField(
        label=_("Client secret"),
        required=False,
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "size": 60, "spellcheck": "false"}),
    )
    auth_url = forms.URLField(
        label=_("OAuth server"),
        required=False,
        max_length=300,
        assume_scheme="https",
        widget=forms.URLInput(attrs={"size": 60, "spellcheck": "false"}),
        help_text=_("For “Other hosts” only. Left empty, it is the provider's own."),
    )
    api_url = forms.URLField(
        label=_("API server"),
        required=False,
        max_length=300,
        assume_scheme="https",
        widget=forms.URLInput(attrs={"size": 60, "spellcheck": "false"}),
        help_text=_("For “Other hosts” only. Left empty, it is the provider's own."),
    )
    scopes = forms.MultipleChoiceField(label=_("Permissions to ask for"), widget=forms.CheckboxSelectMultiple)

    class Meta:
        model = OAuthClient
        fields = MODEL_FIELDS
        widgets: ClassVar = {
            "client_id": forms.TextInput(attrs={"size": 60, "autocomplete": "off", "spellcheck": "false"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.linked = self.instance.linked_accounts.count() if self.instance.pk else 0
        self._offer_choices()
        if self.instance.pk:
            self._set_up_change()
        else:
            self._set_up_add()

    def _offer_choices(self) -> None:
        # Form.__init__ has copied the fields, so nothing here leaks into another request.
        self.fields["provider"].choices = [(self.spec.slug, self.spec.name)]  # type: ignore[attr-defined]
        self.fields["provider"].initial = self.initial["provider"] = self.instance.provider = self.spec.slug
        self.fields["environment"].choices = environment_choices(self.spec, self.instance)  # type: ignore[attr-defined]
        self.fields["scopes"].choices = scope_choices(self.spec, self.instance)  # type: ignore[attr-defined]
        for parameter in self.spec.authorize_parameters:
            self.initial[PARAMETER + parameter.name] = self.instance.parameters.get(parameter.name, "")

    def _set_up_add(self) -> None:
        self.initial.setdefault("name", self.spec.name)
        self.initial["environment"] = self.spec.environments[0].key
        self.initial["scopes"] = list(self.spec.default_scopes)
        self.fields["client_secret"].required = True
        self.fields["client_secret"].help_text = _("It is encrypted at once and never shown again.")

    def _set_up_change(self) -> None:
        self.fields["client_secret"].help_text = (
            _("One is stored, encrypted, and never shown. Leave this empty to keep it.")
            if self.instance.client_secret
            else _("None is stored.")
        )
        if self.linked:
            for name in ("client_id", *PLACE):
                self.fields[name].disabled = True
            self.fields["client_id"].help_text = _(
                "Fixed while accounts are linked: their tokens work with this client ID at this server only. "
                "For another one, add a second client and disable this one."
            )

    def clean_auth_url(self) -> str:
        """The OAuth server, without a slash at the end."""
        return self._clean_server("auth_url")

    def clean_api_url(self) -> str:
        """The API server, without a slash at the end."""
        return self._clean_server("api_url")

    def _clean_server(self, name: str) -> str:
        """Raises ValidationError for an address that may not be contacted, or that nothing would use."""
        url: str = self.cleaned_data.get(name, "") or ""
        if not url:
            return ""
        if self.cleaned_data.get("environment", CUSTOM) != CUSTOM:
            raise forms.ValidationError(_("Choose “Other hosts” above to use this address, or leave it empty."))
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or parts.query or parts.fragment:
            raise forms.ValidationError(_("Give the address of a server, such as https://login.example.org."))
        if refusal := host_refusal(url, self.spec):
            raise forms.ValidationError(refusal)
        return url.rstrip("/")

    def clean(self) -> dict[str, Any]:
        """A stored secret stays with the client ID and the server that it was entered for."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("environment") == CUSTOM and not {"auth_url", "api_url"} & self._given(cleaned):
            self.add_error("auth_url", _("Other hosts need the address of the OAuth server or of the API server."))
        if not cleaned.get("client_secret") and self.instance.pk:
            self._ask_for_secret_again()
        if self.errors and cleaned.get("client_secret"):
            # Browsers get no secret back; without this, sending the corrected form would silently keep the old one.
            self.add_error("client_secret", _("Enter the secret once more: it is not sent back to the page."))
        return cleaned

    def _given(self, cleaned: dict[str, Any]) -> set[str]:
        """The fields with a value, right or wrong."""
        return {name for name, value in cleaned.items() if value} | set(self.errors)

    def _ask_for_secret_again(self) -> None:
        if not self.instance.client_secret:
            self.add_error("client_secret", _("Enter the client secret: none is stored."))
        elif "client_id" in self.changed_data:
            self.add_error("client_secret", _("Enter the secret of the new client ID: each belongs to the other."))
        elif set(PLACE) & set(self.changed_data):
            self.add_error(
                "client_secret", _("Enter the secret again: it is not sent to a server that it was not entered for.")
            )

    def save(self, commit: bool = True) -> OAuthClient:
        """Seal a new secret and keep the extra parameters, then save as usual."""
        client: OAuthClient = self.instance
        own = {parameter.name: PARAMETER + parameter.name for parameter in self.spec.authorize_parameters}
        kept = {name: value for name, value in client.parameters.items() if name not in own}
        set_here = {name: self.cleaned_data[field] for name, field in own.items() if self.cleaned_data[field]}
        client.parameters = kept | set_here
        if secret := self.cleaned_data["client_secret"]:
            client.set_secret(secret)
            client.seeded = False  # from now on the environment variables do not replace it
        saved: OAuthClient = super().save(commit)
        return saved


def form_for(spec: ProviderSpec) -> type[OAuthClientForm]:
    """The form class for clients of one provider, with a field for each of its authorize parameters."""
    extra = {PARAMETER + parameter.name: _parameter_field(parameter) for parameter in spec.authorize_parameters}
    return type("OAuthClientForm", (OAuthClientForm,), {"spec": spec, **extra})


def _parameter_field(parameter: AuthorizeParameter) -> forms.Field:
    common = {"label": parameter.label, "help_text": parameter.help, "required": False}
    if not parameter.choices:
        return forms.CharField(max_length=200, **common)
    choices = list(parameter.choices)
    if not any(value == "" for value, _label in choices):
        choices.insert(0, ("", "–"))
    return forms.ChoiceField(choices=choices, **common)


def environment_choices(spec: ProviderSpec, client: OAuthClient) -> list[tuple[str, SafeString]]:
    """Where a client may live: the provider's own environments, the sandbox, and other hosts where settings allow any."""
    choices = [(place.key, _place_label(place)) for place in available_environments(spec)]
    if settings.PROVIDER_EXTRA_HOSTS or settings.PROVIDER_ALLOW_LOOPBACK or client.environment == CUSTOM:
        choices.append((CUSTOM, format_html("{}", gettext("Other hosts, given below"))))
    if client.environment and client.environment not in dict(choices):
        choices.append(
            (client.environment, format_html(gettext("{} (not available here any more)"), client.environment))
        )
    return choices


def _place_label(place: Environment) -> SafeString:
    hosts = dict.fromkeys(urlsplit(origin).netloc for origin in (place.auth_url, place.api_url))
    return format_html('{} <span class="desk-aside">{}</span>', place.label, ", ".join(hosts))


def scope_choices(spec: ProviderSpec, client: OAuthClient) -> list[tuple[str, SafeString]]:
    """Every scope that the spec knows, and those that the client asks for besides."""
    known = [(scope.name, _scope_label(spec, scope.name, scope.gives)) for scope in spec.scopes]
    others = [name for name in client.scopes if name not in spec.scope_names]
    return known + [(name, _scope_label(spec, name, _("not known to this version of the site"))) for name in others]


def _scope_label(spec: ProviderSpec, name: str, gives: object) -> SafeString:
    return format_html('<code>{}</code> {} <span class="desk-aside">{}</span>', name, gives, _use_of_scope(spec, name))


def _use_of_scope(spec: ProviderSpec, name: str) -> str:
    """What on this site stops, or shows less, without the scope."""
    needed = [str(feature.label) for feature in spec.features_of_scope(name)]
    if spec.follows_texts_with(name):
        needed.append(gettext("Follow sent texts, and read received ones"))
    if needed:
        return gettext("Needed for: {}").format(", ".join(needed))
    added = [str(feature.label) for scope in spec.scopes if scope.name == name for feature in scope.adds_to]
    return gettext("Shows more of: {}").format(", ".join(added)) if added else gettext("No page of this site needs it")
