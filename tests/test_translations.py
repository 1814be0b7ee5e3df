"""German: a complete catalogue, placeholders that agree, and pages on which no English is left."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qsl, urldefrag, urljoin, urlsplit

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import Resolver404, resolve
from django.utils import timezone

from accounts.models import User
from telephony.core.errors import ProviderError, Unreachable
from telephony.core.testing.effort import takes_seconds
from telephony.models import AccountEvent, EventKind, LinkedAccount, LinkState
from telephony.services import states
from telephony.services.reasons import KNOWN_REASONS
from telephony.tests import accounts, making
from telephony.tests.conftest import sign_in

PO = Path(settings.LOCALE_PATHS[0]) / "de" / "LC_MESSAGES" / "django.po"
LINE = re.compile(r'(?:(msgctxt|msgid|msgid_plural|msgstr(?:\[\d])?) )?(".*")$')
PLACEHOLDER = re.compile(r"%\(\w+\)[-+ #0]*\d*(?:\.\d+)?[a-z]|%[sdr]|\{\w*\}")
TAG = re.compile(r"</?\w+[^>]*>")


@dataclass(frozen=True, slots=True)
class Entry:
    """One text of the catalogue: its English forms and its German ones, in order."""

    english: tuple[str, ...]
    german: tuple[str, ...]
    fuzzy: bool


@cache
def entries() -> tuple[Entry, ...]:
    """The whole catalogue without its header."""
    blocks = PO.read_text(encoding="utf-8").split("\n\n")
    return tuple(entry for entry in map(_entry, blocks[1:]) if entry.english != ("",))


def _entry(block: str) -> Entry:
    texts: dict[str, str] = {}
    name = ""
    for line in block.splitlines():
        if found := LINE.match(line):
            name = found[1] or name
            texts[name] = texts.get(name, "") + ast.literal_eval(found[2])
    english = tuple(texts[name] for name in ("msgid", "msgid_plural") if name in texts)
    german = tuple(text for name, text in texts.items() if name.startswith("msgstr"))
    return Entry(english, german, any(line.startswith("#,") and "fuzzy" in line for line in block.splitlines()))


# --- the catalogue ----------------------------------------------------------------------------------------------------


def test_every_text_has_its_german() -> None:
    assert len(entries()) > 900
    missing = [entry.english for entry in entries() if not all(entry.german) or len(entry.german) != len(entry.english)]
    assert not missing
    assert not [entry.english for entry in entries() if entry.fuzzy]


@pytest.mark.parametrize("pattern", [PLACEHOLDER, TAG], ids=["placeholders", "markup"])
def test_what_is_no_text_is_the_same_in_both_languages(pattern: re.Pattern[str]) -> None:
    different = [
        (english, german)
        for entry in entries()
        for english, german in zip(entry.english, entry.german, strict=True)
        if Counter(pattern.findall(english)) != Counter(pattern.findall(german))
    ]
    assert not different


def test_german_keeps_to_its_own_punctuation_and_speaks_formally() -> None:
    """Quotation marks are „…“, and nobody is called “du”."""
    wrong = re.compile(r"”|“[^“„]*”|\b[Dd]u\b|\b[Dd]ein(?:e[mnrs]?)?\b|\b[Dd]ich\b|\b[Dd]ir\b")
    found = [german for entry in entries() for german in entry.german if wrong.search(german)]
    assert not found
    assert not [german for entry in entries() for german in entry.german if german.count("„") != german.count("“")]


# --- the pages --------------------------------------------------------------------------------------------------------

SHOWN = {"alt", "aria-label", "data-failed", "data-label", "placeholder", "title"}
UNREAD = {"code", "pre", "script", "style", "textarea"}
MOST_OF_A_KIND = 2  # pages of one view, and pages of it with one and the same parameter


@dataclass
class Page(HTMLParser):
    """The texts of a page as people see or hear them, and where it leads."""

    path: str
    html: str
    texts: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    lang: str = ""

    def __post_init__(self) -> None:
        super().__init__()
        self._inside: list[str] = []
        self.feed(self.html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Attributes that are shown or read out; addresses; what text is inside of."""
        given = {name: value or "" for name, value in attrs}
        if tag in UNREAD or given.get("lang", "de") != "de":
            self._inside.append(tag)
        if tag == "html":
            self.lang, self._inside = given.get("lang", ""), []
        if tag == "input" and given.get("type") in ("submit", "button"):
            self.texts.append(given.get("value", ""))
        self.texts += [given[name] for name in SHOWN & given.keys()]
        self.links += [given[name] for name in ("href", "hx-get") if tag != "link" and name in given]

    def handle_endtag(self, tag: str) -> None:
        """An element ends."""
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        """Text that is not code."""
        if not self._inside:
            self.texts.append(data)


def walk(browser: Client, *starts: str) -> Iterator[Page]:
    """All of `starts` and the pages that links lead to from there, a few of each kind.

    Each filter is met by itself: with every combination of them, as links add one to the others, there would be hundreds of pages.
    """
    seen: set[str] = set()
    met: Counter[tuple[str, str]] = Counter()
    todo = list(starts)
    while todo:
        path = urldefrag(todo.pop(0)).url
        if path in seen or not (kinds := _kinds(path)):
            continue
        seen.add(path)
        if path not in starts and all(met[kind] >= MOST_OF_A_KIND for kind in kinds):
            continue
        met.update(kinds)
        response = browser.get(path)
        if response.status_code in (301, 302):
            todo.append(urljoin(path, response["Location"]))
            continue
        if not response["Content-Type"].startswith("text/html"):
            continue
        page = Page(path, response.content.decode())
        todo += [urljoin(path, link) for link in page.links]
        yield page


def _kinds(path: str) -> list[tuple[str, str]]:
    """What a page is one of: its view, and its view with each of its parameters; nothing for other sites and for files."""
    parts = urlsplit(path)
    if parts.netloc not in ("", "testserver") or parts.path.startswith(settings.STATIC_URL):
        return []
    try:
        view = resolve(parts.path).view_name
    except Resolver404:
        return []
    return [(view, ""), *((view, name) for name, _value in parse_qsl(parts.query))]


@cache
def english() -> re.Pattern[str]:
    """Finds each text whose German is another, unless it happens to be the German of a third one.

    Short ones must be all there is; a sentence may stand beside others.
    """
    german = {form for entry in entries() for form in entry.german}
    texts = {
        form
        for entry in entries()
        for form, translated in zip(entry.english, entry.german, strict=True)
        if form != translated and form not in german
    }
    return re.compile("|".join(filter(None, map(_as_pattern, sorted(texts)))), re.DOTALL)


def _as_pattern(text: str) -> str:
    fixed = re.split(rf"{PLACEHOLDER.pattern}|{TAG.pattern}", " ".join(text.split()))
    letters = sum(map(str.isalpha, "".join(fixed)))
    if len(fixed) > 1 and letters < 8:
        return ""  # such as “%(caller)s to %(callee)s”, which other texts would match as well
    if letters > 20:
        return ".+?".join(map(re.escape, filter(None, fixed)))
    return rf"\A{'.+?'.join(map(re.escape, fixed))}\Z"


@cache
def _is_english(text: str) -> bool:
    return bool(text and english().search(text))


def assert_german(pages: Iterator[Page]) -> set[str]:
    """No text of the catalogue is there in English. Returns the names of the views that were looked at."""
    views, found = set(), set()
    for page in pages:
        views.add(resolve(urlsplit(page.path).path).view_name)
        assert page.lang in ("de", ""), page.path  # parts of pages have no language of their own
        texts = {" ".join(text.split()) for text in page.texts}
        found |= {f"{page.path}: {text}" for text in texts if _is_english(text)}
    assert not found, "\n".join(sorted(found))
    return views


@pytest.fixture
def ada(db: None) -> User:
    """Somebody who has chosen German."""
    return User.objects.create_user("ada@example.org", "correct horse battery", name="Ada", language="de")


def test_nobody_signed_in(db: None) -> None:
    visitor = Client(headers={"accept-language": "de"})
    unlinked = ("password/reset/done", "password/reset/key/1-no", "confirm-email", "confirm-email/no", "inactive")
    views = assert_german(walk(visitor, "/", *(f"/accounts/{path}/" for path in unlinked)))
    assert {"home", "account_login", "account_signup", "account_reset_password", "account_inactive"} <= views


def test_somebody_who_has_linked_nothing(ada: User) -> None:
    views = assert_german(walk(sign_in(ada), "/", "/accounts/2fa/totp/activate/", "/accounts/2fa/webauthn/add/"))
    assert {"telephony:dashboard", "telephony:link", "accounts:security", "accounts:delete", "mfa_index"} <= views


@takes_seconds
def test_somebody_with_linked_accounts_in_every_state(ada: User) -> None:
    client = accounts.make_client("sipgate")
    for state in LinkState:
        account = making.make_account(ada, client, state=state, label=f"Firma {state.value}")
        making.make_extensions(account, 1)
        making.make_calls(account, 1)
    browser = sign_in(ada)
    pages = [f"/telephony/accounts/{account.pk}/" for account in LinkedAccount.objects.all()]
    views = assert_german(walk(browser, "/", "/accounts/sipgate/login/?process=connect", *pages))
    assert {"account", "account_calls", "call", "calls", "extensions", "unlink"} <= {
        name.removeprefix("telephony:") for name in views
    }


@takes_seconds
def test_every_error_that_reading_can_meet(ada: User) -> None:
    """Said anew from its code in a reading, and from its English sentence where only that is stored."""
    for kind in {kind.code: kind for kind in _family(ProviderError)}.values():
        account = making.make_account(
            ada,
            state=LinkState.DELAYED,
            label=f"Firma {kind.code}",
            state_reason=states.sentence_of(kind("sipgate")),
        )
        later = timezone.now() + timedelta(hours=1)
        account.readings.update(error_code=kind.code, tried_at=timezone.now(), read_at=None, retry_at=later)
    pages = [f"/telephony/accounts/{account.pk}/" for account in LinkedAccount.objects.all()]
    assert_german(walk(sign_in(ada), *pages, "/telephony/"))


def _family(kind: type[ProviderError]) -> Iterator[type[ProviderError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _family(child)


@takes_seconds
def test_the_support_desk(ada: User) -> None:
    User.objects.filter(pk=ada.pk).update(is_staff=True, is_superuser=True)
    ada.refresh_from_db()
    for provider in ("sipgate", "ringcentral", "goto"):
        accounts.make_client(provider)
    account = accounts.make_account(ada)
    error = Unreachable("RingCentral")
    states.delayed(account, error, None)
    states.needs_relinking(accounts.make_personal(ada), min(KNOWN_REASONS))
    making.make_account(ada)
    for kind in EventKind:
        AccountEvent.objects.create(account=account, user=ada, actor=ada, kind=kind, label=str(account))
    views = assert_german(walk(sign_in(ada), "/admin/", "/status"))
    assert {"status", "admin:index", "admin:accounts_user_change"} <= views
    telephony = {name.removeprefix("admin:telephony_") for name in views}
    assert {"linkedaccount_change", "oauthclient_change", "token_change", "accountevent_changelist"} <= telephony


def test_mails(ada: User, mailoutbox: list[EmailMessage]) -> None:
    """Ours and allauth's: confirming, resetting, addresses that are known already or not at all, and what was changed."""
    EmailAddress.objects.create(user=ada, email=ada.email, verified=True, primary=True)
    visitor = Client(headers={"accept-language": "de"})
    passwords = {"password1": "ein langes Passwort 7", "password2": "ein langes Passwort 7"}
    for email in ("neu@example.org", ada.email):
        visitor.post("/accounts/signup/", {"email": email, "name": "", **passwords})
    for email in ("fremd@example.org", ada.email):
        visitor.post("/accounts/password/reset/", {"email": email})
    browser = sign_in(ada)
    browser.post("/accounts/password/change/", {"oldpassword": "correct horse battery", **passwords})
    ada.refresh_from_db()
    browser = sign_in(ada)
    browser.post("/accounts/email/", {"action_add": "", "email": "zweite@example.org"})
    browser.post("/accounts/email/", {"action_remove": "", "email": "zweite@example.org"})

    assert len(mailoutbox) >= 7
    for message in mailoutbox:
        assert str(message.body).startswith("Guten Tag,"), message.body
        texts = [str(message.subject).removeprefix("[Switchboard] "), *str(message.body).splitlines()]
        assert not [text for text in texts if _is_english(text)]
        assert not re.search(r"\b[Dd](?:u|ein\w*|ich|ir)\b", str(message.body)), message.body
