"""What staff do with linked accounts: each action is bounded in number and time, and says what came of every account."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from telephony.admin.desk import FROM_OBJECT
from telephony.models import LinkedAccount
from telephony.services import states, support
from telephony.services.unlinking import unlink

if TYPE_CHECKING:
    from accounts.models import User

MOST_ACCOUNTS = 10  # for one click
BUDGET = 20.0  # seconds after which no further account is begun; a web server gives a request half a minute


class AccountActions:
    """Mixed into the admin of linked accounts, which defines who has the support and unlink permissions."""

    message_user: Callable[..., None]
    admin_site: admin.AdminSite
    opts: Any

    @admin.action(description=_("Refresh now"), permissions=["support"])
    def refresh_now(self, request: HttpRequest, accounts: QuerySet[LinkedAccount]) -> None:
        """Read facts, balance and extensions, however fresh they are."""
        for account in self._within_bounds(request, accounts):
            waiting = support.waiting_readings(account)
            readings = support.refresh_now(account)
            failed = [reading for reading in [*readings, *waiting] if reading.failed]
            if not readings and not failed:
                self._say(
                    request, messages.WARNING, account, gettext("Not read: the account's state does not allow it.")
                )
            for reading in failed:
                self._say(request, messages.ERROR, account, reading.sentence, reading.next_step, reading.request_id)
            if readings and not failed:
                self._say(
                    request, messages.SUCCESS, account, gettext("Account, balance and extensions are up to date.")
                )

    @admin.action(description=_("Test the link"), permissions=["support"])
    def test(self, request: HttpRequest, accounts: QuerySet[LinkedAccount]) -> None:
        """Ask each provider whose credentials these are."""
        for account in self._within_bounds(request, accounts):
            finding = support.test_account(account, _staff(request))
            request_id = finding.error.request_id if finding.error else ""
            level = messages.SUCCESS if finding.fine else messages.ERROR
            self._say(request, level, account, finding.sentence, finding.next_step, request_id)

    @admin.action(description=_("Disable"), permissions=["support"])
    def disable(self, request: HttpRequest, accounts: QuerySet[LinkedAccount]) -> None:
        """Nothing is read and no token renewed; the link and everything stored stay."""
        for account in self._within_bounds(request, accounts):
            if states.switch_off(account, _staff(request)):
                self._say(
                    request, messages.SUCCESS, account, gettext("Disabled. Nothing is read until it is enabled again.")
                )
            else:
                self._say(request, messages.WARNING, account, gettext("It was disabled already, or is being unlinked."))

    @admin.action(description=_("Enable"), permissions=["support"])
    def enable(self, request: HttpRequest, accounts: QuerySet[LinkedAccount]) -> None:
        """Take back *disable*."""
        for account in self._within_bounds(request, accounts):
            if states.switch_on(account, _staff(request)):
                self._say(
                    request, messages.SUCCESS, account, gettext("Enabled. Test the link to see whether it still works.")
                )
            else:
                self._say(request, messages.WARNING, account, gettext("It was not disabled."))

    @admin.action(description=_("Unlink and revoke…"), permissions=["unlink"])
    def unlink_and_revoke(self, request: HttpRequest, accounts: QuerySet[LinkedAccount]) -> HttpResponse | None:
        """Ask first; then revoke at the provider and delete everything here."""
        if request.POST.get("confirmed") != "yes":
            return self._ask(request, accounts)
        for account in self._within_bounds(request, accounts):
            report = unlink(account, actor=_staff(request))
            level = messages.SUCCESS if report.revoked else messages.WARNING
            done = (
                gettext("Unlinked, revoked at the provider, and deleted here.")
                if report.revoked
                else gettext("Unlinked here.")
            )
            told = format_html("{} <q>{}</q>", gettext("Tell the person:"), report.remark) if report.remark else ""
            self._say(request, level, report.label, done, told)
        return None

    def _ask(self, request: HttpRequest, accounts: QuerySet[LinkedAccount]) -> HttpResponse:
        chosen = list(accounts.select_related("user")[: MOST_ACCOUNTS + 1])
        context = {
            **self.admin_site.each_context(request),
            "title": _("Unlink and revoke"),
            "opts": self.opts,
            "accounts": chosen[:MOST_ACCOUNTS],
            "too_many": len(chosen) > MOST_ACCOUNTS,
            "most": MOST_ACCOUNTS,
            "checkbox_name": ACTION_CHECKBOX_NAME,
            "from_object": request.POST.get(FROM_OBJECT, ""),
        }
        return TemplateResponse(request, "admin/telephony/linkedaccount/unlink.html", context)

    def _within_bounds(self, request: HttpRequest, accounts: QuerySet[LinkedAccount]) -> Iterator[LinkedAccount]:
        """The chosen accounts, until there are too many or it takes too long; what was left out is said."""
        chosen = list(accounts.select_related("client", "user")[: MOST_ACCOUNTS + 1])
        begun, deadline = 0, time.monotonic() + BUDGET
        for account in chosen[:MOST_ACCOUNTS]:
            if time.monotonic() > deadline:
                break
            begun += 1
            yield account
        if begun < len(chosen):
            text = gettext("Stopped after %(count)d accounts: choose the rest and run it again.") % {"count": begun}
            self.message_user(request, text, messages.WARNING)

    def _say(
        self,
        request: HttpRequest,
        level: int,
        account: object,
        sentence: str,
        next_step: str = "",
        request_id: str = "",
    ) -> None:
        text = format_html("<strong>{}:</strong> {} {}", account, sentence, next_step)
        if request_id:
            text = format_html(
                '{} <span class="desk-detail">{} <code>{}</code></span>', text, _("Request:"), request_id
            )
        self.message_user(request, text, level)


def _staff(request: HttpRequest) -> User:
    return cast("User", request.user)
