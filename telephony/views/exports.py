"""Taking calls out: the page that offers it, downloads at once, and exports that are prepared in the background."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.storage import storages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.limits import limited
from accounts.views import signed_in
from telephony import selectors, tasks
from telephony.keeping_forms import ExportAddressForm, ExportForm, chosen
from telephony.models import Export, ExportFormat, ExportKind, ExportState, LinkedAccount
from telephony.services import export_jobs
from telephony.services.export_columns import columns_of
from telephony.services.export_formats import CONTENT_TYPES
from telephony.services.export_rows import count_up_to, matching_ids
from telephony.services.exports import MOST_AT_ONCE, ExportPlan, file_name, stream
from telephony.views.account import own_account
from telephony.views.call_search import CallSearch
from telephony.views.deeds import deed
from telephony.views.fragments import fragment
from telephony.views.step_up import step_up, step_up_required

SHOWN = 30  # exports on the page that lists them
OWN_FIELDS = ("format", "column")


def _makes_a_file(request: HttpRequest) -> bool:
    """Whether a request is more than a look at the page that asks for the format."""
    return request.method == "POST" or "format" in request.GET


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@limited("export", when=_makes_a_file)
def export_calls(request: HttpRequest) -> HttpResponseBase:
    """Export what the list of all calls shows."""
    accounts = list(selectors.linked_accounts(signed_in(request)))
    return _export(request, accounts, reverse("telephony:calls"), choose_account=True)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@limited("export", when=_makes_a_file)
def export_account_calls(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Export what the list of one account shows."""
    return _export(
        request, [own_account(request, pk)], reverse("telephony:account_calls", args=[pk]), choose_account=False
    )


def _export(
    request: HttpRequest, accounts: list[LinkedAccount], page: str, *, choose_account: bool
) -> HttpResponseBase:
    """The address of the list with a format is the download; without one, the page that asks for it.

    A search with a mistake in it is not exported: what was meant might be much less than what would be found.
    """
    search = CallSearch(request, accounts, choose_account=choose_account)
    if request.method == "POST":
        form: ExportForm = ExportForm(request.POST)
    elif "format" in request.GET:
        form = ExportAddressForm(request.GET)
    else:
        return _page(request, search, page, ExportForm())
    if search.form.errors or not form.is_valid():
        return _page(request, search, page, form, status=400)
    plan = _plan(request, search, page, form)
    count = count_up_to(plan.accounts, plan.call_filter, MOST_AT_ONCE)
    if request.method != "POST":
        return _download(request, plan) if count <= MOST_AT_ONCE else _page(request, search, page, form, status=413)
    if count <= MOST_AT_ONCE:
        chosen_query = [("format", plan.format.value), *(("column", column.key) for column in plan.columns)]
        address = search.with_query(without=OWN_FIELDS)
        return redirect(f"{address}{'&' if '?' in address else '?'}{urlencode(chosen_query)}")
    return _prepare(request, plan.stored(ExportState.WAITING))


def _plan(request: HttpRequest, search: CallSearch, page: str, form: ExportForm) -> ExportPlan:
    person = signed_in(request)
    file_format, columns = chosen(form)
    return ExportPlan(
        user=person,
        accounts=search.accounts,
        call_filter=search.filter,
        format=file_format,
        columns=columns_of(columns),
        zone=ZoneInfo(person.time_zone),
        language=person.language,
        source=search.with_query(path=page, without=OWN_FIELDS),
    )


def _page(request: HttpRequest, search: CallSearch, page: str, form: ExportForm, *, status: int = 200) -> HttpResponse:
    count = count_up_to(search.accounts, search.filter, MOST_AT_ONCE)
    context: dict[str, Any] = {
        "search": search,
        "form": form
        if isinstance(form, ExportForm) and not isinstance(form, ExportAddressForm)
        else _asked_again(form),
        "list_url": search.with_query(path=page, without=OWN_FIELDS),
        "action": search.with_query(without=OWN_FIELDS),
        "count": count,
        "most": MOST_AT_ONCE,
        "too_many": count > MOST_AT_ONCE,
    }
    return render(request, "telephony/export_calls.html", context, status=status)


def _asked_again(form: ExportForm) -> ExportForm:
    """The form of the page with what an address asked for."""
    values = (
        {name: value for name, value in form.cleaned_data.items() if value} if form.is_bound and form.is_valid() else {}
    )
    return ExportForm(initial=values)


def _download(request: HttpRequest, plan: ExportPlan) -> HttpResponseBase:
    """The file, sent as it is made. Rows and zone are in its name and headers; that it was taken is noted."""
    ids = matching_ids(plan.accounts, plan.call_filter)
    if request.method == "GET":
        note = plan.stored(ExportState.SENT)
        note.total = note.done = len(ids)
        note.finished_at = timezone.now()
        note.save()
    response = StreamingHttpResponse(stream(plan, ids), content_type=CONTENT_TYPES[plan.format])
    response["Content-Disposition"] = f'attachment; filename="{file_name(plan, len(ids))}"'
    response["X-Row-Count"] = str(len(ids))
    response["X-Time-Zone"] = plan.zone.key
    return response


def _prepare(request: HttpRequest, export: Export) -> HttpResponse:
    try:
        export = export_jobs.ask(export)
    except export_jobs.TooManyExports:
        messages.warning(request, _("You have several exports under way already. Wait for one to end, or stop one."))
        return redirect("telephony:exports")
    tasks.make_export.enqueue(export.pk)
    return redirect(export.get_absolute_url())


@login_required
@require_safe
def exports(request: HttpRequest) -> HttpResponse:
    """What was exported, and what can still be fetched."""
    found = _hers(request).order_by("-asked_at", "-pk")[:SHOWN]
    return render(request, "telephony/exports.html", {"exports": found})


@login_required
@require_safe
def export(request: HttpRequest, pk: int) -> HttpResponse:
    """One export; while it is being prepared, its progress is drawn again every two seconds."""
    return render(request, "telephony/export.html", {"export": get_object_or_404(_hers(request), pk=pk)})


@fragment("telephony:export")
def export_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """Only where it stands."""
    return render(request, "telephony/parts/export_progress.html", {"export": get_object_or_404(_hers(request), pk=pk)})


@login_required
@require_safe
def export_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The prepared file, for the person who asked for it and until it expires; the password is asked for before everything about her."""
    found = get_object_or_404(_hers(request), pk=pk)
    if found.kind == ExportKind.OWN_DATA and (response := step_up(request)):
        return response
    if found.export_state is not ExportState.READY or found.expires_at is None or found.expires_at <= timezone.now():
        messages.warning(request, _("This file is not there any more. You can make it again."))
        return redirect(found.get_absolute_url())
    try:
        target = storages["exports"].open(found.file)
    except FileNotFoundError as error:
        raise Http404 from error
    content_type = CONTENT_TYPES[ExportFormat(found.format)]
    return FileResponse(target, as_attachment=True, filename=_name_of(found), content_type=content_type)


@deed("telephony:export", "pk")
@limited("export")
def export_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the same export anew: the same calls, columns and format, from what is stored now."""
    found = get_object_or_404(_hers(request), pk=pk)
    if found.kind == ExportKind.OWN_DATA:
        return redirect("telephony:own_data")
    return _prepare(request, ExportPlan.of(found).stored(ExportState.WAITING))


@deed("telephony:export", "pk")
def export_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop one that is under way, or delete the file of one that is ready."""
    found = get_object_or_404(_hers(request), pk=pk)
    if export_jobs.cancel(found):
        messages.success(request, _("The export is stopped."))
    elif found.file:
        export_jobs.discard_file(found, ExportState.EXPIRED)
        messages.success(request, _("The file is deleted."))
    return redirect(found.get_absolute_url())


@login_required
@step_up_required
@limited("own_data")
@require_http_methods(["GET", "HEAD", "POST"])
def own_data(request: HttpRequest) -> HttpResponse:
    """Everything that is kept about the person, as one file."""
    person = signed_in(request)
    if request.method == "POST":
        wanted = Export(kind=ExportKind.OWN_DATA, format=ExportFormat.ZIP, user=person, zone=person.time_zone)
        wanted.language = person.language
        return _prepare(request, wanted)
    return render(request, "telephony/own_data.html")


def _hers(request: HttpRequest) -> Any:
    return Export.objects.filter(user=signed_in(request)).select_related("user")


def _name_of(export: Export) -> str:
    if export.kind == ExportKind.OWN_DATA:
        return f"my-data_{export.finished_at or export.asked_at:%Y-%m-%d}.zip"
    return file_name(ExportPlan.of(export), export.done)
