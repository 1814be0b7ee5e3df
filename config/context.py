"""What every template may use."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, Any]:
    """`development`: whether to show the development banner; `sandbox_url`: where the sandbox runs, or ""."""
    return {"development": settings.DEBUG, "sandbox_url": settings.SANDBOX_URL if settings.DEBUG else ""}
