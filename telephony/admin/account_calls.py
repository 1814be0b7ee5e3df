"""Somebody else's calls at the support desk: only after a reason, and never unnoticed by the person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from telephony.admin import words
from telephony.models import Call, LinkedAccount
from telephony.services.support import look_at_calls

if TYPE_CHECKING:
    from accounts.models import User

SHORTEST_REASON = 10  # characters; “test” is none


class ReasonForm(forms.Form):
    """Why staff have to see the calls."""

    reason = forms.CharField(
        label=_("Why do you have to see these calls?"),
        help_text=_(
            "Such as the number of a ticket and what the person asked. The person reads this, with your look at it."
        ),
        min_length=SHORTEST_REASON,
        max_length=300,
        widget=forms.TextInput(attrs={"size": 80, "autocomplete": "off"}),
    )


class CallsOfAnAccount:
    """Mixed into the admin of linked accounts: for staff who may view calls."""

    admin_site: admin.AdminSite
    opts: Any

    def get_urls(self) -> list[URLPattern]:
        """One more page for each account."""
        ours = path(
            "<path:object_id>/calls/", self.admin_site.admin_view(self.calls_view), name="telephony_linkedaccount_calls"
        )
        return [ours, *super().get_urls()]  # type: ignore[misc]  # a mixin

    def way_to_the_calls(self, request: HttpRequest, account: LinkedAccount) -> dict[str, str]:
        """The address of that page, for those who may open it."""
        if not request.user.has_perm("telephony.view_call"):
            return {}
        return {"calls_url": reverse("admin:telephony_linkedaccount_calls", args=[account.pk])}

    def calls_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask why; with a reason, note it and show the newest calls. Nothing but the answer to that form shows any."""
        if not request.user.has_perms(["telephony.view_linkedaccount", "telephony.view_call"]):
            raise PermissionDenied
        account = LinkedAccount.objects.filter(pk=object_id).first() if object_id.isdecimal() else None
        if account is None:
            raise Http404
        form = ReasonForm(request.POST if request.method == "POST" else None)
        calls = None
        if form.is_valid():
            calls = look_at_calls(account, cast("User", request.user), form.cleaned_data["reason"])
        context = {
            **self.admin_site.each_context(request),
            "title": _("Calls of %(account)s") % {"account": account},
            "opts": self.opts,
            "account": account,
            "form": form,
            "asked": calls is None,
            "heads": (_("Time"), _("Direction"), _("From"), _("To"), _("Outcome"), _("Seconds")),
            "rows": [_row(call) for call in calls or ()],
        }
        return TemplateResponse(request, "admin/telephony/linkedaccount/calls.html", context)


def _row(call: Call) -> tuple[Any, ...]:
    return (
        words.moment(call.started_at),
        call.get_direction_display(),
        _party(call.caller_name, call.caller_number or call.caller_extension),
        _party(call.callee_name, call.callee_number or call.callee_extension),
        call.get_outcome_display(),
        "–" if call.duration is None else call.duration,
    )


def _party(name: str, number: str) -> str:
    return " ".join(filter(None, (name, number))) or "–"
