"""The living style guide: every component once. Mounted only while DEBUG is on."""

from __future__ import annotations

import re

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from config.environment import BASE_DIR


@require_safe
def design(request: HttpRequest) -> HttpResponse:
    """Shows docs/design-system.md's components with sample content."""
    sprite = (BASE_DIR / "static" / "img" / "icons.svg").read_text()
    tabs = [
        {"label": "Overview", "url": "#main", "current": True, "icon": "dashboard"},
        {"label": "Calls", "url": "#main", "count": 87},
        {"label": "Extensions", "url": "#main", "count": 12},
    ]
    icon_names = re.findall(r'<symbol id="([\w-]+)"', sprite)
    return render(request, "dev/design.html", {"tabs": tabs, "icon_names": icon_names})
