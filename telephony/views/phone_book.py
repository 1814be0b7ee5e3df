"""The person's phone book: looking names up, adding and removing entries, and filling it from a file."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.kept_forms import KeptForm
from accounts.models import User
from accounts.views import signed_in
from telephony import selectors
from telephony.core.dialling import NumberRefused
from telephony.core.errors import ProviderError
from telephony.core.search_text import terms
from telephony.list_forms import EntryForm, PhoneBookFileForm
from telephony.models import PhoneBookEntry
from telephony.services import phone_book as service
from telephony.services.import_report import ImportReport
from telephony.services.regions import home_region
from telephony.views.account import own_account
from telephony.views.deeds import deed

PAGE_SIZE = 100
KEPT = KeptForm("unsaved_entry", ("name", "number"))
REPORT_KEY = "phone_book_import"


@KEPT.required
@require_http_methods(["GET", "HEAD", "POST"])
def phone_book(request: HttpRequest) -> HttpResponse:
    """The entries by name, a hundred a page, and the form for a new one."""
    person = signed_in(request)
    form = EntryForm(request.POST) if request.method == "POST" else EntryForm(initial=KEPT.initial(request, person))
    if request.method == "POST" and form.is_valid() and _kept(person, form):
        messages.success(request, _("The entry is saved."))
        return redirect("telephony:phone_book")
    text, after = request.GET.get("q", "")[:100], request.GET.get("after", "")
    found = list(_entries(person, text, after)[: PAGE_SIZE + 1])
    context = {
        "form": form,
        "file_form": PhoneBookFileForm(initial={"region": home_region(person)}),
        "entries": found[:PAGE_SIZE],
        "next_pk": found[PAGE_SIZE - 1].pk if len(found) > PAGE_SIZE else None,
        "accounts": [one for one in selectors.linked_accounts(person) if one.usable and service.offers_contacts(one)],
        "q": text,
        "after": after,
    }
    return render(request, "telephony/phone_book.html", context)


@deed("telephony:phone_book")
def import_file(request: HttpRequest) -> HttpResponse:
    """Fill the phone book from a CSV file and say what was added, changed and left out."""
    person, form = signed_in(request), PhoneBookFileForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return redirect("telephony:phone_book")
    try:
        report = service.import_file(person, form.cleaned_data["file"].read(), form.cleaned_data["region"])
    except service.FileRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("telephony:phone_book")
    return _shown(request, report, from_account=False)


@deed("telephony:phone_book")
def import_from_account(request: HttpRequest, pk: int) -> HttpResponse:
    """Fill the phone book from the address book of a linked account and say what was added, changed and left out."""
    account = own_account(request, pk)
    if not service.offers_contacts(account):
        raise Http404
    try:
        report = service.import_from_account(account)
    except ProviderError as error:
        messages.error(request, f"{error.sentence} {error.next_step} {_('The phone book is as it was.')}")
        return redirect("telephony:phone_book")
    return _shown(request, report, from_account=True)


@login_required
@require_safe
def imported(request: HttpRequest) -> HttpResponse:
    """What the latest import of this session did; the page can be loaded again, in another language as well."""
    kept = request.session.get(REPORT_KEY)
    if kept is None:
        return redirect("telephony:phone_book")
    context = {"report": ImportReport.from_json(kept["report"]), "from_account": kept["from_account"]}
    return render(request, "telephony/phone_book_import.html", context)


@deed("telephony:phone_book")
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove one entry."""
    entry = get_object_or_404(PhoneBookEntry, user=signed_in(request), pk=pk)
    entry.delete()
    messages.success(request, _("%(name)s has been removed from the phone book.") % {"name": entry.name})
    return redirect("telephony:phone_book")


@deed("telephony:phone_book")
def clear(request: HttpRequest) -> HttpResponse:
    """Remove all entries."""
    count, _by_model = PhoneBookEntry.objects.filter(user=signed_in(request)).delete()
    text = ngettext("%(count)d entry has been removed.", "%(count)d entries have been removed.", count)
    messages.success(request, text % {"count": count})
    return redirect("telephony:phone_book")


def _shown(request: HttpRequest, report: ImportReport, *, from_account: bool) -> HttpResponse:
    request.session[REPORT_KEY] = {"report": report.as_json(), "from_account": from_account}
    return redirect("telephony:phone_book_imported")


def _kept(person: User, form: EntryForm) -> bool:
    try:
        service.keep(person, form.cleaned_data["name"], form.cleaned_data["number"])
    except NumberRefused as refused:
        form.add_error("number", refused.sentence)
        return False
    return True


def _entries(person: User, text: str, after: str) -> QuerySet[PhoneBookEntry]:
    found = PhoneBookEntry.objects.filter(user=person).select_related("account").order_by("name", "pk")
    for term in terms(text):
        wanted = Q(digits__contains=term.text)
        for spelling in term.spellings:
            wanted |= Q(name__icontains=spelling)
        found = found.filter(wanted)
    if after.isascii() and after.isdigit() and len(after) <= 18:
        last = PhoneBookEntry.objects.filter(user=person, pk=after).first()
        if last is not None:
            found = found.filter(Q(name__gt=last.name) | Q(name=last.name, pk__gt=last.pk))
    return found
