"""Saved views of the call list: keeping one, the page of all, and what can be done with each."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.kept_forms import KeptForm
from accounts.views import signed_in
from telephony.list_forms import SavedViewForm
from telephony.models import SavedView
from telephony.services import saved_views
from telephony.views.deeds import deed

ACTIONS = {
    "default": saved_views.make_default,
    "no-default": saved_views.clear_default,
    "share": saved_views.share,
    "unshare": saved_views.stop_sharing,
}


def _searched_page(request: HttpRequest) -> str:
    """The list with the search whose query string is posted: the form is below it."""
    return f"{reverse('telephony:calls')}?{_query(request).urlencode()}"


KEPT = KeptForm("unsaved_view", ("name", "default"), _searched_page)


@login_required
@require_safe
def views(request: HttpRequest) -> HttpResponse:
    """All views of the person."""
    found = SavedView.objects.filter(user=signed_in(request))
    rows = [(view, _share_link(request, view)) for view in found]
    return render(request, "telephony/saved_views.html", {"rows": rows})


@KEPT.required
@deed("telephony:calls")
def save(request: HttpRequest) -> HttpResponse:
    """Keep the search whose query string is posted."""
    form = SavedViewForm(request.POST)
    query, page = _query(request), _searched_page(request)
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return redirect(page)
    try:
        view = saved_views.save_view(
            signed_in(request), form.cleaned_data["name"], query, default=form.cleaned_data["default"]
        )
    except saved_views.ViewRefused as refusal:
        messages.error(request, str(refusal))
        return redirect(page)
    messages.success(request, _("The view “%(name)s” is saved.") % {"name": view.name})
    return redirect(view)


@deed("telephony:saved_views")
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Make it the default or not, share it or not, or delete it."""
    view = get_object_or_404(SavedView, user=signed_in(request), pk=pk)
    action = request.POST.get("action", "")
    if action == "delete":
        view.delete()
        messages.success(request, _("The view “%(name)s” is deleted.") % {"name": view.name})
    elif action in ACTIONS:
        ACTIONS[action](view)
    else:
        raise Http404
    return redirect("telephony:saved_views")


@login_required
@require_safe
def shared(request: HttpRequest, key: str) -> HttpResponse:
    """Somebody's shared search, over the calls of whoever opens it."""
    view = get_object_or_404(SavedView, share_key=key)
    query = saved_views.kept_query(QueryDict(view.query), shared=view.user_id != signed_in(request).pk)
    messages.info(request, _("You see your own calls through the shared view “%(name)s”.") % {"name": view.name})
    return redirect(f"{reverse('telephony:calls')}?{query or 'view=all'}")


def _query(request: HttpRequest) -> QueryDict:
    return QueryDict(request.POST.get("query", "")[: saved_views.LONGEST_QUERY * 2])


def _share_link(request: HttpRequest, view: SavedView) -> str:
    if view.share_key is None:
        return ""
    return request.build_absolute_uri(reverse("telephony:shared_view", args=[view.share_key]))
