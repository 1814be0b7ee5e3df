"""Template tags of the telephony pages: {% load telephony %}."""

from __future__ import annotations

from django import template
from django.template.context import Context

from accounts.views import signed_in
from telephony import selectors
from telephony.models import LinkedAccount

register = template.Library()


@register.simple_tag(takes_context=True)
def account_to_relink(context: Context) -> LinkedAccount | None:
    """The person's account that ``?relink=`` names; None where linking is to add a new one."""
    request, provider = context["request"], context["provider"]
    return selectors.account_of(signed_in(request), request.GET.get("relink", ""), provider=provider.id)
