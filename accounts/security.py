"""What guards a person's account, for the overview page."""

from __future__ import annotations

from dataclasses import dataclass

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession

from accounts.models import User


@dataclass(frozen=True, slots=True)
class SecurityOverview:
    """The state of every safeguard; counts are plain numbers."""

    has_password: bool
    authenticator_app: bool
    passkeys: int
    recovery_codes_left: int | None
    sessions: int
    primary_email: str
    unverified_emails: int

    @property
    def second_factor(self) -> bool:
        """Whether a stolen password alone does not open the account."""
        return self.authenticator_app or self.passkeys > 0

    @classmethod
    def of(cls, person: User) -> SecurityOverview:
        """Reads the person's authenticators, addresses and sessions."""
        authenticators = list(Authenticator.objects.filter(user=person))
        kinds = [authenticator.type for authenticator in authenticators]
        addresses = list(EmailAddress.objects.filter(user=person))
        return cls(
            has_password=person.has_usable_password(),
            authenticator_app=Authenticator.Type.TOTP in kinds,
            passkeys=kinds.count(Authenticator.Type.WEBAUTHN),
            recovery_codes_left=_recovery_codes_left(authenticators),
            sessions=UserSession.objects.filter(user=person).count(),
            primary_email=person.email,
            unverified_emails=sum(not address.verified for address in addresses),
        )


def _recovery_codes_left(authenticators: list[Authenticator]) -> int | None:
    """How many recovery codes are unused; None where there are none set up."""
    for authenticator in authenticators:
        if authenticator.type == Authenticator.Type.RECOVERY_CODES:
            return len(authenticator.wrap().get_unused_codes())
    return None
