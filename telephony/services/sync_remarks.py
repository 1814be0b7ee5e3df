"""What was odd about a pass although it went well: noted as codes with counts, and told in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from enum import Enum
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext, ngettext

from telephony.core.types import CallRecord
from telephony.models import SyncRun
from telephony.services.call_columns import ends_before_start

PUNCTUAL = timedelta(seconds=30)  # clocks that differ by no more are in step


class Remark(Enum):
    """A thing that the sync history says in words."""

    TOKEN_EXPIRED = "token_expired"  # noqa: S105  # no secret
    CHANGES_REFUSED = "changes_refused"
    REPEATED = "repeated"
    ENDS_BEFORE_START = "ends_before_start"
    IN_THE_FUTURE = "in_the_future"
    NEW_ID = "new_id"


def note(run: SyncRun, remark: Remark, count: int = 1) -> None:
    """Count a remark of a pass; the caller saves the run, or has it saved with the next page."""
    if count:
        run.remarks = {**run.remarks, remark.value: run.remarks.get(remark.value, 0) + count}


def note_oddities(run: SyncRun, records: Sequence[CallRecord]) -> None:
    """Count what is odd about the records of a page."""
    now = timezone.now() + PUNCTUAL
    note(run, Remark.REPEATED, len(records) - len({record.key for record in records}))
    note(run, Remark.ENDS_BEFORE_START, sum(ends_before_start(record) for record in records))
    note(run, Remark.IN_THE_FUTURE, sum(record.started_at > now for record in records))


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
        case Remark.REPEATED:
            return ngettext(
                "%(provider)s sent %(count)d record twice; it is kept once.",
                "%(provider)s sent %(count)d records twice; each is kept once.",
                count,
            ) % {"provider": provider, "count": count}
        case Remark.ENDS_BEFORE_START:
            return ngettext(
                "%(provider)s says of %(count)d call that it ended before it began; its end is left out.",
                "%(provider)s says of %(count)d calls that they ended before they began; their ends are left out.",
                count,
            ) % {"provider": provider, "count": count}
        case Remark.IN_THE_FUTURE:
            return ngettext(
                "%(count)d call begins in the future by our clock; it is kept with the time that %(provider)s tells.",
                "%(count)d calls begin in the future by our clock; they are kept with the times that %(provider)s tells.",
                count,
            ) % {"provider": provider, "count": count}
        case Remark.NEW_ID:
            return ngettext(
                "%(provider)s lists %(count)d call under a new id; it is kept under that one.",
                "%(provider)s lists %(count)d calls under new ids; they are kept under these.",
                count,
            ) % {"provider": provider, "count": count}
