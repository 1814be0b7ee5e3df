"""Form widgets that are drawn without templates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.forms.renderers import BaseRenderer
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

_SELECTED = SafeString(" selected")


class Select(forms.Select):
    """Django's, for choices without groups. Its templates take longer for one option than this does for a whole list."""

    def render(
        self, name: str, value: Any, attrs: Mapping[str, Any] | None = None, renderer: BaseRenderer | None = None
    ) -> SafeString:
        """The select element with its options."""
        attributes = self.build_attrs(self.attrs, dict(attrs or {}))
        options = format_html_join("\n", '<option value="{}"{}>{}</option>', self._options(self.format_value(value)))
        return format_html('<select name="{}"{}>\n{}\n</select>', name, flatatt(attributes), options)

    def _options(self, chosen: list[str]) -> Iterator[tuple[str, str, str]]:
        for value, label in self.choices:
            key = "" if value is None else str(value)
            yield key, _SELECTED if key in chosen else "", str(label)
