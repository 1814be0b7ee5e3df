"""The admin app, with our site in the place of Django's."""

from django.contrib.admin.apps import AdminConfig


class SwitchboardAdminConfig(AdminConfig):
    """Kept apart from the site itself, which needs the models to be loaded."""

    default_site = "config.admin_site.SwitchboardAdminSite"
