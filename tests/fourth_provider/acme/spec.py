"""The declaration of Acme Phone, a provider that does not exist: the smallest whole provider there can be."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from telephony.core.environment import Environment
from telephony.core.oauth import OAuthEndpoints
from telephony.core.spec import Portal, ProviderSpec, RefreshRule, Scope
from telephony.core.texts import TextRules
from telephony.core.types import Feature, LogScope
from telephony.providers.acme.mapping import call
from telephony.providers.acme.texts import AcmeTexts

SCOPES = (
    Scope("profile", _("See who you are and what plan you have")),
    Scope("balance", _("See the prepaid balance")),
    Scope("lines", _("See your phone lines")),
    Scope("calls", _("See your calls")),
    Scope("calls:start", _("Start calls: your phone rings first")),
    Scope("texts", _("Send texts, and see what became of them")),
)

NEEDS = {
    Feature.ACCOUNT: (frozenset({"profile"}),),
    Feature.BALANCE: (frozenset({"balance"}),),
    Feature.EXTENSIONS: (frozenset({"lines"}),),
    Feature.OWN_CALLS: (frozenset({"calls"}),),
    Feature.START_CALL: (frozenset({"calls:start", "lines"}),),
    Feature.SEND_TEXT: (frozenset({"texts", "lines"}),),
}

NOT_OFFERED = {
    Feature.NUMBERS: _("Acme Phone lists numbers with its lines."),
    Feature.COMPANY_CALLS: _("Acme Phone shows each person the calls of that person only."),
    Feature.RECORDINGS: _("Acme Phone does not record calls."),
}

PRODUCTION = Environment(
    "production",
    _("Production"),
    auth_url="https://login.acme-phone.example",
    api_url="https://api.acme-phone.example",
)

PORTAL = Portal(
    name=_("Acme developer page"),
    url="https://developer.acme-phone.example",
    steps=(
        _("Sign in as an administrator and choose “New application”."),
        _("Enter the redirect URI shown here exactly as it is, with the slash at its end."),
        _("Copy the client ID and the client secret."),
    ),
)


def endpoints(environment: Environment) -> OAuthEndpoints:
    """The OAuth server's URLs."""
    base = environment.auth_url.rstrip("/")
    return OAuthEndpoints(authorize=f"{base}/authorize", token=f"{base}/token", revoke=f"{base}/revoke")


SPEC = ProviderSpec(
    slug="acme",
    name="Acme Phone",
    icon="providers/acme.svg",
    scopes=SCOPES,
    needs=NEEDS,
    not_offered=NOT_OFFERED,
    environments=(PRODUCTION,),
    endpoints=endpoints,
    client=AcmeTexts,
    refresh_rule=RefreshRule(access_lifetime=3_600, refresh_lifetime=2_592_000, single_use=False),
    portal=PORTAL,
    log_scopes=(LogScope.OWN,),
    read_record=lambda record, _keys: call(record),
    texts=TextRules(longest=1000, reading_scopes=frozenset({"texts"})),
)
