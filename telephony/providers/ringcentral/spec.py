"""The declaration of RingCentral: scopes, hosts, lifetimes, and what it does not have."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from telephony.core.environment import SANDBOX, Environment
from telephony.core.spec import AuthorizeParameter, Portal, ProviderSpec, RefreshRule, Scope
from telephony.core.texts import TextRules
from telephony.core.types import Feature
from telephony.providers.ringcentral.account import company
from telephony.providers.ringcentral.addresses import endpoints
from telephony.providers.ringcentral.errors import token_refusal
from telephony.providers.ringcentral.limits import RATE_LIMITS, rate_group
from telephony.providers.ringcentral.mapping import kept_record
from telephony.providers.ringcentral.texts import RingCentralTexts
from telephony.providers.ringcentral.vocabulary import leg_words

PRODUCTION = Environment(
    "production",
    _("RingCentral and most partners"),
    auth_url="https://platform.ringcentral.com",
    api_url="https://platform.ringcentral.com",
    other_urls={"media": "https://media.ringcentral.com"},
)
# The vendor names no media host for its segregated environment; other_url("media") is the API's there.
SEGREGATED = Environment(
    "segregated",
    _("AT&T Office@Hand and Verizon"),
    auth_url="https://platform.ringcentral.biz",
    api_url="https://platform.ringcentral.biz",
)
LOCAL = Environment(
    SANDBOX,
    _("Local sandbox"),
    auth_url="/ringcentral",
    api_url="/ringcentral",
    other_urls={"media": "/ringcentral/media"},
)

SCOPES = (
    Scope("ReadAccounts", _("See your account, the company's extensions and your phone numbers")),
    Scope("ReadCallLog", _("See the call log: yours, and the company's if your role allows it")),
    Scope("ReadMessages", _("See whether texts were delivered, and your voicemail messages")),
    Scope("SMS", _("Send texts from your own numbers")),
    Scope("ReadCallRecording", _("Listen to recordings of calls"), default=False),
    Scope("RingOut", _("Start calls: your phone rings first, then the other one")),
)

_READ_ACCOUNTS = (frozenset({"ReadAccounts"}),)
# ReadCallRecording includes ReadCallLog (vendor guide, "Permissions").
_READ_CALLS = (frozenset({"ReadCallLog"}), frozenset({"ReadCallRecording"}))
NEEDS = {
    Feature.ACCOUNT: _READ_ACCOUNTS,
    Feature.EXTENSIONS: _READ_ACCOUNTS,
    Feature.NUMBERS: _READ_ACCOUNTS,
    Feature.OWN_CALLS: _READ_CALLS,
    Feature.COMPANY_CALLS: _READ_CALLS,
    Feature.RECORDINGS: (frozenset({"ReadCallRecording"}),),
    Feature.SEND_TEXT: (frozenset({"SMS"}),),
    Feature.START_CALL: (frozenset({"RingOut", "ReadAccounts"}),),  # the second for what one may call from
}

BRANDS = (
    ("", _("The brand of the application")),
    ("1210", "RingCentral (US)"),
    ("3610", "RingCentral (Canada)"),
    ("3710", "RingCentral (UK)"),
    ("5010", "RingCentral (Australia)"),
    ("2010", "RingCentral (EU)"),
    ("3420", "AT&T Office@Hand"),
    ("6010", "Avaya Cloud Office"),
    ("7710", "BT Cloud Work"),
    ("4210", "ecotel"),
    ("4910", "Frontier"),
    ("2110", "Rainbow Office"),
    ("2210", "RingCentral with Verizon"),
    ("4810", "Symphony (mcm)"),
    ("7310", "TELUS Business Connect"),
    ("2020", "Unify Office"),
    ("7010", "Vodafone Business"),
    ("4710", "1&1 Versatel"),
)

PORTAL = Portal(
    name=_("RingCentral Developer Console"),
    url="https://developers.ringcentral.com/console",
    steps=(
        _("Sign in with a RingCentral user that may create apps, choose “Create App” and then “REST API App”."),
        _("Under Auth, choose “3-legged OAuth flow authorization code” and “Server-side web app”."),
        _("Switch on “Issue refresh tokens”. It is off at first, and without it every link ends after one hour."),
        _("Enter the redirect URI shown here exactly as it is, with the slash at its end."),
        _("Under Security, add the app permissions Read Accounts, Read Call Log, Read Messages and SMS."),
        _("For recordings and click-to-call add Read Call Recording and RingOut, and tick them here as well."),
        _("Choose who may use the app: only your own company (private), or any RingCentral customer (public)."),
        _("Copy the client ID and the client secret from the app's credentials."),
    ),
    billing_url="https://service.ringcentral.com",
)

SPEC = ProviderSpec(
    slug="ringcentral",
    name="RingCentral",
    icon="providers/ringcentral.svg",
    scopes=SCOPES,
    needs=NEEDS,
    environments=(PRODUCTION, SEGREGATED),
    sandbox=LOCAL,
    sandbox_credentials=("sandboxRingCentralApp01", "sandbox-ringcentral-secret"),
    endpoints=endpoints,
    client=RingCentralTexts,
    # A replaced refresh token repeats its answer for 60 minutes, as long as the new access token has not been used, and for some ten
    # seconds after that. An answer that got lost was not used, so the long figure is the one that a repeat can count on.
    refresh_rule=RefreshRule(access_lifetime=3600, refresh_lifetime=604_800, single_use=True, grace=3600),
    token_refusal=token_refusal,
    read_record=kept_record,
    leg_words=leg_words,
    company=company,
    rate_limits=RATE_LIMITS,
    rate_group=rate_group,
    portal=PORTAL,
    authorize_parameters=(
        AuthorizeParameter(
            "brand_id",
            _("Brand"),
            _("Whose name and colours the sign-in page shows. Needed only for customers of a RingCentral partner."),
            BRANDS,
        ),
    ),
    extra_hosts=frozenset({"login.ringcentral.com", "login.ringcentral.biz"}),
    not_offered={
        Feature.BALANCE: _(
            "RingCentral tells no balance to other applications. You see your plan, billing and included lines instead; "
            "calling credits are shown in RingCentral's own admin portal."
        ),
    },
    texts=TextRules(longest=1000, reading_scopes=frozenset({"ReadMessages"})),
)
