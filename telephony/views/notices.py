"""What a person was told: the page behind the bell, how she wants it, and the way out of a mail."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from accounts.kept_forms import KeptForm
from accounts.models import User
from accounts.views import signed_in
from telephony.models import Notice, NoticeKind
from telephony.notice_forms import CHOSEN_BY_KIND, NoticeSettingsForm
from telephony.services import notice_mail
from telephony.services import notices as service
from telephony.services.notice_words import TONES, NoticeWords, words_of
from telephony.views.deeds import deed
from telephony.views.fragments import asks_for_fragment

_BOXES = tuple(f"{way}_{kind}" for way in ("mail", "page") for kind in CHOSEN_BY_KIND)
KEPT = KeptForm("unsaved_notices", ("quiet_from", "quiet_until", "summary_at", *_BOXES))


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One notice as the page shows it."""

    notice: Notice
    words: NoticeWords
    tone: str


@login_required
@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """What holds now, then what is over, the latest first."""
    found = list(service.of_person(signed_in(request))[: service.MOST_SHOWN + 1])
    rows = [NoticeRow(notice, words_of(notice), TONES[notice.notice_kind]) for notice in found[: service.MOST_SHOWN]]
    context = {
        "open_rows": [row for row in rows if row.notice.settled_at is None],
        "over_rows": [row for row in rows if row.notice.settled_at is not None],
        "newest": max((row.notice.pk for row in rows if row.notice.is_new), default=None),
        "cut": len(found) > service.MOST_SHOWN,
    }
    return render(request, "telephony/notices.html", context)


@deed("telephony:notices")
def seen(request: HttpRequest) -> HttpResponse:
    """The notices that were shown are no longer new; the page sends this by itself, and has a button for it."""
    person, last = signed_in(request), request.POST.get("newest", "")
    service.mark_seen(person, int(last) if last.isascii() and last.isdigit() and len(last) <= 18 else None)
    if asks_for_fragment(request):
        person.refresh_from_db(fields=["unseen_notices"])
        return render(request, "components/bell.html", {"user": person, "live": True})
    return redirect("telephony:notices")


@KEPT.required
@require_http_methods(["GET", "HEAD", "POST"])
def notice_settings(request: HttpRequest) -> HttpResponse:
    """Which notices, by which way, and when not."""
    person = signed_in(request)
    typed = KEPT.initial(request, person) if request.method != "POST" else None
    form = NoticeSettingsForm(service.settings_of(person), request.POST or None, typed=typed)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        if form.summary_waits:
            messages.info(request, _("The summary's hour is within your quiet hours: it comes when they end."))
        return redirect("telephony:notice_settings")
    return render(request, "telephony/notice_settings.html", {"form": form})


@csrf_exempt  # the signed address is the proof; mail programs send the form without having seen the page (RFC 8058)
@require_http_methods(["GET", "HEAD", "POST"])
def opt_out(request: HttpRequest, token: str) -> HttpResponse:
    """End the mails of one kind without signing in. Only a POST changes anything, since mail programs open links by themselves."""
    found = notice_mail.read_opt_out(token)
    person = User.objects.filter(pk=found[0]).first() if found else None
    if found is None or person is None:
        raise Http404("There is no such address.")
    kind = found[1]
    chosen_here = settings.LANGUAGE_COOKIE_NAME in request.COOKIES
    with override(get_language() if chosen_here else person.language):
        again = request.POST.get("again") == "1"
        if request.method == "POST":
            notice_mail.opt_out(person, kind, mails=again)
        wanted = service.settings_of(person).by_mail(kind)
        context = {"kind": kind, "wanted": wanted, "done": request.method == "POST", "can_undo": _can_undo(kind)}
        return render(request, "telephony/notice_opt_out.html", context)


def _can_undo(kind: NoticeKind) -> bool:
    """The summary needs an hour, which only its settings can ask for."""
    return kind is not NoticeKind.DAILY_SUMMARY
