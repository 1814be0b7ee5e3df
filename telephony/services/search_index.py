"""The search index over numbers and names of calls, which the database itself keeps: triggers on SQLite, an expression index on PostgreSQL.

SQLite: a contentless FTS5 trigram table. Its row ids are made of account, day and call id, so that it yields an account's matches newest
day first and a page stops reading after fifty, however many there are. It holds candidates, which are compared once more. Triggers only
note which calls are new or changed, in a list beside it, and searches look at these one by one until `learn` has put them into the index:
each transaction that writes into it costs several times what a row does, and would cost it while the page holds the one write lock.
PostgreSQL: a GIN index of account and trigrams of the same text; common texts are found faster by walking the newest calls.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db import connection, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Func, Q, QuerySet, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast

from telephony.core.search_text import terms
from telephony.models import Call, LinkedAccount, PhoneBookEntry

TABLE = "telephony_callsearch"
NEW = f"{TABLE}_new"  # ids of calls that the index of SQLite does not have yet
LEARN_FROM = 2000  # calls; searches look at fewer one by one
LEARNT_AT_ONCE = 1000  # calls a transaction
MOST_NAMED_NUMBERS = 200  # numbers of the phone book that one text may stand for

# Row ids of the SQLite table, from the high bits down: 17 bits of the account, 15 of the day since 1990, 31 of the call id. Accounts that
# share their bits and days out of range only cost candidates. The id must be whole: two thousand million calls would fill a terabyte.
ID_BITS, DAY_BITS, ACCOUNT_BITS = 31, 15, 17
_ID_MASK = (1 << ID_BITS) - 1
_EPOCH = datetime(1990, 1, 1, tzinfo=UTC)
_FIRST_DAY = 7305  # the same in days since 1970
_LAST_DAY = (1 << DAY_BITS) - 1

_COLUMNS = ("caller_digits", "callee_digits", "caller_name", "callee_name", "extension", "extension_name")


def _haystack(prefix: str = "") -> str:
    """The searched text in SQL. A party without digits (a SIP name) is found by its number as it came."""
    caller, callee = (
        f"CASE WHEN {prefix}{side}_digits = '' THEN {prefix}{side}_number ELSE {prefix}{side}_digits END"
        for side in ("caller", "callee")
    )
    rest = (f"{prefix}{column}" for column in _COLUMNS[2:])
    return " || ' ' || ".join((caller, callee, *rest))


def _place(row: str) -> str:
    """The row id of a call in the SQLite table."""
    day = f"max(0, min({_LAST_DAY}, CAST(julianday({row}.started_at) - 2440587.5 AS INTEGER) - {_FIRST_DAY}))"
    account = f"({row}.account_id & {(1 << ACCOUNT_BITS) - 1})"
    return f"(({account} << {DAY_BITS + ID_BITS}) | ({day} << {ID_BITS}) | ({row}.id & {_ID_MASK}))"


_LEARN = f"INSERT INTO {TABLE}(rowid, text) SELECT {_place('telephony_call')}, {_haystack()} FROM telephony_call"  # noqa: S608


def _sqlite_triggers() -> dict[str, str]:
    old, new = _haystack("old."), _haystack("new.")
    known = f"NOT EXISTS (SELECT 1 FROM {NEW} WHERE id = old.id)"  # noqa: S608  # our own names
    forget = f"INSERT INTO {TABLE}({TABLE}, rowid, text) SELECT 'delete', {_place('old')}, {old}"
    note = f"INSERT INTO {NEW}(id) VALUES (new.id);"  # noqa: S608
    changed = f"({_place('old')} IS NOT {_place('new')} OR {old} IS NOT {new}) AND {known}"
    clear = f"DELETE FROM {NEW} WHERE id = old.id;"  # noqa: S608
    return {
        f"{TABLE}_added": f"AFTER INSERT ON telephony_call BEGIN {note} END",
        f"{TABLE}_gone": f"AFTER DELETE ON telephony_call BEGIN {forget} WHERE {known}; {clear} END",
        f"{TABLE}_changed": f"AFTER UPDATE ON telephony_call WHEN {changed} BEGIN {forget}; {note} END",
    }


def install(database: BaseDatabaseWrapper | None = None) -> None:
    """Create what is missing, and fill what is new. Run after each migrate, since SQLite drops triggers with a table that is remade."""
    database = database or connection
    with database.cursor() as cursor:
        if database.vendor == "sqlite":
            _install_sqlite(cursor)
        elif database.vendor == "postgresql":
            _install_postgresql(cursor)


def _install_sqlite(cursor: Any) -> None:
    cursor.execute("SELECT name, sql FROM sqlite_master WHERE name LIKE %s", [f"{TABLE}%"])
    known = dict(cursor.fetchall())
    cursor.execute(f"CREATE TABLE IF NOT EXISTS {NEW} (id INTEGER PRIMARY KEY)")
    if TABLE not in known:
        cursor.execute(
            f"CREATE VIRTUAL TABLE {TABLE} USING fts5(text, content='', tokenize='trigram', detail='none', columnsize=0)"
        )
        _fill_sqlite(cursor)
    for name, definition in _sqlite_triggers().items():
        statement = f"CREATE TRIGGER {name} {definition}"
        if known.get(name) != statement:
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
            cursor.execute(statement)


def _fill_sqlite(cursor: Any) -> None:
    cursor.execute(f"DELETE FROM {NEW}")  # noqa: S608  # our own names
    cursor.execute(_LEARN)


def _install_postgresql(cursor: Any) -> None:
    cursor.execute("SELECT to_regclass('call_search') IS NOT NULL")
    if cursor.fetchone()[0]:
        return
    cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    cursor.execute("CREATE EXTENSION IF NOT EXISTS btree_gin")
    cursor.execute(
        f"CREATE INDEX call_search ON telephony_call USING gin ((account_id + 0), (lower({_haystack()})) gin_trgm_ops)"
    )


def rebuild() -> None:
    """Build the index anew from the calls; searches find everything again afterwards, whatever was wrong."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"INSERT INTO {TABLE}({TABLE}) VALUES ('delete-all')")  # noqa: S608
            _fill_sqlite(cursor)
        elif connection.vendor == "postgresql":
            cursor.execute("REINDEX INDEX call_search")


def keep_up() -> None:
    """Put new calls into the index of SQLite until searches have few enough to look at one by one."""
    if connection.vendor == "sqlite":
        while _waiting() >= LEARN_FROM:
            _learn_some()


def learn() -> int:
    """Put all new calls into the index, LEARNT_AT_ONCE a transaction; gives how many there were. Nothing to do on PostgreSQL."""
    learnt = 0
    while connection.vendor == "sqlite" and _waiting():
        learnt += _learn_some()
    return learnt


def _learn_some() -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        some = f"SELECT id FROM {NEW} ORDER BY id LIMIT {LEARNT_AT_ONCE}"  # noqa: S608  # our own names
        cursor.execute(f"{_LEARN} WHERE id IN ({some})")
        cursor.execute(f"DELETE FROM {NEW} WHERE id IN ({some})")  # noqa: S608
        return int(cursor.rowcount)


def _waiting() -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {NEW}")  # noqa: S608  # our own names
        return int(cursor.fetchone()[0])


class Haystack(Func):
    """The searched text of a call in lower case, written exactly as the index has it."""

    template = f"(lower({_haystack('%(table)s.')}))"
    output_field = models.TextField()
    arity = 1

    def as_sql(self, compiler: Any, connection: BaseDatabaseWrapper, **context: Any) -> tuple[str, list[Any]]:  # type: ignore[override]  # the parent's is untyped
        """The columns of whichever table or alias the call has in the query."""
        column, _parameters = compiler.compile(self.source_expressions[0])
        return str(self.template) % {"table": column.rpartition(".")[0]}, []


def matching(found: QuerySet[Call], text: str, accounts: list[LinkedAccount]) -> QuerySet[Call]:
    """Calls of these accounts (all of one person) that hold every term, or are with a number that the phone book names so."""
    wanted = contains(text) & _candidates(text, accounts)
    if named := numbers_named(text, accounts[0].user_id):
        wanted |= Q(caller_digits__in=named) | Q(callee_digits__in=named)
    return searchable(found).filter(wanted)


def searchable(found: QuerySet[Call]) -> QuerySet[Call]:
    """The calls with the alias that `contains` speaks of."""
    return found.alias(searched_text=Haystack(F("id")))


def contains(text: str) -> Q:
    """Every term, compared row by row; on PostgreSQL the index answers it."""
    wanted = Q()
    for term in terms(text):
        one = Q()
        for spelling in term.spellings:
            one |= Q(searched_text__contains=spelling)
        wanted &= one
    return wanted


def owned_by(found: QuerySet[Call], account_id: int) -> QuerySet[Call]:
    """The account's rows, said so that the planner neither walks nor adds the account's own indexes: the sum is in the search index alone.

    PostgreSQL's index takes no number of another width, hence the cast.
    """
    owner = Cast(Value(account_id), models.BigIntegerField())
    return found.alias(owner=F("account_id") + 0).filter(owner=owner)


def _candidates(text: str, accounts: list[LinkedAccount]) -> Q:
    """On SQLite the rows that the index names or does not know yet; no condition where the text is too short for it."""
    match = match_of(text)
    if connection.vendor != "sqlite" or not match:
        return Q()
    wanted = Q(pk__in=unlearnt())
    for account in accounts:
        wanted |= Q(pk__in=window(match, *places_of(account.pk)))
    return wanted


def unlearnt() -> RawSQL:
    """Ids of the calls that the index of SQLite does not have yet."""
    return RawSQL(f"SELECT id FROM {NEW}", ())  # noqa: S608, S611  # our own names


def window(match: str, low: int, high: int, *, limit: int | None = None, newest_first: bool = True) -> RawSQL:
    """Ids of candidates between two places of the SQLite table, the first `limit` of them."""
    order = f"ORDER BY rowid {'DESC' if newest_first else 'ASC'} LIMIT {limit:d}" if limit else ""
    return RawSQL(  # noqa: S611  # our own names; the text is a parameter
        f"SELECT rowid & {_ID_MASK} FROM {TABLE} WHERE {TABLE} MATCH %s AND rowid BETWEEN %s AND %s {order}",  # noqa: S608
        (match, low, high),
    )


def window_end(match: str, low: int, high: int, *, limit: int, newest_first: bool = True) -> int | None:
    """The last place of such a window; None where it reaches the end, so that nothing lies beyond."""
    order, last = ("DESC", "min") if newest_first else ("ASC", "max")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), {last}(rowid) FROM (SELECT rowid FROM {TABLE} WHERE {TABLE} MATCH %s "  # noqa: S608
            f"AND rowid BETWEEN %s AND %s ORDER BY rowid {order} LIMIT {limit:d})",
            (match, low, high),
        )
        count, place = cursor.fetchone()
    return place if count == limit else None


def numbers_named(text: str, user_id: int) -> list[str]:
    """Digits of the phone book's entries whose name holds every term that is not a number; [] for a text of numbers only."""
    words = [term for term in terms(text) if not term.text.isdigit()]
    if not words or len(words) != len(terms(text)):
        return []
    found = PhoneBookEntry.objects.filter(user_id=user_id)
    for term in words:
        wanted = Q()
        for spelling in term.spellings:
            wanted |= Q(name__icontains=spelling)
        found = found.filter(wanted)
    return list(found.order_by().values_list("digits", flat=True)[:MOST_NAMED_NUMBERS])


def match_of(text: str) -> str:
    """The FTS5 query: all trigrams of all terms; "" where no term has any."""
    trigrams = dict.fromkeys(trigram for term in terms(text) for trigram in term.trigrams)
    return " AND ".join('"' + trigram.replace('"', '""') + '"' for trigram in trigrams)


def places_of(account_id: int) -> tuple[int, int]:
    """The first and last place that calls of an account can have in the SQLite table."""
    low = (account_id & ((1 << ACCOUNT_BITS) - 1)) << (DAY_BITS + ID_BITS)
    return low, low + (1 << (DAY_BITS + ID_BITS)) - 1


def day_of(place: int) -> int:
    """The day of a place, as a number that only serves to compare."""
    return (place >> ID_BITS) & _LAST_DAY


def place_of_day(account_id: int, moment: datetime, *, days: int = 0) -> int:
    """The first place of the day of a moment, `days` later, kept within the account's places."""
    low, high = places_of(account_id)
    day = min(max((moment - _EPOCH).days + days, 0), _LAST_DAY)
    return min(low + (day << ID_BITS), high)
