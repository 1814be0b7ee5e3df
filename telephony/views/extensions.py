"""The extensions of one account: the stored list with search and paging, and the reading that renews it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import EmptyPage, PageNotAnInteger
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from telephony import selectors
from telephony.filters import ExtensionFilter
from telephony.models import LinkedAccount, Section
from telephony.tables import ExtensionTable
from telephony.views.account import own_account, read_if_due
from telephony.views.banners import banner_of
from telephony.views.fragments import fragment
from telephony.views.overviews import overview_of

PAGE_SIZE = 50


@login_required
@require_safe
def extensions(request: HttpRequest, pk: int) -> HttpResponse:
    """What is stored, at once; the list then renews itself."""
    account = own_account(request, pk)
    return render(request, "telephony/extensions.html", _context(request, account))


@fragment("telephony:extensions")
def live(request: HttpRequest, pk: int) -> HttpResponse:
    """The same list after reading, unless that was done a moment ago."""
    account = own_account(request, pk)
    read_if_due(account, Section.EXTENSIONS)
    return render(request, "telephony/parts/extension_list.html", _context(request, account) | {"live": True})


def _context(request: HttpRequest, account: LinkedAccount) -> dict[str, Any]:
    found = ExtensionFilter(request.GET, queryset=selectors.extensions(account).defer("raw"))
    table = ExtensionTable(found.qs, request=request, order_by=_sorting(request))
    page_refusal = _turn_to_page(table, request.GET.get("page", "1"))
    overview = overview_of(account)
    return {
        "overview": overview,
        "banner": banner_of(overview),
        "filter": found,
        "table": table,
        "page_refusal": page_refusal,
        "query": request.GET.urlencode(),
    }


def _sorting(request: HttpRequest) -> list[str] | None:
    """The columns of ``?sort=`` that there are; None, the order of the list itself, where there are none."""
    known = [name for name in request.GET.getlist("sort") if name.removeprefix("-") in ExtensionTable.base_columns]
    return known or None


def _turn_to_page(table: ExtensionTable, asked: str) -> str:
    """Paginate; what is wrong with a hand-written page number, "" if nothing. Then the first or the last page is shown."""
    try:
        table.paginate(page=asked, per_page=PAGE_SIZE)
    except PageNotAnInteger:
        table.paginate(page=1, per_page=PAGE_SIZE)
    except EmptyPage:
        last = table.paginator.num_pages if asked.isdigit() and int(asked[:9]) else 1
        table.paginate(page=last, per_page=PAGE_SIZE)
    else:
        return ""
    return _("There is no page “%(asked)s”; this is page %(shown)d.") % {
        "asked": asked[:20],
        "shown": table.page.number,
    }
