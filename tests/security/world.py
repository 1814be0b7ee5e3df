"""Somebody who has everything, a stranger with the same numbers and external ids, and staff of three kinds."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core import signing
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.models import User
from config.environment import BASE_DIR
from telephony.core.oauth import TokenSet
from telephony.models import (
    EventKind,
    Export,
    LinkedAccount,
    Message,
    MissedCallMark,
    OAuthClient,
    PhoneBookEntry,
    PlacedCall,
    ReceivedText,
    SavedView,
    SyncState,
)
from telephony.services import events
from telephony.services.credentials import store_grant
from telephony.services.notice_mail import OPT_OUT
from telephony.tests.accounts import make_client
from telephony.tests.conftest import sign_in
from telephony.tests.making import NOON, make_account, make_calls, make_extensions

PASSWORD = "correct horse battery"
PASSKEY = json.loads((BASE_DIR / "accounts" / "tests" / "passkey.json").read_text())
# What only the owner's rows hold; nobody else may ever be shown it.
HERS = "Ina-Muster-Geheimnis"


# What a POST has to hold where an empty one says nothing about who may send it.
POSTED: dict[str, dict[str, str]] = {"telephony:change_view": {"action": "delete"}}


class Who(Enum):
    """Everybody who asks, in the order of the table's columns."""

    NOBODY = "nobody"
    STRANGER = "stranger"
    PERSON = "person"
    STAFF = "staff"
    VIEWER = "viewer"
    ROOT = "root"


@dataclass(slots=True)
class World:
    """Made once for a test. `keys` are what addresses need; nobody's account is asked anything, since all are disabled."""

    people: dict[Who, User] = field(default_factory=dict)
    keys: dict[str, Any] = field(default_factory=dict)
    account: LinkedAccount = field(init=False)

    def __post_init__(self) -> None:
        self.people = {
            Who.PERSON: _user("ada@example.org"),
            Who.STRANGER: _user("bob@example.org"),
            Who.STAFF: _user("staff@example.org", is_staff=True),
            Who.VIEWER: _user("viewer@example.org", is_staff=True),
            Who.ROOT: _user("root@example.org", is_staff=True, is_superuser=True),
        }
        self.people[Who.VIEWER].user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
        client = make_client("sipgate")
        self.account = self._belongings(self.people[Who.PERSON], "https://api.example.org", HERS)
        theirs = self._belongings(self.people[Who.STRANGER], "https://api.example.net", "Bob")
        assert theirs.remote_id == self.account.remote_id
        store_grant(self.account, TokenSet("access-1", "refresh-1", 3600), frozenset(client.scopes))
        self._remember(client)

    def browser(self, who: Who, *, stepped_up: bool = True, **options: Any) -> Client:
        """A browser of theirs, with the password just typed."""
        if who is Who.NOBODY:
            return Client(**options)
        return sign_in(self.people[who], stepped_up=stepped_up, **options)

    def _belongings(self, user: User, authority: str, name: str) -> LinkedAccount:
        """One of everything that a person can have."""
        account = make_account(user, remote_id="4711", authority=authority, state="disabled", label=name, person=name)
        make_extensions(account, 1, name=name, numbers=["+4921158000"])
        make_calls(account, 1, key="same-id", caller_name=name, outcome="missed")
        PlacedCall.objects.create(
            user=user, account=account, idempotency_key="same-key", number="+4921158000", device_name=name
        )
        state = SyncState.objects.create(account=account, scope="own", floor=NOON)
        state.gaps.create(since=NOON, until=NOON + timedelta(hours=1), reason=name)
        SavedView.objects.create(user=user, name=name, query="direction=inbound", share_key=f"shared-{user.pk}")
        PhoneBookEntry.objects.create(user=user, name=name, number="+4921158000", digits="4921158000")
        text = {"account": account, "digits": "4921158000", "body": name}
        Message.objects.create(user=user, idempotency_key="same", recipient="+4921158000", **text)
        ReceivedText.objects.create(key="same", sender="+4921158000", at=NOON, **text)
        MissedCallMark.objects.create(user=user, digits="4921158000", until=NOON - timedelta(days=9))
        Export.objects.create(user=user, **_export(account, name))
        events.record(EventKind.LINKED, account, name)
        return account

    def _remember(self, client: OAuthClient) -> None:
        owner, account = self.people[Who.PERSON], self.account
        TOTP.activate(owner, "JBSWY3DPEHPK3PXP")
        RecoveryCodes.activate(owner)
        passkey = Authenticator.objects.create(user=owner, type=Authenticator.Type.WEBAUTHN, data=PASSKEY)
        content_type = ContentType.objects.get_for_model(LinkedAccount).pk
        task = DBTaskResult.objects.create(
            task_path="telephony.tasks.tick", args_kwargs={"args": [], "kwargs": {}}, backend_name="default"
        )
        self.keys = {
            "accounts": account.pk,
            "import": account.pk,
            "notices/opt-out": signing.dumps([owner.pk, "link_ended"], salt=OPT_OUT),
            "calls": account.calls.get().pk,
            "exports": Export.objects.get(user=owner).pk,
            "placed": PlacedCall.objects.get(user=owner).pk,
            "views": SavedView.objects.get(user=owner).pk,
            "missed": account.calls.get().pk,
            "messages": account.messages.get().pk,
            "messages/received": account.received_texts.get().pk,
            "admin/telephony/placedcall": PlacedCall.objects.get(user=owner).pk,
            "admin/telephony/message": account.messages.get().pk,
            "phone-book": PhoneBookEntry.objects.get(user=owner).pk,
            "gap": account.sync_states.get().gaps.get().pk,
            "provider": "sipgate",
            "webauthn/keys": passkey.pk,
            "key": f"shared-{owner.pk}",
            "uidb36": "1",
            "app_label": "telephony",
            "url": "nothing-here",
            "content_type_id": content_type,
            "admin/accounts/user": owner.pk,
            "admin/auth/group": Group.objects.create(name="Desk").pk,
            "admin/account/emailaddress": EmailAddress.objects.get(user=owner).pk,
            "admin/telephony/token": account.token.pk,
            "admin/telephony/linkedaccount": account.pk,
            "admin/telephony/oauthclient": client.pk,
            "admin/telephony/accountevent": account.events.latest("pk").pk,
            "admin/django_tasks_database/dbtaskresult": task.pk,
            f"admin/r/{content_type}": account.pk,
        }


def _user(email: str, **fields: Any) -> User:
    user = User.objects.create_user(email, PASSWORD, name=email.partition("@")[0], **fields)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def _export(account: LinkedAccount, name: str) -> dict[str, Any]:
    file = storages["exports"].save("crawl.csv", ContentFile(name.encode()))
    now = timezone.now()
    return {
        "kind": "calls", "format": "csv", "account_ids": [account.pk], "columns": ["started_at"], "zone": "UTC", "language": "en",
        "state": "ready", "total": 1, "done": 1, "finished_at": now, "expires_at": now + timedelta(days=1), "file": file,
    }  # fmt: skip
