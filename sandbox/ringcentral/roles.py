"""Permissions: of the application (granted once by the vendor's console) and of the user's role. Both are needed."""

from __future__ import annotations

from sandbox.store import Store

APP_PERMISSIONS = (
    "ReadAccounts",
    "ReadCallLog",
    "ReadCallRecording",
    "ReadMessages",
    "EditMessages",
    "SMS",
    "RingOut",
    "CallControl",
    "SubscriptionWebhook",
)
"""What the seeded application may do, unless changed through `/ringcentral/_sandbox/app`."""

_BUCKET, _KEY = "ringcentral_app", "permissions"
_INCLUDES = {
    "SMS": ("ReadMessages",),
    "EditMessages": ("ReadMessages",),
    "ReadCallRecording": ("ReadCallLog",),
    "EditCallLog": ("ReadCallLog",),
    "EditAccounts": ("ReadAccounts",),
}
_EVERYONE = frozenset(
    {
        "ReadCompanyInfo",
        "ReadExtensions",
        "ReadCompanyPhoneNumbers",
        "ReadUserPhoneNumbers",
        "ReadUserForwardingFlipNumbers",
        "ReadCallLog",
        "ReadCallRecording",
        "ReadMessages",
        "EditMessages",
        "OutboundSMS",
        "ReadCompanyDevices",
        "ReadUserDevices",
    }
)
_ADMINS = frozenset({"FullCompanyCallLog", "EditCallLog", "EditExtensions", "EditCompanyInfo"})


def granted(admin: bool) -> frozenset[str]:
    """The permissions of the user's role."""
    return _EVERYONE | _ADMINS if admin else _EVERYONE


def app_permissions(store: Store) -> tuple[str, ...]:
    """What the application may do now; it is also the `scope` of every token."""
    record = store.get(_BUCKET, _KEY)
    return APP_PERMISSIONS if record is None else tuple(record["names"])


def set_app_permissions(store: Store, names: list[str]) -> None:
    """Change what the application may do."""
    store.put(_BUCKET, _KEY, {"names": names})


def includes(scopes: tuple[str, ...], wanted: str) -> bool:
    """Whether an application permission is there, directly or within a larger one."""
    return wanted in scopes or any(wanted in _INCLUDES.get(scope, ()) for scope in scopes)
