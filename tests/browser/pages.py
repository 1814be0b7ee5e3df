"""Every page of the site, by URL name: who sees it and with which keys. `test_every_page` compares it with the URLconf."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase
from functools import cache

from django.urls import URLPattern, URLResolver, get_resolver

MAILBOX = {
    "dev:mail",
    "dev:mail-clear",
}  # there only where mails become files, which is not so while tests are collected


class Who(Enum):
    """The people whose eyes a page is seen with."""

    NOBODY = "nobody is signed in"
    HALFWAY = "the password was right, the second factor is still to come"
    EMPTY = "a person who has linked nothing"
    PERSON = "a person with three linked accounts"
    GUARDED = "a person with an authenticator app, recovery codes and a passkey"
    CAUTIOUS = "the same, who must confirm that it is her"
    STAFF = "somebody who runs the site"


@dataclass(frozen=True, slots=True)
class SitePage:
    """One page. `path` may hold {keys}; `status` is what it is answered with."""

    name: str
    path: str
    who: Who = Who.PERSON
    status: int = 200
    remark: str = ""

    @property
    def label(self) -> str:
        """What its test is called."""
        return f"{self.name}-{self.remark}" if self.remark else self.name


_ACCOUNT = "/telephony/accounts/{account}"
_ADMIN = "/admin/{}/{}"

PAGES = (
    SitePage("home", "/", Who.NOBODY),
    SitePage("status", "/status", Who.STAFF),
    SitePage("account_login", "/accounts/login/", Who.NOBODY),
    SitePage("account_signup", "/accounts/signup/", Who.NOBODY),
    SitePage("account_inactive", "/accounts/inactive/", Who.NOBODY),
    SitePage("account_email_verification_sent", "/accounts/confirm-email/", Who.NOBODY),
    SitePage("account_confirm_email", "/accounts/confirm-email/{confirmation}/", Who.NOBODY),
    SitePage("account_confirm_email", "/accounts/confirm-email/no-such-key/", Who.NOBODY, remark="used up"),
    SitePage("account_reset_password", "/accounts/password/reset/", Who.NOBODY),
    SitePage("account_reset_password_done", "/accounts/password/reset/done/", Who.NOBODY),
    SitePage("account_reset_password_from_key", "{reset}", Who.NOBODY),
    SitePage("account_reset_password_from_key", "/accounts/password/reset/key/1-no/", Who.NOBODY, remark="used up"),
    SitePage("account_reset_password_from_key_done", "/accounts/password/reset/key/done/", Who.NOBODY),
    SitePage("mfa_authenticate", "/accounts/2fa/authenticate/", Who.HALFWAY),
    SitePage("dev:design", "/dev/design/", Who.NOBODY),
    SitePage("dev:design", "/dev/design/", remark="signed in"),
    SitePage("dev:mail", "/dev/mail/", Who.NOBODY),
    # About the person herself
    SitePage("accounts:profile", "/accounts/profile/"),
    SitePage("accounts:language", "/accounts/language/", status=405, remark="opened by a link"),
    SitePage("accounts:security", "/accounts/security/"),
    SitePage("accounts:security", "/accounts/security/", Who.GUARDED, remark="guarded"),
    SitePage("accounts:delete", "/accounts/delete/"),
    SitePage("account_logout", "/accounts/logout/"),
    SitePage("account_reauthenticate", "/accounts/reauthenticate/", Who.CAUTIOUS),
    SitePage("account_email", "/accounts/email/"),
    SitePage("account_change_password", "/accounts/password/change/"),
    SitePage("mfa_index", "/accounts/2fa/"),
    SitePage("mfa_index", "/accounts/2fa/", Who.GUARDED, remark="guarded"),
    SitePage("mfa_reauthenticate", "/accounts/2fa/reauthenticate/", Who.CAUTIOUS),
    SitePage("mfa_reauthenticate_webauthn", "/accounts/2fa/webauthn/reauthenticate/", Who.CAUTIOUS),
    SitePage("mfa_activate_totp", "/accounts/2fa/totp/activate/"),
    SitePage("mfa_deactivate_totp", "/accounts/2fa/totp/deactivate/", Who.GUARDED),
    SitePage("mfa_view_recovery_codes", "/accounts/2fa/recovery-codes/", Who.GUARDED),
    SitePage("mfa_generate_recovery_codes", "/accounts/2fa/recovery-codes/generate/", Who.GUARDED),
    SitePage("mfa_list_webauthn", "/accounts/2fa/webauthn/", Who.GUARDED),
    SitePage("mfa_add_webauthn", "/accounts/2fa/webauthn/add/"),
    SitePage("mfa_edit_webauthn", "/accounts/2fa/webauthn/keys/{passkey}/edit/", Who.GUARDED),
    SitePage("mfa_remove_webauthn", "/accounts/2fa/webauthn/keys/{passkey}/remove/", Who.GUARDED),
    SitePage("usersessions_list", "/accounts/sessions/"),
    # Linking
    SitePage("telephony:link", "/telephony/link/"),
    SitePage("telephony:link", "/telephony/link/", Who.EMPTY, remark="nothing linked"),
    SitePage("telephony:link_token", "/telephony/link/sipgate/token/"),
    SitePage("sipgate_login", "/accounts/sipgate/login/?process=connect&client={client_sipgate}"),
    SitePage("ringcentral_login", "/accounts/ringcentral/login/?process=connect&client={client_ringcentral}"),
    SitePage("goto_login", "/accounts/goto/login/?process=connect&client={client_goto}"),
    SitePage("sipgate_callback", "/accounts/sipgate/login/callback/?code=no&state=no", status=403),
    SitePage("ringcentral_callback", "/accounts/ringcentral/login/callback/?error=access_denied&state=no", status=403),
    SitePage("goto_callback", "/accounts/goto/login/callback/", status=403),
    SitePage("socialaccount_login_cancelled", "/accounts/3rdparty/login/cancelled/"),
    SitePage("socialaccount_login_error", "/accounts/3rdparty/login/error/", status=401),
    # Accounts and calls
    SitePage("telephony:dashboard", "/telephony/", Who.EMPTY, remark="nothing linked"),
    SitePage("telephony:dashboard", "/telephony/"),
    SitePage("telephony:dashboard", "/telephony/?glance=1", remark="without JavaScript"),
    SitePage("telephony:notices", "/telephony/notices/"),
    SitePage("telephony:notices", "/telephony/notices/", Who.EMPTY, remark="nothing to tell"),
    SitePage("telephony:notice_settings", "/telephony/notices/settings/"),
    SitePage("telephony:notice_opt_out", "{opt_out}", Who.NOBODY),
    SitePage("telephony:balance", _ACCOUNT + "/balance/"),
    SitePage("telephony:balance", "/telephony/accounts/{account_goto}/balance/", remark="no balance"),
    SitePage("telephony:account", _ACCOUNT + "/"),
    SitePage("telephony:account", "/telephony/accounts/{account_ringcentral}/", remark="RingCentral"),
    SitePage("telephony:account", "/telephony/accounts/{account_goto}/", remark="GoTo"),
    SitePage("telephony:extensions", _ACCOUNT + "/extensions/"),
    SitePage("telephony:extensions", _ACCOUNT + "/extensions/?query=nobody+has+this+name", remark="no match"),
    SitePage("telephony:account_calls", _ACCOUNT + "/calls/"),
    SitePage("telephony:account_calls", _ACCOUNT + "/calls/?scope=company", remark="company"),
    SitePage("telephony:account_calls", _ACCOUNT + "/calls/?direction=xyz&number=1&kind=call", remark="wrong filter"),
    SitePage("telephony:system", "/telephony/accounts/{account_goto}/system/"),
    SitePage("telephony:unlink", _ACCOUNT + "/unlink/"),
    SitePage("telephony:calls", "/telephony/calls/"),
    SitePage("telephony:calls", "/telephony/calls/", Who.EMPTY, remark="nothing linked"),
    SitePage("telephony:call", "/telephony/calls/{call_sipgate}/"),
    SitePage("telephony:call", "/telephony/calls/{call_ringcentral}/", remark="RingCentral"),
    SitePage("telephony:call", "/telephony/calls/{call_goto}/", remark="GoTo"),
    SitePage("telephony:history", _ACCOUNT + "/history/"),
    SitePage("telephony:why", _ACCOUNT + "/why/"),
    SitePage("telephony:retention", _ACCOUNT + "/retention/"),
    SitePage("telephony:account_statistics", _ACCOUNT + "/statistics/"),
    SitePage("telephony:export_account_calls", _ACCOUNT + "/calls/export/"),
    SitePage("telephony:export_calls", "/telephony/calls/export/"),
    SitePage("telephony:exports", "/telephony/exports/"),
    SitePage("telephony:exports", "/telephony/exports/", Who.EMPTY, remark="nothing exported"),
    SitePage("telephony:export", "/telephony/exports/{export}/"),
    SitePage("telephony:own_data", "/telephony/own-data/"),
    SitePage("telephony:activity", "/telephony/activity/"),
    SitePage("telephony:activity", "/telephony/activity/", Who.EMPTY, remark="nothing happened"),
    SitePage("telephony:forget", "/telephony/forget/"),
    SitePage("telephony:statistics", "/telephony/statistics/"),
    SitePage("telephony:statistics", "/telephony/statistics/", Who.EMPTY, remark="nothing linked"),
    SitePage("telephony:missed", "/telephony/calls/missed/"),
    SitePage("telephony:start_call", "/telephony/calls/new/?number=%2B493023125999"),
    SitePage("telephony:start_call", "/telephony/calls/new/?number=%2B499003123456&devices=1", remark="costly"),
    SitePage("telephony:start_call", "/telephony/calls/new/?number=112", remark="emergency"),
    SitePage("telephony:start_call", "/telephony/calls/new/", Who.EMPTY, remark="nothing linked"),
    SitePage("telephony:placed_calls", "/telephony/calls/placed/"),
    SitePage("telephony:placed_calls", "/telephony/calls/placed/", Who.EMPTY, remark="nothing started"),
    SitePage("telephony:placed_call", "/telephony/calls/placed/{placed_ringing_own}/"),
    SitePage("telephony:placed_call", "/telephony/calls/placed/{placed_connected}/", remark="connected"),
    SitePage("telephony:placed_call", "/telephony/calls/placed/{placed_failed}/", remark="failed"),
    SitePage("telephony:saved_views", "/telephony/calls/views/"),
    SitePage("telephony:phone_book", "/telephony/phone-book/"),
    SitePage("telephony:messages", "/telephony/messages/"),
    SitePage("telephony:messages", "/telephony/messages/", Who.EMPTY, remark="nothing linked"),
    SitePage("telephony:messages", "/telephony/messages/?box=sent", remark="outbox"),
    SitePage("telephony:new_message", "/telephony/messages/new/"),
    SitePage("telephony:new_message", "/telephony/messages/new/", Who.EMPTY, remark="nothing linked"),
    SitePage("telephony:new_message", "/telephony/messages/new/?call={call_sipgate}", remark="to a number"),
    SitePage("telephony:message", "/telephony/messages/{message}/"),
    SitePage("telephony:message", "/telephony/messages/{message_failed}/", remark="not sent"),
    SitePage("telephony:message", "/telephony/messages/{message_unknown}/", remark="unknown"),
    SitePage("telephony:received_text", "/telephony/messages/received/{received}/"),
    # The support desk
    SitePage("admin:index", "/admin/", Who.STAFF),
    SitePage("admin:app_list", "/admin/telephony/", Who.STAFF),
    SitePage("admin:accounts_user_changelist", "/admin/accounts/user/", Who.STAFF),
    SitePage("admin:accounts_user_change", "/admin/accounts/user/{user}/change/", Who.STAFF),
    SitePage("admin:accounts_user_history", "/admin/accounts/user/{user}/history/", Who.STAFF),
    SitePage("admin:account_emailaddress_changelist", "/admin/account/emailaddress/", Who.STAFF),
    SitePage("admin:account_emailaddress_change", "/admin/account/emailaddress/{address}/change/", Who.STAFF),
    SitePage("admin:auth_group_changelist", "/admin/auth/group/", Who.STAFF),
    SitePage("admin:auth_group_add", "/admin/auth/group/add/", Who.STAFF),
    SitePage("admin:auth_group_change", "/admin/auth/group/{group}/change/", Who.STAFF),
    SitePage("admin:auth_group_delete", "/admin/auth/group/{group}/delete/", Who.STAFF),
    SitePage("admin:telephony_oauthclient_changelist", "/admin/telephony/oauthclient/", Who.STAFF),
    SitePage("admin:telephony_oauthclient_add", "/admin/telephony/oauthclient/add/", Who.STAFF),
    SitePage(
        "admin:telephony_oauthclient_add",
        "/admin/telephony/oauthclient/add/?provider=ringcentral",
        Who.STAFF,
        remark="RingCentral",
    ),
    SitePage("admin:telephony_oauthclient_change", "/admin/telephony/oauthclient/{client_sipgate}/change/", Who.STAFF),
    SitePage("admin:telephony_oauthclient_delete", "/admin/telephony/oauthclient/{client_spare}/delete/", Who.STAFF),
    SitePage(
        "admin:telephony_oauthclient_history", "/admin/telephony/oauthclient/{client_sipgate}/history/", Who.STAFF
    ),
    SitePage("admin:telephony_linkedaccount_changelist", "/admin/telephony/linkedaccount/", Who.STAFF),
    SitePage("admin:telephony_linkedaccount_change", "/admin/telephony/linkedaccount/{account}/change/", Who.STAFF),
    SitePage("admin:telephony_linkedaccount_calls", "/admin/telephony/linkedaccount/{account}/calls/", Who.STAFF),
    SitePage("admin:telephony_linkedaccount_history", "/admin/telephony/linkedaccount/{account}/history/", Who.STAFF),
    SitePage("admin:telephony_token_changelist", "/admin/telephony/token/", Who.STAFF),
    SitePage("admin:telephony_token_change", "/admin/telephony/token/{token}/change/", Who.STAFF),
    SitePage("admin:telephony_token_history", "/admin/telephony/token/{token}/history/", Who.STAFF),
    SitePage("admin:telephony_accountevent_changelist", "/admin/telephony/accountevent/", Who.STAFF),
    SitePage("admin:telephony_accountevent_change", "/admin/telephony/accountevent/{event}/change/", Who.STAFF),
    SitePage("admin:telephony_accountevent_history", "/admin/telephony/accountevent/{event}/history/", Who.STAFF),
    SitePage("admin:telephony_placedcall_changelist", "/admin/telephony/placedcall/", Who.STAFF),
    SitePage("admin:telephony_placedcall_change", "/admin/telephony/placedcall/{placed_failed}/change/", Who.STAFF),
    SitePage("admin:telephony_placedcall_history", "/admin/telephony/placedcall/{placed_failed}/history/", Who.STAFF),
    SitePage("admin:telephony_message_changelist", "/admin/telephony/message/", Who.STAFF),
    SitePage("admin:telephony_message_change", "/admin/telephony/message/{message}/change/", Who.STAFF),
    SitePage("admin:telephony_message_history", "/admin/telephony/message/{message}/history/", Who.STAFF),
    SitePage(
        "admin:django_tasks_database_dbtaskresult_changelist", "/admin/django_tasks_database/dbtaskresult/", Who.STAFF
    ),
    SitePage(
        "admin:django_tasks_database_dbtaskresult_change",
        "/admin/django_tasks_database/dbtaskresult/{task}/change/",
        Who.STAFF,
    ),
    SitePage(
        "admin:django_tasks_database_dbtaskresult_history",
        "/admin/django_tasks_database/dbtaskresult/{task}/history/",
        Who.STAFF,
    ),
)

# URL names (with * for any text) that are no page of their own, each with the reason.
NO_PAGES = {
    "": "a plain redirect: an old address, the favicon, or the admin's catch-all",
    "healthz": "one word for machines",
    "accounts:farewell": "seen once, after deleting an account: test_her_own_account",
    "account_set_password": "redirects: everybody has a password",
    "account_confirm_login_code": "redirects: there is no signing in by code",
    "mfa_download_recovery_codes": "a file",
    "mfa_login_webauthn": "JSON for the passkey script",
    "socialaccount_signup": "redirects: nobody signs up with a provider",
    "socialaccount_connections": "redirects to the dashboard",
    "telephony:glance": "a part of the dashboard",
    "telephony:notices_seen": "answers a POST by a redirect",
    "telephony:balance_outlook": "a part of the account's page",
    "telephony:facts": "a part of the account's page",
    "telephony:capabilities": "a part of the account's page",
    "telephony:extension_summary": "a part of the account's page",
    "telephony:extensions_live": "a part of the list of extensions",
    "telephony:account_call_list": "a part of the call log",
    "telephony:call_list": "a part of the call log",
    "telephony:read_calls": "a part of the call log",
    "telephony:other_calls": "a part of the call's page",
    "telephony:why_bundle": "a file",
    "telephony:refresh": "answers a POST by a redirect",
    "telephony:history_logs": "a part of the page about the history",
    "telephony:fill_gap": "answers a POST by a redirect",
    "telephony:export_progress": "a part of an export's page",
    "telephony:export_file": "a file",
    "telephony:export_again": "answers a POST by a redirect",
    "telephony:export_remove": "answers a POST by a redirect",
    "telephony:statistics_numbers": "a part of the statistics",
    "telephony:account_statistics_numbers": "a part of the statistics",
    "telephony:recording": "sound",
    "telephony:voicemail": "sound",
    "telephony:conversation_list": "a part of the page of texts",
    "telephony:message_state": "a part of a text's page",
    "telephony:read_messages": "answers a POST by a redirect",
    "telephony:settle_missed": "answers a POST by a redirect",
    "telephony:calling_devices": "a part of the page that starts a call",
    "telephony:placed_call_progress": "a part of a started call's page",
    "telephony:cancel_call": "answers a POST by a redirect",
    "telephony:save_view": "answers a POST by a redirect",
    "telephony:change_view": "answers a POST by a redirect",
    "telephony:shared_view": "redirects to the list with the view's filter",
    "telephony:import_phone_book": "answers a POST by a redirect",
    "telephony:phone_book_imported": "only after an import: test_phone_book",
    "telephony:import_contacts": "answers a POST by a redirect",
    "telephony:clear_phone_book": "answers a POST by a redirect",
    "telephony:delete_entry": "answers a POST by a redirect",
    "dev:mail-clear": "answers a POST by a redirect",
    "admin:login": "redirects to the site's own sign-in",
    "admin:logout": "answers a POST by a redirect",
    "admin:password_change": "redirects to the site's own page",
    "admin:password_change_done": "never reached, as the page before it is not used",
    "admin:autocomplete": "JSON",
    "admin:jsi18n": "a script",
    "admin:view_on_site": "a redirect",
    "admin:accounts_user_add": "refused to everybody",
    "admin:accounts_user_delete": "refused to everybody",
    "admin:account_emailaddress_*": "reading only",
    "admin:auth_group_history": "as every other history",
    "admin:telephony_linkedaccount_*": "reading and actions only",
    "admin:telephony_token_*": "reading only",
    "admin:telephony_accountevent_*": "reading only",
    "admin:telephony_message_*": "reading only",
    "admin:telephony_placedcall_*": "reading only",
    "admin:django_tasks_database_dbtaskresult_*": "reading only",
}


@cache
def url_names() -> frozenset[str]:
    """Every URL name of the site with its namespace; "" stands for those without."""
    found = _names(get_resolver("config.urls"), "") | _names(get_resolver("config.dev_urls"), "dev:")
    return frozenset(found | MAILBOX)


def _names(resolver: URLResolver, namespace: str) -> set[str]:
    found: set[str] = set()
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            found.add(f"{namespace}{entry.name}" if entry.name else "")
        else:
            found |= _names(entry, f"{namespace}{entry.namespace}:" if entry.namespace else namespace)
    return found


def is_explained(name: str) -> bool:
    """Whether a URL name is no page, for a reason that is written down."""
    return any(fnmatchcase(name, pattern) for pattern in NO_PAGES)
