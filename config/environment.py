"""Reading the configuration from the environment, with a sentence for everything that is missing.

In development every variable has a working default. Development means DEBUG=true, which is also assumed when ``manage.py``
is run and neither DEBUG nor SECRET_KEY is set: a fresh checkout. A server process (gunicorn) never assumes it.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
PROVIDERS_DIR = BASE_DIR / "telephony" / "providers"

# Public on purpose: it only ever guards the throw-away data of a development database.
DEVELOPMENT_SECRET_KEY = "development-only-key-that-guards-nothing-but-a-throw-away-database"  # noqa: S105
DEVELOPMENT_ENCRYPTION_KEY = "ZGV2ZWxvcG1lbnQtb25seS1lbmNyeXB0aW9uLWtleS0="

env = environ.Env()
if (BASE_DIR / ".env").is_file():
    env.read_env(BASE_DIR / ".env")


def is_development() -> bool:
    """Whether to run with DEBUG on: DEBUG if set, else only for manage.py in a checkout that has no SECRET_KEY."""
    if env.str("DEBUG", default=""):
        return bool(env.bool("DEBUG"))
    return "SWITCHBOARD_MANAGE" in os.environ and not env.str("SECRET_KEY", default="")


def required(name: str, *, development: str, meaning: str) -> str:
    """The variable `name`, or `development` while DEBUG is on; in production a missing one stops the start.

    Raises ImproperlyConfigured with a sentence that names the variable and says what it is for.
    """
    value = str(env.str(name, default=""))
    if value:
        return value
    if is_development():
        return development
    raise ImproperlyConfigured(
        f"The environment variable {name} is not set: {meaning} "
        f"Set it in the environment or in a .env file beside manage.py (docs/configuration.md), "
        f"or set DEBUG=true on a development machine."
    )


def optional(name: str, default: str) -> str:
    """The variable `name`, or `default`; an empty one counts as missing."""
    return str(env.str(name, default="")) or default


def optional_number(name: str, default: int) -> int:
    """The variable `name` as a whole number. Raises ImproperlyConfigured for anything else."""
    value = optional(name, str(default))
    if not (value.isascii() and value.isdigit()):
        raise ImproperlyConfigured(f"{name} is {value!r}; it must be a whole number, such as {default}.")
    return int(value)


def provider_slugs() -> list[str]:
    """The folder names under telephony/providers that hold a provider: presence is registration."""
    return sorted(path.parent.name for path in PROVIDERS_DIR.glob("*/apps.py"))


@dataclass(frozen=True, slots=True)
class ClientSeed:
    """One OAuth client as the environment describes it; empty strings mean *not given*."""

    provider: str
    client_id: str
    client_secret: str = field(repr=False)
    scopes: tuple[str, ...]
    auth_url: str
    api_url: str


def client_seed(slug: str) -> ClientSeed | None:
    """The OAuth client that ``<PROVIDER>_CLIENT_ID`` and its companions describe, or None where they are not set.

    Raises ImproperlyConfigured when only a part is given.
    """
    prefix = re.sub(r"\W", "_", slug).upper()
    client_id = env.str(f"{prefix}_CLIENT_ID", default="")
    client_secret = env.str(f"{prefix}_CLIENT_SECRET", default="")
    if bool(client_id) != bool(client_secret):
        missing = f"{prefix}_CLIENT_SECRET" if client_id else f"{prefix}_CLIENT_ID"
        raise ImproperlyConfigured(
            f"The environment variable {missing} is not set although its companion is: "
            f"an OAuth client needs both {prefix}_CLIENT_ID and {prefix}_CLIENT_SECRET."
        )
    if not client_id:
        return None
    return ClientSeed(
        provider=slug,
        client_id=client_id,
        client_secret=client_secret,
        scopes=tuple(env.str(f"{prefix}_SCOPES", default="").replace(",", " ").split()),
        auth_url=env.str(f"{prefix}_AUTH_URL", default="").rstrip("/"),
        api_url=env.str(f"{prefix}_API_URL", default="").rstrip("/"),
    )
