"""Keeps secrets out of the logs, whatever library writes them."""

from __future__ import annotations

import logging
import re
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

from telephony.core.redaction import REDACTED, SECRET_KEYS, redact_log


class RedactSecrets(logging.Filter):
    """Replaces tokens, codes and passwords in the finished message; arguments are merged first so none slips through."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always lets the record pass, redacted."""
        record.msg, record.args = redact_log(record.getMessage()), None
        if record.exc_info:
            record.exc_text = redact_log(logging.Formatter().formatException(record.exc_info))
        return True


class _Sparing(SafeExceptionReporterFilter):
    """No settings at all, which hold the secrets of clients, caches and queues in many shapes, and no cookies."""

    hidden_settings = re.compile(
        "API|AUTH|TOKEN|KEY|SECRET|PASS|SIGNATURE|COOKIE|CSRF|SESSION|QUERY_STRING|REFERER", re.IGNORECASE
    )

    def get_safe_settings(self) -> dict[str, Any]:
        """Which ones are used."""
        return {"SETTINGS_MODULE": settings.SETTINGS_MODULE}

    def get_safe_cookies(self, request: HttpRequest) -> dict[str, str]:
        """Their names."""
        return dict.fromkeys(request.COOKIES, REDACTED)

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, Any]:
        """What was posted, without what a secret is called."""
        posted: dict[str, Any] = super().get_post_parameters(request)
        return {name: REDACTED if _is_secret(name) else value for name, value in posted.items()}


def _is_secret(name: str) -> bool:
    return name.lower() in SECRET_KEYS or any(word in name.lower() for word in ("password", "token", "secret"))


class RedactedReporter(ExceptionReporter):
    """What an error mail tells: the trace and the request, without secrets."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.filter = _Sparing()

    def get_traceback_data(self) -> dict[str, Any]:
        """Django's, without secrets in the query string."""
        data: dict[str, Any] = super().get_traceback_data()
        if "request_GET_items" in data:
            items = list(data["request_GET_items"])
            data["request_GET_items"] = [(name, REDACTED if _is_secret(name) else value) for name, value in items]
        return data

    def get_traceback_text(self) -> SafeString:
        """The text of the mail."""
        return cast(SafeString, redact_log(super().get_traceback_text()))

    def get_traceback_html(self) -> SafeString:
        """The page of a development site."""
        return cast(SafeString, redact_log(super().get_traceback_html()))
