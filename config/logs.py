"""Keeps secrets out of the logs, whatever library writes them."""

from __future__ import annotations

import logging

from telephony.core.redaction import redact_text


class RedactSecrets(logging.Filter):
    """Replaces tokens, codes and passwords in the finished message; arguments are merged first so none slips through."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always lets the record pass, redacted."""
        record.msg, record.args = redact_text(record.getMessage()), None
        if record.exc_info:
            record.exc_text = redact_text(logging.Formatter().formatException(record.exc_info))
        return True
