"""Form widgets that are drawn without templates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from django import forms
from django.forms.renderers import BaseRenderer
from django.forms.utils import flatatt
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe


class Select(forms.Select):
    """Django's, for choices without groups. Its templates take longer for one option than this does for a whole list."""

    def render(
        self, name: str, value: Any, attrs: Mapping[str, Any] | None = None, renderer: BaseRenderer | None = None
    ) -> SafeString:
        """The select element with its options."""
        attributes = self.build_attrs(self.attrs, dict(attrs or {}))
        options = mark_safe("\n".join(self._options(self.format_value(value))))  # noqa: S308 # nosec B308, B703  # escaped below
        return format_html('<select name="{}"{}>\n{}\n</select>', name, flatatt(attributes), options)

    def _options(self, chosen: list[str]) -> Iterator[str]:
        for value, label in self.choices:
            key = "" if value is None else str(value)
            selected = " selected" if key in chosen else ""
            yield f'<option value="{_escaped(key)}"{selected}>{_escaped(str(label))}</option>'


def _escaped(text: str) -> str:
    """As Django escapes, whose function for lazy texts takes ten times as long: a list of countries has 250 options."""
    return text if isinstance(text, SafeString) else escape(text)
