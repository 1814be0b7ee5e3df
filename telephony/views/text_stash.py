"""Nothing typed is lost: a text that was sent while nobody was signed in waits in the browser's session for its writer to be back.

The form carries its writer's id, signed, so that whoever signs in next in the same browser does not get somebody else's words.
"""

from __future__ import annotations

from django.core import signing
from django.http import HttpRequest

from accounts.models import User

SESSION_KEY = "unsent_text"
SALT = "telephony.unsent_text"
FIELDS = ("sender", "recipient", "body", "send_at", "key", "owner")
LONGEST = 20_000  # characters of one field


def owner_mark(person: User) -> str:
    """Whose form it is, for a hidden field."""
    return signing.dumps(person.pk, salt=SALT)


def stash(request: HttpRequest) -> None:
    """Keep what was posted."""
    request.session[SESSION_KEY] = {name: request.POST.get(name, "")[:LONGEST] for name in FIELDS}


def restored(request: HttpRequest, person: User) -> dict[str, str]:
    """What the person had typed before she had to sign in again, once; {} where there is nothing, or it is not hers."""
    kept = request.session.pop(SESSION_KEY, None)
    if not isinstance(kept, dict):
        return {}
    try:
        owner = signing.loads(str(kept.get("owner", "")), salt=SALT)
    except signing.BadSignature:
        return {}
    return {name: str(kept.get(name, "")) for name in FIELDS} if owner == person.pk else {}
