"""Apps of others, as this site calls them."""

from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _
from django_tasks_db.apps import TasksAppConfig


class SwitchboardAdminConfig(AdminConfig):
    """Kept apart from the site itself, which needs the models to be loaded."""

    default_site = "config.admin_site.SwitchboardAdminSite"


class TaskQueueConfig(TasksAppConfig):
    """The queue in the database, under a name for people."""

    verbose_name = _("Background tasks")  # type: ignore[assignment]  # a lazy text, as Django's own
