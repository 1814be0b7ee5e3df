"""The declaration of sipgate: scopes, realms, lifetimes, personal access tokens."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from telephony.core.environment import SANDBOX, Environment
from telephony.core.oauth import ClientAuthentication
from telephony.core.spec import Needs, PersonalToken, Portal, ProviderSpec, RefreshRule, Scope
from telephony.core.texts import TextRules
from telephony.core.types import Feature, Json, LogScope, Money
from telephony.providers.sipgate.account import company
from telephony.providers.sipgate.addresses import endpoints
from telephony.providers.sipgate.mapping import kept_record
from telephony.providers.sipgate.texts import SipgateTexts
from telephony.providers.sipgate.vocabulary import leg_words

# Clients live in one of two realms; the console shows which (github.com/sipgate/docs, rest-api/authentication).
THIRD_PARTY = Environment(
    "third-party",
    _("Realm third-party (usual)"),
    auth_url="https://login.sipgate.com/auth/realms/third-party",
    api_url="https://api.sipgate.com/v2",
    other_urls={"media": "https://secure.live.sipgate.de"},
)
SIPGATE_APPS = Environment(
    "sipgate-apps",
    _("Realm sipgate-apps"),
    auth_url="https://login.sipgate.com/auth/realms/sipgate-apps",
    api_url="https://api.sipgate.com/v2",
    other_urls={"media": "https://secure.live.sipgate.de"},
)
LOCAL = Environment(
    SANDBOX,
    _("Local sandbox"),
    auth_url="/sipgate/login/auth/realms/third-party",
    api_url="/sipgate/api/v2",
)

SCOPES = (
    Scope("account:read", _("See your company, product and whether the account is verified")),
    Scope("balance:read", _("See the prepaid balance")),
    Scope("users:read", _("See the users of the account, with name and e-mail address")),
    Scope("devices:read", _("See phones and other devices, and which are online")),
    Scope("phonelines:read", _("See phone lines (classic accounts)")),
    Scope("channels:read", _("See channels (neo accounts)")),
    Scope("numbers:read", _("See phone numbers and where they ring")),
    Scope("history:read", _("See calls, voicemails, texts and faxes")),
    Scope("contacts:read", _("See your contacts, to fill your phone book with them")),
    Scope("sms:read", _("See from which extension texts can be sent")),
    Scope("sessions:sms:write", _("Send texts; they are charged to your balance")),
    Scope("sessions:calls:write", _("Start calls: your phone rings first (classic accounts)")),
    Scope("rtcm:write", _("Start calls (neo accounts)")),
)

_USERS_AND_DEVICES = frozenset({"users:read", "devices:read"})
_HISTORY = (frozenset({"history:read"}),)
NEEDS = {
    Feature.ACCOUNT: (frozenset({"account:read"}),),
    Feature.BALANCE: (frozenset({"balance:read"}),),
    # Here and at START_CALL the system decides which of the two is of use: the first on classic accounts, the second on neo ones.
    Feature.EXTENSIONS: (_USERS_AND_DEVICES | {"phonelines:read"}, _USERS_AND_DEVICES | {"channels:read"}),
    Feature.NUMBERS: (frozenset({"numbers:read"}),),
    Feature.OWN_CALLS: _HISTORY,
    Feature.RECORDINGS: _HISTORY,
    Feature.SEND_TEXT: (frozenset({"sessions:sms:write", "sms:read"}),),
    Feature.CONTACTS: (frozenset({"contacts:read"}),),
    Feature.START_CALL: (frozenset({"sessions:calls:write"}), frozenset({"rtcm:write"})),
}


def own_needs(keys: Json) -> Needs:
    """Only the way that is of use on the account's system: the first of each pair on classic ones, the second on neo ones."""
    neo = keys.get("neo")
    if not isinstance(neo, bool):
        return {}  # reading the account's facts will tell
    return {feature: (NEEDS[feature][int(neo)],) for feature in (Feature.EXTENSIONS, Feature.START_CALL)}


PORTAL = Portal(
    name=_("sipgate console"),
    url="https://console.sipgate.com",
    steps=(
        _("Sign in with an administrator of your sipgate account and open “Clients”, then “New client”."),
        _("Give it a name and a description that people will recognise: sipgate shows them when it asks for consent."),
        _("Enter the redirect URI shown here exactly as it is, with the slash at its end, and no other."),
        _("Enter the addresses of your privacy policy and terms; leave the web origins empty."),
        _("Copy the client ID and the client secret."),
        _("Look which realm the console names for the client and choose the environment of that name here."),
    ),
    billing_url="https://app.sipgate.com",
)

PERSONAL_TOKEN = PersonalToken(
    id_label=_("Token ID"),
    id_pattern=r"token-[A-Za-z0-9-]{3,60}",
    id_example="token-ABC123",
    token_label=_("Token"),
    token_pattern=r"[A-Za-z0-9_.-]{16,200}",  # noqa: S106  (a pattern)
    token_example="11111111-2222-4333-8444-555555555555",  # noqa: S106  (an example)
    create_url="https://app.sipgate.com/personal-access-token",
    help=_(
        "Create a personal access token in sipgate's web app, with these permissions: account:read, balance:read, users:read, "
        "devices:read, phonelines:read, numbers:read and history:read. For texts add sms:read and sessions:sms:write, for calls "
        "sessions:calls:write (neo accounts: channels:read and rtcm:write), for the phone book contacts:read. sipgate shows the token "
        "once, and its ID at any time."
    ),
)

SPEC = ProviderSpec(
    slug="sipgate",
    name="sipgate",
    icon="providers/sipgate.svg",
    scopes=SCOPES,
    needs=NEEDS,
    own_needs=own_needs,
    environments=(THIRD_PARTY, SIPGATE_APPS),
    sandbox=LOCAL,
    sandbox_credentials=("3000001-0-8d7c1f5e-0000-4000-8000-1c2d3e4f5a6b", "sandbox-sipgate-secret"),
    endpoints=endpoints,
    client=SipgateTexts,
    client_authentication=ClientAuthentication.POST,
    # Five minutes and thirty days; each refresh replaces the refresh token, and the one before is dead at once.
    refresh_rule=RefreshRule(access_lifetime=300, refresh_lifetime=2_592_000, single_use=True),
    portal=PORTAL,
    log_scopes=(LogScope.OWN,),
    read_record=kept_record,
    leg_words=leg_words,
    company=company,
    not_offered={
        Feature.COMPANY_CALLS: _(
            "sipgate has one call log for each person: it holds what this person may see, and there is no separate log of the company."
        ),
    },
    personal_token=PERSONAL_TOKEN,
    # 5.88 ct net for each part within Germany (list price, undated); a maximum length is documented nowhere.
    texts=TextRules(
        price=Money(Decimal("0.0588"), "EUR"),
        longest_delay=timedelta(days=30),
        tells_delivery=False,
        reading_scopes=frozenset({"history:read"}),
    ),
)
