"""A person's own phone book: entries by hand and from files; a number is one entry, however it was written."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from telephony.core.client import KeepsContacts, ProviderClient
from telephony.core.dialling import NumberRefused, as_written
from telephony.core.errors import NotOnContract, ProviderError
from telephony.core.number_words import Refusal
from telephony.core.phone import digits, to_e164
from telephony.core.registry import find_spec
from telephony.core.types import ContactRecord, Feature
from telephony.models import EntrySource, LinkedAccount, PhoneBookEntry
from telephony.services.forgetting import forgotten_by
from telephony.services.gateway import with_client
from telephony.services.import_report import FULL, NO_NAME, ImportReport
from telephony.services.readings import observe, observed_from
from telephony.services.regions import home_region, region_for

MOST_BYTES = 2 * 1024 * 1024
MOST_ENTRIES = 20_000
FEWEST_DIGITS, MOST_DIGITS = 2, 17  # of extensions, and of the longest numbers with a prefix to dial out
_BATCH = 500
_DELIMITERS = ";\t,"
_SEVERAL = re.compile(r"\s*(?::::|\n|;)\s*")  # Google writes several numbers into one cell

_WHOLE_NAMES = frozenset({"name", "full name", "display name", "file as", "anzeigename", "kontakt", "contact"})
_NAME_PARTS = ("first name", "given name", "vorname", "middle name", "last name", "family name", "surname", "nachname")
_COMPANIES = ("company", "organization", "organization name", "organization 1 - name", "firma", "unternehmen")
_NUMBER_HEADER = re.compile(r"phone|number|nummer|telefon|^tel|mobil|handy|^fax|fax$", re.IGNORECASE)
_NOT_NUMBER_HEADER = re.compile(r"type|label|phonetic|kunden|haus|custom|account|id number", re.IGNORECASE)


class FileRefused(Exception):
    """A file that is no phone book; the text says why, for the person."""


@dataclass(frozen=True, slots=True)
class Contact:
    """A name and one number of it, with the line it stood in."""

    line: int
    name: str
    number: str


@lru_cache(maxsize=8192)  # each list of calls asks for the same numbers again
def as_stored(number: str, region: str | None) -> tuple[str, str]:
    """(number, digits) as entries have them: the E.164 form where it is one, else as it came. ("", "") where there are no digits."""
    text = number.strip().replace("\x00", "")[:80]
    if text.startswith("00"):
        text = f"+{text[2:]}"
    known = to_e164(text, region) or text
    found = digits(known)[:40]
    return (known, found) if found else ("", "")


def checked(number: str, region: str) -> tuple[str, str]:
    """The same for what somebody has written, in a file or a form. Raises NumberRefused for what is no number, whatever digits it has."""
    text = as_written(number)
    stored, found = as_stored(text, region)
    if len(found) < FEWEST_DIGITS:
        raise NumberRefused(Refusal.TOO_SHORT, number)
    if len(found) > MOST_DIGITS:
        raise NumberRefused(Refusal.TOO_LONG, number)
    return stored, found


def keep(user: User, name: str, number: str) -> PhoneBookEntry:
    """Add an entry by hand, or give the number's entry this name. Raises NumberRefused where there is no number."""
    shown, found = checked(number, home_region(user))
    columns = {
        "name": name[:200],
        "number": shown,
        "source": EntrySource.HAND,
        "account": None,
        "changed_at": timezone.now(),
    }
    entry, _created = PhoneBookEntry.objects.update_or_create(user=user, digits=found, defaults=columns)
    return entry


def import_file(user: User, content: bytes, region: str) -> ImportReport:
    """Add what a CSV file holds. Raises FileRefused where it holds no phone book at all; single bad lines are in the report."""
    return import_contacts(user, contacts_in(content), region, EntrySource.FILE)


def import_contacts(
    user: User,
    contacts: Iterable[Contact],
    region: str,
    source: EntrySource,
    account: LinkedAccount | None = None,
) -> ImportReport:
    """Add contacts; a number that has an entry gets the new name, and one that comes twice keeps its last.

    From a linked account, names that were entered by hand are not replaced.
    """
    report, wanted = ImportReport(), dict[str, PhoneBookEntry]()
    for contact in contacts:
        if not contact.name:
            report.refuse(contact.line, NO_NAME)
            continue
        try:
            number, found = checked(contact.number, region)
        except NumberRefused as refused:
            report.refuse(contact.line, refused.reason.value, contact.number)
            continue
        if len(wanted) >= MOST_ENTRIES and found not in wanted:
            report.refuse(contact.line, FULL, str(MOST_ENTRIES))
        else:
            wanted[found] = PhoneBookEntry(
                user=user, name=contact.name[:200], number=number, digits=found, source=source, account=account
            )
    if source is EntrySource.ACCOUNT:
        by_hand = PhoneBookEntry.objects.filter(user=user, source=EntrySource.HAND).values_list("digits", flat=True)
        report.kept = sum(wanted.pop(found, None) is not None for found in by_hand)
    known = dict(PhoneBookEntry.objects.filter(user=user).values_list("digits", "name"))
    report.unchanged = sum(known.get(entry.digits) == entry.name for entry in wanted.values())
    report.changed = sum(entry.digits in known for entry in wanted.values()) - report.unchanged
    report.added = len(wanted) - report.changed - report.unchanged
    PhoneBookEntry.objects.bulk_create(
        [entry for entry in wanted.values() if known.get(entry.digits) != entry.name],
        update_conflicts=True,
        unique_fields=["user", "digits"],
        update_fields=["name", "number", "source", "account", "changed_at"],
        batch_size=_BATCH,
    )
    return report


def offers_contacts(account: LinkedAccount) -> bool:
    """Whether the account's provider has an address book that can be read."""
    spec = find_spec(account.provider)
    return spec is not None and Feature.CONTACTS in spec.needs


def import_from_account(account: LinkedAccount) -> ImportReport:
    """Fill the person's phone book from the address book at the provider. Raises the error family; then nothing is changed.

    Names that the person has entered by hand stay as they are, and numbers that she has had forgotten do not come back.
    """

    def read(client: ProviderClient) -> list[ContactRecord]:
        if not isinstance(client, KeepsContacts):
            raise NotOnContract(account.provider_name, "reading the contacts")
        return list(client.contacts())

    try:
        found = with_client(account, read)
    except ProviderError as error:
        observe(account, observed_from(Feature.CONTACTS, error))
        raise
    observe(account, observed_from(Feature.CONTACTS, None))
    region, is_forgotten = region_for(account), forgotten_by(account.user_id)
    contacts = (
        Contact(0, contact.name, number)
        for contact in found
        for number in contact.numbers
        if not is_forgotten(as_stored(as_written(number), region)[1])  # unsaid in the report, which would tell it again
    )
    return import_contacts(account.user, contacts, region, EntrySource.ACCOUNT, account)


def contacts_in(content: bytes) -> Iterator[Contact]:
    """The names and numbers of a CSV file: with a heading, or with name and number in the first two columns. Raises FileRefused."""
    if len(content) > MOST_BYTES:
        raise FileRefused(_("The file is larger than 2 MB."))
    text = _decoded(content)
    if not text.strip():
        raise FileRefused(_("The file is empty."))
    rows = _rows(text)
    head = [cell.strip().lower() for cell in rows[0][1]]
    numbers = [
        at for at, title in enumerate(head) if _NUMBER_HEADER.search(title) and not _NOT_NUMBER_HEADER.search(title)
    ]
    if numbers:
        names = _NameColumns(head)
        return _contacts(rows[1:], names, numbers)
    if len(head) < 2 or not any(digits(row[1]) for _line, row in rows if len(row) > 1):
        raise FileRefused(
            _(
                "No column with telephone numbers was found. The first line should name the columns, such as: name, number"
            )
        )
    return _contacts(rows, _NameColumns(["name"]), [1])


class _NameColumns:
    """Where a row says whose numbers they are: a whole name, else its parts, else the company."""

    def __init__(self, head: list[str]) -> None:
        self.ways = [
            [at for at, title in enumerate(head) if title in _WHOLE_NAMES],
            [at for title in _NAME_PARTS for at, other in enumerate(head) if other == title],
            [at for at, title in enumerate(head) if title in _COMPANIES],
        ]

    def of(self, row: list[str]) -> str:
        """The best name; "" where there is none."""
        for columns in self.ways:
            if name := " ".join(filter(None, (_cell(row, at) for at in columns))):
                return name
        return ""


def _contacts(rows: list[tuple[int, list[str]]], names: _NameColumns, numbers: list[int]) -> Iterator[Contact]:
    for line, row in rows:
        name = names.of(row)
        found = [number for at in numbers for number in _SEVERAL.split(_cell(row, at)) if number]
        for number in found:
            yield Contact(line, name, number)
        if name and not found:
            yield Contact(line, name, "")


def _cell(row: list[str], at: int) -> str:
    return row[at].replace("\x00", "").strip() if at < len(row) else ""


def _rows(text: str) -> list[tuple[int, list[str]]]:
    """(line, cells) of every line that is not blank."""
    first = text.split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text.replace("\x00", "")), delimiter=delimiter)
    try:
        return [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise FileRefused(_("This is not a CSV file.")) from error


def _decoded(content: bytes) -> str:
    """Text of the encodings that spreadsheets write."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")
