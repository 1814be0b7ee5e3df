"""What the demo needs in the database: OAuth clients that point at the sandbox, and two people who can sign in."""

from __future__ import annotations

from allauth.account.models import EmailAddress

from accounts.models import User
from telephony.core.environment import SANDBOX
from telephony.models import OAuthClient
from telephony.services.clients import seed_clients

DEMO_PASSWORD = "switchboard-demo"  # noqa: S105  # printed on the screen; the command refuses to run in production
PEOPLE = (("demo@example.org", "Dana Demo", False), ("staff@example.org", "Stefan Staff", True))


def point_clients_at_sandbox() -> list[OAuthClient]:
    """Seed the clients; every provider with a sandbox has an enabled one there afterwards."""
    seed_clients()
    return list(OAuthClient.objects.usable().filter(environment=SANDBOX))


def ensure_people() -> list[tuple[User, bool]]:
    """The demo people, created where they are missing, each with whether the demo password still opens the account."""
    return [_ensure_person(*person) for person in PEOPLE]


def _ensure_person(email: str, name: str, is_staff: bool) -> tuple[User, bool]:
    user = User.objects.filter(email=email).first()
    if user is None:
        user = User.objects.create_user(email, DEMO_PASSWORD, name=name, is_staff=is_staff, is_superuser=is_staff)
    EmailAddress.objects.get_or_create(user=user, email=email, defaults={"verified": True, "primary": True})
    return user, user.check_password(DEMO_PASSWORD)
