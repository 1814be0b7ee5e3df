"""One linked account: its page, and the parts that ask the provider."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe
from django_htmx.http import trigger_client_event

from accounts.views import signed_in
from telephony import selectors
from telephony.models import LinkedAccount, Section
from telephony.services.link_end import lifetime_of
from telephony.services.readings import reading_of, refresh_section, refresh_sections
from telephony.services.systems import systems_of
from telephony.views.banners import banner_of
from telephony.views.capability_rows import CapabilityRow, capability_rows
from telephony.views.fragments import fragment
from telephony.views.overviews import Overview, overview_of, part_of


def own_account(request: HttpRequest, pk: int) -> LinkedAccount:
    """The signed-in person's account; anybody else's is not found."""
    return get_object_or_404(selectors.linked_accounts(signed_in(request)), pk=pk)


@login_required
@require_safe
def account(request: HttpRequest, pk: int) -> HttpResponse:
    """Who and what the account is, what it has and what it can do: what is stored at once, the rest by fragments."""
    found = get_object_or_404(selectors.with_tokens(selectors.linked_accounts(signed_in(request))), pk=pk)
    overview = overview_of(found)
    context = {
        "lifetime": lifetime_of(found),
        "overview": overview,
        "banner": banner_of(overview),
        "capabilities": _capabilities(overview),
        "live": False,
        "in_card": False,
        "systems": systems_of(found),
    }
    return render(request, "telephony/account.html", context)


@fragment("telephony:account")
def facts(request: HttpRequest, pk: int) -> HttpResponse:
    """Who and what the account is, its balance, and what else comes from the same answers, unless read a moment ago.

    `?in=card` is the short form of the dashboard: the whole card with one request of the browser, of which it sends six at a time.
    """
    overview = overview_of(own_account(request, pk))
    in_card = request.GET.get("in") == "card"
    return _sections(request, overview, overview.in_card if in_card else overview.read_with_facts, in_card=in_card)


@fragment("telephony:account")
def extension_summary(request: HttpRequest, pk: int) -> HttpResponse:
    """How many extensions of each kind there are, read now unless that was done a moment ago."""
    return _sections(request, overview_of(own_account(request, pk)), (Section.EXTENSIONS,))


@fragment("telephony:account")
def capabilities(request: HttpRequest, pk: int) -> HttpResponse:
    """The capability card, drawn again when other parts have shown something new. Asks nobody."""
    overview = overview_of(own_account(request, pk))
    return render(
        request, "telephony/parts/capabilities.html", {"overview": overview, "capabilities": _capabilities(overview)}
    )


def read_if_due(account: LinkedAccount, section: Section) -> None:
    """Ask the provider for a section, unless it was read a moment ago or a pause is not over."""
    if part_of(account, reading_of(account, section)).due:
        refresh_section(account, section)


def _sections(
    request: HttpRequest, overview: Overview, sections: tuple[Section, ...], *, in_card: bool = False
) -> HttpResponse:
    """The first of the sections, the others and the account's state beside it; what is due is read before."""
    if due := overview.due(sections):
        refresh_sections(overview.account, due)
        overview = overview_of(overview.account)
    first, *others = [f"telephony/parts/{section.value}.html" for section in sections]
    context: dict[str, object] = {
        "overview": overview,
        "banner": banner_of(overview),
        "live": True,
        "in_card": in_card,
        "first": first,
        "others": others,
    }
    response = render(request, "telephony/parts/section.html", context)
    return trigger_client_event(response, "account-read")


def _capabilities(overview: Overview) -> list[CapabilityRow]:
    return capability_rows(overview.account, overview.spec) if overview.spec else []
