"""How the site itself is: what operators look at first. Nothing here asks a provider, and nothing names a person."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module

from django.conf import settings
from django.contrib.humanize.templatetags.humanize import naturaltime
from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count, Min, Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from telephony.core.enums import LabelledEnum
from telephony.core.redaction import redact_text
from telephony.models import MailState, Notice
from telephony.models.encrypted import fernets, primary_key_id
from telephony.services.key_rotation import keys_in_use

HEARTBEAT = "worker-heartbeat"
HEARTBEAT_KEPT = 7 * 86_400  # seconds
WORKER_LATE = timedelta(minutes=1)  # six ticks of the worker's clock
WORKER_AWAY = timedelta(minutes=15)  # longer than any sensible interval of `worker --once` in cron
QUEUE_LATE = timedelta(minutes=5)
QUEUE_STUCK = timedelta(minutes=30)
MAILS_WATCHED = timedelta(days=7)


class Condition(LabelledEnum):
    """How a component is."""

    FINE = "fine", gettext_lazy("Fine")
    LOOK = "look", gettext_lazy("Look at it")
    BROKEN = "broken", gettext_lazy("Broken")


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found out about one component; `sentence` is in the active language."""

    condition: Condition
    sentence: str


@dataclass(frozen=True, slots=True)
class Component:
    """One line of the status page."""

    name: str | Promise
    finding: Finding


def beat() -> None:
    """The worker lives. Called at each tick of its clock."""
    cache.set(HEARTBEAT, time.time(), HEARTBEAT_KEPT)


def components() -> list[Component]:
    """Every component in the order in which one would look for a fault."""
    return [Component(name, _checked(check)) for name, check in CHECKS]


def _checked(check: Callable[[], Finding]) -> Finding:
    try:
        return check()
    except Exception as error:  # the page must show the other components whatever one of them throws
        return Finding(Condition.BROKEN, redact_text(f"{type(error).__name__}: {error}")[:300])


def database() -> Finding:
    """Whether the database answers, and how fast."""
    started = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
    values = {"database": connection.display_name, "milliseconds": max(1, round((time.monotonic() - started) * 1000))}
    return Finding(Condition.FINE, _("%(database)s answers within %(milliseconds)d ms.") % values)


def migrations() -> Finding:
    """Whether the tables are those that this version of the site expects."""
    executor = MigrationExecutor(connection)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if not missing:
        return Finding(Condition.FINE, _("All are applied."))
    sentence = ngettext(
        "%(count)d migration is not applied: run manage.py migrate.",
        "%(count)d migrations are not applied: run manage.py migrate.",
        missing,
    )
    return Finding(Condition.BROKEN, sentence % {"count": missing})


def shared_cache() -> Finding:
    """Whether what is put into the cache comes back."""
    key, value = f"status-{uuid.uuid4()}", uuid.uuid4().hex
    cache.set(key, value, 60)
    found = cache.get(key)
    cache.delete(key)
    if found == value:
        return Finding(Condition.FINE, _("It gives back what is put in."))
    return Finding(Condition.BROKEN, _("It does not give back what is put in: rate limits do not hold."))


def worker() -> Finding:
    """When the worker's clock last ticked."""
    beaten = cache.get(HEARTBEAT)
    if not isinstance(beaten, float):
        return Finding(Condition.BROKEN, _("No worker has given a sign of life. Start manage.py worker."))
    at = datetime.fromtimestamp(beaten, tz=timezone.get_current_timezone())
    condition = _by_age(at, WORKER_LATE, WORKER_AWAY)
    return Finding(condition, _("Last sign of life: %(when)s.") % {"when": naturaltime(at)})


def task_queue() -> Finding:
    """How many tasks wait, and for how long the oldest one has."""
    waiting, oldest = _QUEUES[settings.TASKS_BACKEND]()
    if not waiting:
        return Finding(Condition.FINE, _("No task waits."))
    sentence = ngettext("%(count)d task waits", "%(count)d tasks wait", waiting) % {"count": waiting}
    if oldest is None:
        return Finding(Condition.FINE, f"{sentence}.")
    since = _("the oldest was put in %(when)s") % {"when": naturaltime(oldest)}
    return Finding(_by_age(oldest, QUEUE_LATE, QUEUE_STUCK), f"{sentence}; {since}.")


def _queue_in_database() -> tuple[int, datetime | None]:
    from django_tasks_db.models import DBTaskResult

    ready = DBTaskResult.objects.ready().order_by().aggregate(waiting=Count("pk"), oldest=Min("enqueued_at"))
    return ready["waiting"], ready["oldest"]


def _queue_in_redis() -> tuple[int, datetime | None]:
    queue = import_module("django_rq").get_queue("default")
    first = next(iter(queue.get_jobs(0, 1)), None)
    return queue.count, first.enqueued_at if first else None


def _no_queue() -> tuple[int, datetime | None]:
    return 0, None


_QUEUES: dict[str, Callable[[], tuple[int, datetime | None]]] = {
    "database": _queue_in_database,
    "redis": _queue_in_redis,
    "immediate": _no_queue,
}


def encryption_keys() -> Finding:
    """Which keys are in use, and whether all of them are configured."""
    known, used = list(fernets()), keys_in_use()
    missing = {name: count for name, count in used.items() if name not in known}
    if missing:
        named = ", ".join(f"{name or '?'} ({count})" for name, count in missing.items())
        sentence = _("Secrets need keys that are not configured: %(keys)s. Put the old keys back behind the new one.")
        return Finding(Condition.BROKEN, sentence % {"keys": named})
    older = [name for name in known if name != primary_key_id() and name in used]
    unused = [name for name in known if name != primary_key_id() and name not in used]
    sentences = [_("Key %(key)s encrypts.") % {"key": primary_key_id()}]
    if older:
        text = _("Older keys are still needed: %(keys)s. Run manage.py rotate_keys.")
        sentences.append(text % {"keys": ", ".join(f"{name} ({used[name]})" for name in older)})
    if unused:
        sentences.append(_("No secret needs these any more: %(keys)s.") % {"keys": ", ".join(unused)})
    return Finding(Condition.LOOK if older else Condition.FINE, " ".join(sentences))


def mails() -> Finding:
    """Whether the mails about notices go out: how many the mail server refused to the end, and how many are late."""
    now = timezone.now()
    found = Notice.objects.order_by().aggregate(
        failed=Count("pk", filter=Q(mail=MailState.FAILED, made_at__gte=now - MAILS_WATCHED)),
        refused=Count("pk", filter=Q(mail=MailState.WAITING, mail_attempts__gt=0)),
        late=Count("pk", filter=Q(mail=MailState.WAITING, mail_attempts=0, due_at__lt=now - QUEUE_STUCK)),
    )
    if found["failed"]:
        sentence = ngettext(
            "%(count)d mail could not be sent in the last week: look at EMAIL_URL and the log.",
            "%(count)d mails could not be sent in the last week: look at EMAIL_URL and the log.",
            found["failed"],
        )
        return Finding(Condition.BROKEN, sentence % {"count": found["failed"]})
    if waiting := found["refused"] + found["late"]:
        sentence = ngettext("%(count)d mail waits to be sent.", "%(count)d mails wait to be sent.", waiting)
        return Finding(Condition.LOOK, sentence % {"count": waiting})
    return Finding(Condition.FINE, _("No mail about a notice is late."))


def _by_age(at: datetime, late: timedelta, too_late: timedelta) -> Condition:
    age = timezone.now() - at
    if age < late:
        return Condition.FINE
    return Condition.LOOK if age < too_late else Condition.BROKEN


CHECKS: tuple[tuple[Promise, Callable[[], Finding]], ...] = (
    (gettext_lazy("Database"), database),
    (gettext_lazy("Migrations"), migrations),
    (gettext_lazy("Cache"), shared_cache),
    (gettext_lazy("Worker"), worker),
    (gettext_lazy("Task queue"), task_queue),
    (gettext_lazy("Mails"), mails),
    (gettext_lazy("Encryption keys"), encryption_keys),
)
