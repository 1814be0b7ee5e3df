"""What went wrong when a section was read, in the language of whoever looks at it now."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from telephony.core.errors import ProviderError, TryLater, error_from_code
from telephony.core.types import Feature
from telephony.models import LinkedAccount, Reading, Section

_FEATURE_OF = {
    Section.FACTS: Feature.ACCOUNT,
    Section.BALANCE: Feature.BALANCE,
    Section.EXTENSIONS: Feature.EXTENSIONS,
    Section.OWN_CALLS: Feature.OWN_CALLS,
    Section.COMPANY_CALLS: Feature.COMPANY_CALLS,
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """A failed reading, ready to be shown. `passing` tells faults that pass from refusals that stay."""

    what_happened: str
    what_to_do: str
    request_id: str
    passing: bool

    @property
    def tone(self) -> str:
        """Nothing here is lost, so nothing is shown as a danger."""
        return "warn" if self.passing else "info"


def trouble_of(account: LinkedAccount, reading: Reading | None) -> Trouble | None:
    """Why the last attempt failed; None where it did not.

    The reading keeps its sentence in the language of whoever read, so it is made anew from the error's code.
    """
    if reading is None or not reading.failed:
        return None
    error = _error(account, reading)
    return Trouble(error.sentence, error.next_step, reading.request_id, isinstance(error, TryLater))


def _error(account: LinkedAccount, reading: Reading) -> ProviderError:
    observed = account.observed_capabilities().get(_FEATURE_OF[Section(reading.section)])
    pause = (reading.retry_at - timezone.now()).total_seconds() if reading.retry_at else 0
    return error_from_code(
        reading.error_code,
        account.provider_name,
        retry_after=pause if pause > 0 else None,
        missing=observed.missing if observed else (),
    )
