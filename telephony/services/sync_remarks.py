"""What was odd about a pass although it went well: noted as codes with counts, and told in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

from django.utils.translation import gettext

from telephony.models import SyncRun


class Remark(Enum):
    """A thing that the sync history says in words."""

    TOKEN_EXPIRED = "token_expired"  # noqa: S105  # no secret
    CHANGES_REFUSED = "changes_refused"


def note(run: SyncRun, remark: Remark, count: int = 1) -> None:
    """Count a remark of a pass; the caller saves the run, or has it saved with the next page."""
    if count:
        run.remarks = {**run.remarks, remark.value: run.remarks.get(remark.value, 0) + count}


def told(remarks: Mapping[str, Any], provider: str) -> Iterator[str]:
    """The remarks of a pass as sentences in the active language; codes of a newer version are left out."""
    for remark in Remark:
        if count := remarks.get(remark.value):
            yield _sentence(remark, int(count), provider)


def _sentence(remark: Remark, count: int, provider: str) -> str:
    match remark:
        case Remark.TOKEN_EXPIRED:
            return gettext(
                "%(provider)s could no longer tell what had changed since our last visit, so the calls of the last 30 days were read "
                "again as a whole. Nothing is lost."
            ) % {"provider": provider}
        case Remark.CHANGES_REFUSED:
            return gettext(
                "%(provider)s does not tell what has changed in this log, so the calls of the last day are read again each time. "
                "Nothing is lost; it is asked again tomorrow."
            ) % {"provider": provider}
