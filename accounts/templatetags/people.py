"""Template filters about people: {% load people %}."""

from __future__ import annotations

from django import template

from accounts.devices import device_name

register = template.Library()


@register.filter
def device(user_agent: str) -> str:
    """The browser and system of a User-Agent header, such as "Firefox on Linux"."""
    return device_name(user_agent)
