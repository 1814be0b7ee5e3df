"""The person's own pages: profile, language, security overview, deletion."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, override
from django.views.decorators.http import require_POST, require_safe
from django.views.i18n import set_language

from accounts.deletion import DeletionSummary, delete_person
from accounts.forms import DeleteAccountForm, ProfileForm
from accounts.kept_forms import KeptForm
from accounts.limits import limited
from accounts.models import User, known_time_zones
from accounts.security import SecurityOverview

FAREWELL_KEY = "farewell"
KEPT_PROFILE = KeptForm("unsaved_profile", ("name", "time_zone", "region", "language"))


def signed_in(request: HttpRequest) -> User:
    """The person of this request; only for views that require a sign-in."""
    assert isinstance(request.user, User)  # noqa: S101 -- login_required has made sure; this tells mypy
    return request.user


@KEPT_PROFILE.required
def profile(request: HttpRequest) -> HttpResponse:
    """Name, time zone, country of numbers, and language."""
    user = signed_in(request)
    form = ProfileForm(
        request.POST or None,
        instance=user,
        guessed_region=_guessed_region(user),
        initial=KEPT_PROFILE.initial(request, user) if request.method != "POST" else None,
    )
    if request.method == "POST" and form.is_valid():
        person = form.save()
        with override(person.language):
            messages.success(request, gettext("Your profile is saved."))
        return redirect("accounts:profile")
    return render(request, "accounts/profile.html", {"form": form, "time_zone_options": _time_zone_options()})


@lru_cache(maxsize=1)
def _time_zone_options() -> SafeString:
    """The content of the list of zones: six hundred that never change, so they are written once."""
    return format_html_join("", '<option value="{}"></option>', ((zone,) for zone in known_time_zones()))


def _guessed_region(user: User) -> str:
    """Imported by name and late: the accounts app does not depend on telephony, which alone knows her numbers."""
    return str(import_module("telephony.services.regions").guessed_region(user))


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Switch the language: by cookie for everybody (Django's set_language), and on the person where signed in."""
    language = request.POST.get("language", "")
    if request.user.is_authenticated and language in dict(settings.LANGUAGES):
        request.user.language = language
        request.user.save(update_fields=["language"])
    return set_language(request)


@login_required
@require_safe
def security(request: HttpRequest) -> HttpResponse:
    """Everything that guards the account, with its state."""
    return render(request, "accounts/security.html", {"overview": SecurityOverview.of(signed_in(request))})


@login_required
@reauthentication_required  # type: ignore[untyped-decorator]  # allauth ships no types
@limited("delete_account")
def delete_account(request: HttpRequest) -> HttpResponse:
    """Ask for the e-mail address, then revoke every link, delete the person and say farewell."""
    person = signed_in(request)
    form = DeleteAccountForm(person, request.POST or None)
    if request.method == "POST" and form.is_valid():
        reports = delete_person(person)
        logout(request)
        request.session[FAREWELL_KEY] = [[report.label, report.remark] for report in reports if not report.revoked]
        return redirect("accounts:farewell")
    context = {"form": form, "summary": DeletionSummary.of(person)}
    return render(request, "accounts/delete.html", context)


@require_safe
def farewell(request: HttpRequest) -> HttpResponse:
    """The last page: what is gone, and what could not be revoked at a provider. Shown once."""
    not_revoked = request.session.pop(FAREWELL_KEY, None)
    if not_revoked is None:
        return redirect("home")
    reports = [{"label": label, "remark": remark} for label, remark in not_revoked]
    return render(request, "accounts/farewell.html", {"not_revoked": reports})
