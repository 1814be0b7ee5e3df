"""Calls as lists show them: {% load calls %}."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString

from config.row_template import RowTemplate
from telephony.views.call_lines import CallLine
from telephony.views.call_rows import PartyView, drawn_party

register = template.Library()


@register.simple_tag
def call_lines(lines: list[CallLine], show_account: bool) -> SafeString:
    """The rows of a call list."""
    row = RowTemplate("telephony/parts/call_line.html", CallLine._fields, {"show_account": show_account})
    return row.fill(lines)


@register.simple_tag
def party(view: PartyView) -> SafeString:
    """One end of a call."""
    return drawn_party(view)
