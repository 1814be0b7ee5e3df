"""How long calls are kept, and forgetting a number."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.kept_forms import OWNER, KeptForm
from accounts.views import signed_in
from telephony.keeping_forms import ForgetForm, ForgetTheseForm, RetentionForm
from telephony.models import ForgottenNumber, RetentionAction, RetentionRule
from telephony.services import forgetting, retention
from telephony.services.sync import RETENTION
from telephony.views.account import own_account
from telephony.views.step_up import step_up_for

KEPT_RULE = KeptForm("unsaved_rule", ("days", "action"))
KEPT_NUMBER = KeptForm("unforgotten_number", ("number",))


@KEPT_RULE.required
@step_up_for(KEPT_RULE)
@require_http_methods(["GET", "HEAD", "POST"])
def account_retention(request: HttpRequest, pk: int) -> HttpResponse:
    """The rule of one account, beside the site's."""
    account = own_account(request, pk)
    if request.method == "POST":
        form = RetentionForm(request.POST)
        if form.is_valid():
            action = RetentionAction(form.cleaned_data["action"])
            retention.change_rule(account, form.cleaned_data["days"], action, timezone.now() - RETENTION)
            messages.success(request, _("Saved. It takes effect with the next nightly clean-up."))
            return redirect(account.get_absolute_url())
    else:
        rule = RetentionRule.objects.filter(account=account).first()
        form = RetentionForm.of(rule, KEPT_RULE.initial(request, signed_in(request)))
    context = {
        "account": account,
        "form": form,
        "site_days": settings.RETENTION_DAYS,
        "site_rule": retention.site_rule(),
    }
    return render(request, "telephony/retention.html", context)


@KEPT_NUMBER.required
@step_up_for(KEPT_NUMBER)
@require_http_methods(["GET", "HEAD", "POST"])
def forget(request: HttpRequest) -> HttpResponse:
    """Ask for a number, show which is meant and where it is, and forget it after a second press.

    The number travels in the body, never in an address.
    """
    person = signed_in(request)
    posted = request.method == "POST"
    form = ForgetForm(request.POST) if posted else ForgetForm(initial=KEPT_NUMBER.initial(request, person))
    context = {"form": form, "known": ForgottenNumber.objects.filter(user=person).count()}
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data["number"]
        found = forgetting.looked_for(person, typed)
        choice = ForgetTheseForm(typed, found, request.POST if "confirmed" in request.POST else None)
        choice.initial[OWNER] = KEPT_NUMBER.owner_mark(person)
        if choice.is_valid():
            messages.success(request, _forgotten(sum(forgetting.forget(person, one).calls for one in choice.numbers)))
            return redirect("telephony:forget")
        context |= {"typed": typed, "found": found, "choice": choice}
    return render(request, "telephony/forget.html", context)


def _forgotten(calls: int) -> str:
    if not calls:
        return _("No call had the number. It is left out from now on.")
    sentence = ngettext(
        "The number is removed from %(count)d call, and is left out from now on.",
        "The number is removed from %(count)d calls, and is left out from now on.",
        calls,
    )
    return sentence % {"count": calls}
