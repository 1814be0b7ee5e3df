"""What every template may use."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from config import dev_mail


def site(request: HttpRequest) -> dict[str, Any]:
    """`development`: whether to show the development banner; `sandbox_url`: where the sandbox runs, or "".

    `dev_mail_count`: how many mails the development mailbox holds, None where there is no such mailbox.
    """
    return {
        "development": settings.DEVELOPMENT,
        "sandbox_url": settings.SANDBOX_URL if settings.DEVELOPMENT else "",
        "dev_mail_count": dev_mail.count_mails() if settings.DEVELOPMENT and dev_mail.is_file_based() else None,
    }
