"""Saved views: a search of the call logs under a name, which can be shared by a link and be what the list begins with."""

from __future__ import annotations

from django.db import transaction
from django.http import QueryDict
from django.utils.translation import gettext as _

from accounts.models import User
from telephony.models import SavedView
from telephony.models.lists import new_share_key

# What a view may keep of an address: the search, but neither the place in the list nor what only this request asked for.
KEPT = (
    "q",
    "number",
    "period",
    "since",
    "until",
    "direction",
    "outcome",
    "kind",
    "extension",
    "shortest",
    "longest",
    "recorded",
    "account",
    "scope",
)
PERSONAL = ("account",)  # ids of linked accounts mean nothing to whom a view is shared with
MOST_VIEWS = 100
LONGEST_QUERY = 2000


class ViewRefused(Exception):
    """A view that cannot be kept; the text says why, for the person."""


def kept_query(query: QueryDict, *, shared: bool = False) -> str:
    """The part of a query string that is a search, in an order of its own, so that equal searches are equal texts."""
    kept = QueryDict(mutable=True)
    for name in KEPT:
        if (value := query.get(name)) and not (shared and name in PERSONAL):
            kept[name] = value.replace("\x00", "")
    return kept.urlencode()


def save_view(user: User, name: str, query: QueryDict, *, default: bool = False) -> SavedView:
    """Keep a search under a name; a view of that name gets the new search. Raises ViewRefused."""
    text = kept_query(query)
    if len(text) > LONGEST_QUERY:
        raise ViewRefused(_("This search is too long to be kept."))
    with transaction.atomic():
        views = SavedView.objects.select_for_update().filter(user=user)
        if views.count() >= MOST_VIEWS and not views.filter(name=name).exists():
            raise ViewRefused(_("You have %(most)d views; delete one first.") % {"most": MOST_VIEWS})
        view, _created = SavedView.objects.update_or_create(user=user, name=name, defaults={"query": text})
        if default:
            make_default(view)
    return view


def make_default(view: SavedView) -> None:
    """What the list of all calls shows when it is opened without a search; the earlier default is one no longer."""
    with transaction.atomic():
        SavedView.objects.filter(user=view.user_id, is_default=True).exclude(pk=view.pk).update(is_default=False)
        SavedView.objects.filter(pk=view.pk).update(is_default=True)
    view.is_default = True


def clear_default(view: SavedView) -> None:
    """The list begins with all calls again."""
    SavedView.objects.filter(pk=view.pk).update(is_default=False)
    view.is_default = False


def share(view: SavedView) -> str:
    """The key of the view's link, made when it is first asked for. Who has it gets the search, never the calls."""
    if view.share_key is None:
        SavedView.objects.filter(pk=view.pk, share_key=None).update(share_key=new_share_key())
        view.refresh_from_db(fields=["share_key"])
    return view.share_key or ""


def stop_sharing(view: SavedView) -> None:
    """The link ends; a later one has another key."""
    SavedView.objects.filter(pk=view.pk).update(share_key=None)
    view.share_key = None


def views_of(user: User) -> list[SavedView]:
    """All views of the person, by name."""
    return list(SavedView.objects.filter(user=user))


def default_view(views: list[SavedView]) -> SavedView | None:
    """The one of a person's views that she wants to see first."""
    return next((view for view in views if view.is_default), None)
