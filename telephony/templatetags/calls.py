"""Calls as lists show them: {% load calls %}."""

from __future__ import annotations

from functools import lru_cache

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from config.row_template import RowTemplate
from telephony.views.call_lines import CallLine
from telephony.views.call_rows import PartyView, drawn_party

register = template.Library()


@register.simple_tag
def call_lines(lines: list[CallLine], show_account: bool) -> SafeString:
    """The rows of a call list."""
    return _row(get_language(), show_account).fill(lines)


@lru_cache(maxsize=64)
def _row(_language: str | None, show_account: bool) -> RowTemplate:
    return RowTemplate("telephony/parts/call_line.html", CallLine._fields, {"show_account": show_account})


@register.simple_tag
def party(view: PartyView) -> SafeString:
    """One end of a call."""
    return drawn_party(view)
