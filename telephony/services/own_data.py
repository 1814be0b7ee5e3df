"""Everything the site keeps about a person, as one ZIP of JSON Lines files: one file a table, one object a row.

Which rows are hers is found by following foreign keys from each table to the person, so that a table that is added later is in it by
itself. Secrets are not: tokens, passwords and keys would be of no use to her and of much to a thief.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, BinaryIO

from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Field, ForeignKey, Model, QuerySet
from django.utils import timezone

from telephony.models import SecretField
from telephony.services.exports import Progress

if TYPE_CHECKING:
    from accounts.models import User

APPS = ("accounts", "telephony", "account", "mfa", "usersessions")
LONGEST_WAY = 3  # foreign keys from a row to the person
NOT_HERS = frozenset({"actor"})  # a person who did something to another's account
SECRET = frozenset({"password", "file", "session_key", "data", "key", "digest", "share_key", "lease_owner"})
NOT_SECRET = frozenset(
    {("telephony", "call", "key"), ("telephony", "extension", "key"), ("telephony", "receivedtext", "key")}
)
CHUNK = 1000

README = """Everything that this site keeps about {email}, as of {now} (UTC).

Each file holds one table as JSON Lines: one JSON object a line, times in UTC (ISO 8601).
Left out: passwords, tokens and other secrets.

{contents}
"""


@cache
def way_to_person(model: type[Model]) -> str | None:
    """The lookup from a row to the person whose it is, such as ``account__user``; None where it belongs to nobody in particular."""
    people = apps.get_model("accounts", "User")
    ways: list[tuple[str, type[Model]]] = [("", model)]
    for _length in range(LONGEST_WAY):
        further = [(f"{way}{key.name}", key.related_model) for way, start in ways for key in _keys(start)]
        if hers := next((way for way, target in further if target is people), None):
            return hers
        ways = [(f"{way}__", target) for way, target in further]
    return None


def personal_models() -> list[type[Model]]:
    """Every table with rows that are a person's, hers first."""
    people = apps.get_model("accounts", "User")
    found = [model for label in APPS for model in apps.get_app_config(label).get_models() if way_to_person(model)]
    return [people, *found]


def write(person: User, out: BinaryIO, progress: Progress) -> int:
    """Write the ZIP; gives the number of rows in it. Rows are read and written a thousand at a time."""
    models = [(model, rows_of(person, model)) for model in personal_models()]
    counts = {model: rows.count() for model, rows in models}
    total, done = sum(counts.values()), 0
    encode, contents = DjangoJSONEncoder(ensure_ascii=False).encode, []
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for model, rows in models:
            name, before = f"{model._meta.label_lower}.jsonl", done
            with archive.open(name, "w", force_zip64=True) as target:
                for row in _plain_rows(model, rows):
                    target.write(f"{encode(row)}\n".encode())
                    done += 1
                    if done % CHUNK == 0:
                        progress(done, max(done, total))
            contents.append(f"{name}: {done - before}")
        archive.writestr("README.txt", _readme(person, contents))
    return done


def rows_of(person: User, model: type[Model]) -> QuerySet[Model]:
    """The person's rows of a table."""
    way = way_to_person(model) or "pk"
    return model._default_manager.filter(**{way: person.pk}).order_by("pk")


def _plain_rows(model: type[Model], rows: QuerySet[Model]) -> Iterator[dict[str, Any]]:
    """The rows without secrets, page by page by key, so that no cursor stays open while the progress is noted."""
    names, last = fields_of(model), None
    while True:
        page = rows if last is None else rows.filter(pk__gt=last)
        found = list(page.values("pk", *names)[:CHUNK])
        yield from ({name: row[name] for name in names} for row in found)
        if len(found) < CHUNK:
            return
        last = found[-1]["pk"]


def fields_of(model: type[Model]) -> list[str]:
    """The columns of a table that are not secret."""
    return [one.attname for one in model._meta.concrete_fields if not _is_secret(model, one)]


def _is_secret(model: type[Model], column: Field[Any, Any]) -> bool:
    if isinstance(column, SecretField):
        return True
    place = (model._meta.app_label, model._meta.model_name, column.name)
    return column.name in SECRET and place not in NOT_SECRET


def _keys(model: type[Model]) -> list[ForeignKey[Any, Any]]:
    """Foreign keys out of a table, the one to the person first."""
    keys = [one for one in model._meta.concrete_fields if isinstance(one, ForeignKey) and one.name not in NOT_HERS]
    return sorted(keys, key=lambda key: key.name != "user")


def _readme(person: User, contents: list[str]) -> str:
    return README.format(email=person.email, now=f"{timezone.now():%Y-%m-%d %H:%M}", contents="\n".join(contents))
