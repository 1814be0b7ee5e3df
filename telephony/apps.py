"""Everything about providers, linked accounts, tokens and calls."""

from typing import Any

from django.apps import AppConfig
from django.core import checks
from django.db import transaction
from django.db.models.signals import post_delete, post_migrate, post_save, pre_delete
from django.utils.translation import gettext_lazy as _


class TelephonyConfig(AppConfig):
    """The telephony app; its checks refuse to start on a wrong encryption key."""

    name = "telephony"
    verbose_name = _("Telephony")

    def ready(self) -> None:
        """Register the start-up checks, what follows each stored page, and what follows a migrate or a move to another time zone."""
        from telephony.checks import check_encryption_keys, check_no_development
        from telephony.services import forgetting, retention, rollup
        from telephony.services.call_store import AFTER_STORE, BEFORE_STORE

        AFTER_STORE.append(rollup.apply)
        BEFORE_STORE.extend([retention.permitted, forgetting.permitted])
        post_delete.connect(remove_file, sender="telephony.Export", dispatch_uid="remove_file")
        post_delete.connect(forget_tokens, sender="telephony.LinkedAccount", dispatch_uid="forget_tokens")
        post_delete.connect(settle_what_is_left, sender="telephony.LinkedAccount", dispatch_uid="settle_what_is_left")
        pre_delete.connect(remove_files_of_account, sender="telephony.LinkedAccount", dispatch_uid="remove_files")
        post_save.connect(recount_after_a_move, sender="accounts.User", dispatch_uid="recount_after_a_move")

        checks.register(check_encryption_keys, checks.Tags.security)
        checks.register(check_no_development, checks.Tags.security, deploy=True)
        post_migrate.connect(seed_after_migrate, sender=self)
        post_migrate.connect(keep_search_index, sender=self)


def seed_after_migrate(**_options: Any) -> None:
    """Create the OAuth clients that the environment describes, as soon as there is a table for them."""
    from telephony.services.clients import seed_clients

    seed_clients()


def remove_file(instance: Any, **_options: Any) -> None:
    """Take the file away with the export, or with the person whose export it was."""
    from telephony.services.export_jobs import remove_from_storage

    transaction.on_commit(lambda: remove_from_storage(instance.file))


def remove_files_of_account(instance: Any, **_options: Any) -> None:
    """Calls of an account that is unlinked do not stay in prepared files."""
    from telephony.services.export_jobs import discard_files_of

    discard_files_of(instance.user, instance.pk)


def forget_tokens(instance: Any, **_options: Any) -> None:
    """Token pairs that wait on disk for the database do not outlive their account."""
    from telephony.services.token_store import forget

    transaction.on_commit(lambda pk=instance.pk: forget(pk))  # type: ignore[misc]  # the key is gone by then


def settle_what_is_left(instance: Any, **_options: Any) -> None:
    """The calls of an account that has gone are told by the others of its company from now on."""
    from telephony.tasks import enqueue_settling

    pk = instance.pk

    def enqueue() -> None:
        instance.pk = pk  # which Django has taken away
        enqueue_settling(instance)

    transaction.on_commit(enqueue)


def recount_after_a_move(instance: Any, created: bool, update_fields: Any, **_options: Any) -> None:
    """Count a person's calls by the days of her new time zone, in the background."""
    from telephony.tasks import enqueue_counting

    if not created and (update_fields is None or "time_zone" in update_fields):
        transaction.on_commit(lambda: enqueue_counting(instance))


def keep_search_index(using: str, **_options: Any) -> None:
    """Put back what a migration has dropped with the table of calls."""
    from django.db import connections

    from telephony.services.search_index import install

    if "telephony_call" in connections[using].introspection.table_names():
        install(connections[using])
