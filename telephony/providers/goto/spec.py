"""What shared code needs to know about GoTo Connect: https://developer.goto.com/GoToConnect."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from telephony.core.environment import SANDBOX, Environment
from telephony.core.oauth import OAuthEndpoints
from telephony.core.spec import Portal, ProviderSpec, RefreshRule, Scope
from telephony.core.texts import TextRules
from telephony.core.types import Feature
from telephony.providers.goto import people
from telephony.providers.goto.calls import kept_record
from telephony.providers.goto.limits import RATE_LIMITS, rate_group
from telephony.providers.goto.texts import GoToTexts

SLUG = "goto"
NAME = "GoTo Connect"

SCOPES = (
    Scope("users.v1.read", _("See your GoTo accounts and the numbers you can call from")),
    Scope("users.v1.lines.read", _("See your telephone lines")),
    Scope("cr.v1.read", _("See calls: your own and, for administrators, the whole company's")),
    Scope("voice-admin.v1.read", _("See all extensions and phone numbers of the company (administrators)")),
    Scope("messaging.v1.send", _("Send texts from your numbers")),
    Scope("messaging.v1.read", _("See the texts of your numbers")),
    Scope("calls.v2.initiate", _("Start calls from your own phone")),
    Scope("recording.v1.read", _("Listen to call recordings"), default=False),
    Scope(
        "identity:",
        _("See licences and how many seats are in use (administrators); this opens the whole Admin API"),
        default=False,
        adds_to=(Feature.ACCOUNT,),
    ),
)

# GET /identity/v1/Users/me answers any valid token, so account details need no scope of their own.
NEEDS = {
    Feature.ACCOUNT: (frozenset[str](),),
    Feature.EXTENSIONS: (frozenset({"users.v1.lines.read"}), frozenset({"voice-admin.v1.read"})),
    Feature.NUMBERS: (frozenset({"voice-admin.v1.read"}), frozenset({"users.v1.read"})),
    Feature.OWN_CALLS: (frozenset({"cr.v1.read"}),),
    Feature.COMPANY_CALLS: (frozenset({"cr.v1.read"}),),
    Feature.RECORDINGS: (frozenset({"cr.v1.read", "recording.v1.read"}),),
    Feature.SEND_TEXT: (frozenset({"messaging.v1.send"}),),
    Feature.START_CALL: (frozenset({"calls.v2.initiate"}),),
}

PRODUCTION = Environment(
    "production",
    _("Production"),
    "https://authentication.logmeininc.com",
    "https://api.goto.com",
    {"admin": "https://api.getgo.com"},
)
LOCAL = Environment(SANDBOX, _("Local sandbox"), "/goto/authentication", "/goto/api", {"admin": "/goto/admin"})

PORTAL = Portal(
    name=_("GoTo Developer Center"),
    url="https://developer.logmeininc.com/clients",
    steps=(
        _("Sign in with a GoTo user account and choose “OAuth Clients”, then “Create a client”."),
        _("Details: enter a name that people will recognise, and this site's redirect URI exactly as shown here."),
        _("Scopes: tick every permission that is ticked here. What is not ticked there cannot be asked for."),
        _("Save. The client ID and the client secret are shown then; copy both into this form."),
        _("The client is free of charge. Whoever links an account needs a GoTo Connect licence."),
    ),
    billing_url="https://admin.goto.com/",
)


def endpoints(environment: Environment) -> OAuthEndpoints:
    """The OAuth server's URLs; its base may be given with or without the trailing “/oauth”.

    No issuer: the server's metadata calls itself https://identity.goto.com while every guide uses the host above, and whether a
    redirect names one has not been seen. The redirect URI and the state are this provider's own, which is the other defence
    against mix-ups that RFC 9700 (4.4.2) names.
    """
    base = environment.auth_url.rstrip("/").removesuffix("/oauth")
    return OAuthEndpoints(
        authorize=f"{base}/oauth/authorize", token=f"{base}/oauth/token", revoke=f"{base}/oauth/revoke"
    )


SPEC = ProviderSpec(
    slug=SLUG,
    name=NAME,
    icon="providers/goto.svg",
    scopes=SCOPES,
    needs=NEEDS,
    environments=(PRODUCTION,),
    sandbox=LOCAL,
    sandbox_credentials=("5a3d1c70-0000-4000-8000-5a4db0c5c0de", "sandbox-goto-secret"),
    endpoints=endpoints,
    client=GoToTexts,
    # A refresh token lives for 30 days. A new one comes only late in the life of the old one, otherwise the answer has none.
    refresh_rule=RefreshRule(access_lifetime=3_600, refresh_lifetime=2_592_000, single_use=False, replaced_after=0.6),
    portal=PORTAL,
    read_record=kept_record,
    company=people.company,
    rate_limits=RATE_LIMITS,
    rate_group=rate_group,
    not_offered={
        Feature.BALANCE: _(
            "GoTo Connect has no prepaid balance: seats are paid by monthly invoice, which administrators find in GoTo Admin."
        ),
        # There is a scope, contacts.v1.read, but no published path that it opens.
        Feature.CONTACTS: _("GoTo publishes no way to read contacts. Bring them into the phone book as a CSV file."),
    },
    extra_hosts=frozenset({"identity.goto.com"}),
    systems=people.systems,
    shares_answers=True,  # the own lines, and for plain users the numbers they call from
    # No maximum is documented; clients in production cut at this length.
    texts=TextRules(longest=1000, reading_scopes=frozenset({"messaging.v1.read"})),
)
