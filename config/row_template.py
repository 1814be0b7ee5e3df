"""Rows of long lists: a template that is rendered once with blanks, which every row then fills in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from django.template.loader import render_to_string
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

_BLANK = re.compile("\N{SYMBOL FOR START OF TEXT}([0-9]+)\N{SYMBOL FOR END OF TEXT}")


class RowTemplate:
    """A template whose `fields` differ from row to row, while everything else on it is the same in all of them.

    Django renders a row of seven cells in about fifty steps; filling in blanks is one. What a field may not do is decide anything: the
    template sees blanks, so conditions on a field belong to whoever makes the rows.
    """

    def __init__(self, template: str, fields: Sequence[str], context: dict[str, object]) -> None:
        blanks = {
            name: f"\N{SYMBOL FOR START OF TEXT}{place}\N{SYMBOL FOR END OF TEXT}" for place, name in enumerate(fields)
        }
        pieces = _BLANK.split(render_to_string(template, {**context, **blanks}))
        self._constant, self._places = pieces[::2], [int(place) for place in pieces[1::2]]

    def fill(self, rows: Iterable[Sequence[str]]) -> SafeString:
        """The rows one after the other. A row holds a value per field; what is not marked safe is escaped, as in any template."""
        first, *others = self._constant
        ends = list(zip(self._places, others, strict=True))
        html: list[str] = []
        for row in rows:
            html.append(first)
            for place, constant in ends:
                html.append(conditional_escape(row[place]))
                html.append(constant)
        return SafeString("".join(html))  # nosec B703  # constants come from the template, fields are escaped above
