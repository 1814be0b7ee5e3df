"""Fills a database with very many calls in a few statements: made in SQL, indexed afterwards, counted as the product counts them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, models, transaction

from accounts.models import User
from telephony.core.types import CallLeg, CallRecord, Direction, Kind, MediaRef, Outcome, Party
from telephony.models import Call, LinkedAccount
from telephony.services import rollup, search_index

FEW = 1000  # the calls of the person to compare with
RARE = 60  # calls of a rare kind, extension, length and name in every account, whatever its size
OTHERS = 4  # accounts of other people, who share the other half
YEAR = 365 * 86_400
TABLE = Call._meta.db_table

# `i` counts an account's calls from the newest back, `r` is a number that jumps about, `n` how many there are.
_COLUMNS = {
    "key": "'call-' || i",
    "in_own_log": "{true}",
    "in_company_log": "r % 5 > 0",
    "kind": "CASE WHEN i % (n / {rare}) = 7 THEN 'fax' ELSE 'call' END",
    "direction": "CASE r % 3 WHEN 0 THEN 'outbound' ELSE 'inbound' END",
    "outcome": "CASE WHEN r % 10 < 7 THEN 'answered' WHEN r % 10 < 9 THEN 'missed' ELSE 'voicemail' END",
    "started_at": "{started_at}",
    "duration": "CASE WHEN i % (n / {rare}) = 5 THEN 9000 WHEN r % 10 < 7 THEN 5 + r % 3600 END",
    "caller_number": "'+' || (493000000000 + (r % 20011) * 349981)",
    "caller_e164": "'+' || (493000000000 + (r % 20011) * 349981)",
    "caller_digits": "'' || (493000000000 + (r % 20011) * 349981)",
    "caller_name": "CASE WHEN i % (n / {rare}) = 11 THEN 'Zacharias Quince' WHEN r % 4 = 0 THEN 'Ada Lovelace' "
    "WHEN r % 4 = 1 THEN 'Bertha Benz' WHEN r % 4 = 2 THEN 'Émilie du Châtelet' ELSE '' END",
    "caller_extension": "''",
    "caller_withheld": "{false}",
    "callee_number": "'+493055500100'",
    "callee_e164": "'+493055500100'",
    "callee_digits": "'493055500100'",
    "callee_name": "'Office'",
    "callee_extension": "''",
    "extension": "CASE WHEN i % (n / {rare}) = 3 THEN '777' ELSE '' || (100 + r % 8) END",
    "extension_name": "'Desk'",
    "session": "'session-' || i",
    "legs": '\'[{{"direction":"inbound","duration":20,"outcome":"answered"}}]\'{json}',
    "recording": 'CASE WHEN r % 10 = 0 THEN \'{{"key":"r","duration":20}}\' END{json}',
    "note": "''",
    "unknown_values": "'[]'{json}",
    "raw": '(\'{{"padding":"' + "x" * 280 + "\",\"id\":' || i || '}}'){json}",
    "fingerprint": "'bench'",
}
_SERIES = {
    "sqlite": "WITH RECURSIVE series(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM series WHERE i < %s - 1)",
    "postgresql": "WITH series AS (SELECT i FROM generate_series(0::bigint, %s - 1) AS i)",
}
_WORDS = {
    "sqlite": {
        "true": "1",
        "false": "0",
        "json": "",
        "started_at": f"strftime('%Y-%m-%d %H:%M:%S', @now, '-' || (i * {YEAR} / n) || ' seconds')",
    },
    "postgresql": {
        "true": "true",
        "false": "false",
        "json": "::jsonb",
        "started_at": f"@now::timestamptz - (i * {YEAR} / n) * interval '1 second'",
    },
}


@dataclass(frozen=True, slots=True)
class Filled:
    """Whose calls there are: half of all, a thousand, and none yet (for storing, by each of two ways)."""

    many: LinkedAccount
    few: LinkedAccount
    stored: LinkedAccount
    compared: LinkedAccount


def fill(rows: int, now: datetime) -> Filled:
    """A table with `rows` calls, of which one person owns half."""
    accounts = {name: _account(name) for name in ("many", "few", "stored", "compared")}
    others = [_account(f"other-{number}") for number in range(OTHERS)]
    shares = [(accounts["many"], rows // 2), (accounts["few"], FEW)]
    shares += [(account, rows // 2 // OTHERS) for account in others]
    indexes = list(Call._meta.indexes)
    with connection.schema_editor() as editor:
        for index in indexes:
            editor.remove_index(Call, index)
    _drop_search_index()
    for account, count in shares:
        _insert(account, count, now)
    with connection.schema_editor() as editor:
        for index in indexes:
            editor.add_index(Call, index)
    search_index.install()
    for account, _count in shares:
        rollup.rebuild(account)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    return Filled(**accounts)


def _account(name: str) -> LinkedAccount:
    user = User.objects.create_user(f"{name}@example.org", "correct horse battery", name=name)
    return LinkedAccount.objects.create(
        user=user, provider="ringcentral", authority="bench", remote_id=name, label=name
    )


def _drop_search_index() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("DROP INDEX IF EXISTS call_search")
            return
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'telephony_callsearch%'")
        for (name,) in cursor.fetchall():
            cursor.execute(f'DROP TRIGGER "{name}"')
        cursor.execute(f"DROP TABLE IF EXISTS {search_index.TABLE}")
        cursor.execute(f"DROP TABLE IF EXISTS {search_index.NEW}")


def _insert(account: LinkedAccount, count: int, now: datetime) -> None:
    words = _WORDS[connection.vendor] | {"rare": str(RARE)}
    values = ", ".join(expression.format(**words) for expression in _COLUMNS.values())
    values = values.replace("%", "%%").replace("@now", "%s")
    names = ", ".join(f'"{name}"' for name in _COLUMNS)
    jumping = "(i * 2654435761 + 12345) %% 4294967291 / 64"
    statement = (
        f'INSERT INTO "{TABLE}" ("account_id", {names}) {_SERIES[connection.vendor]}, '  # noqa: S608  # our own names
        f"numbered AS (SELECT i, {jumping} AS r, {count:d} AS n FROM series) SELECT {account.pk:d}, {values} FROM numbered"
    )
    moment: Any = now.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S") + (
        "+00" if connection.vendor == "postgresql" else ""
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, [count, moment])


def page_of_records(first: int, count: int, newest: datetime) -> list[CallRecord]:
    """A page as a provider's client gives it, newest first, with a leg and a vendor's record such as they are."""
    return [_record(number, newest - timedelta(seconds=30 * number)) for number in range(first, first + count)]


def _record(number: int, started_at: datetime) -> CallRecord:
    jumping = (number * 2654435761 + 12345) % 4294967291 // 64
    answered = jumping % 10 < 7
    outside, seconds = f"+{493000000000 + jumping % 20011 * 349981}", 5 + jumping % 3600
    caller, callee = Party(outside, outside, "Ada Lovelace"), Party("+493055500100", "+493055500100", "Office")
    outcome = Outcome.ANSWERED if answered else Outcome.MISSED
    raw = {
        "id": f"new-{number}",
        "uri": f"https://api.example.org/call-log/new-{number}?view=Detailed",
        "startTime": started_at.isoformat(),
        "from": {"phoneNumber": outside, "name": "Ada Lovelace", "location": "Berlin"},
        "to": {"phoneNumber": "+493055500100", "name": "Office"},
        "legs": [{"startTime": started_at.isoformat(), "duration": seconds, "legType": "Accept", "result": "Accepted"}],
        "padding": "x" * 200,
    }
    return CallRecord(
        key=f"new-{number}",
        kind=Kind.CALL,
        direction=Direction.INBOUND,
        outcome=outcome,
        started_at=started_at,
        caller=caller,
        callee=callee,
        answered_at=started_at + timedelta(seconds=5) if answered else None,
        duration=seconds if answered else None,
        extension=str(100 + jumping % 20),
        extension_name="Desk",
        session=f"session-{number}",
        legs=(CallLeg(caller, callee, Direction.INBOUND, outcome, started_at, seconds, "Desk"),),
        recording=MediaRef(f"r{number}", seconds, "audio/mpeg") if jumping % 40 == 0 else None,
        raw=raw,
    )


def same_as_models(account: LinkedAccount, columns: list[dict[str, Any]]) -> list[models.Model]:
    """Rows as model instances, for the way that Django offers."""
    return [Call(account=account, in_own_log=True, **one) for one in columns]
