"""The WSGI entry point: ``gunicorn config.wsgi``."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

from telephony.checks import refuse_wrong_keys  # noqa: E402  # needs the apps that the line above has loaded

refuse_wrong_keys()

# Everything that is loaded now stays: looking through it for garbage, again and again, took a twentieth of a page's time.
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 20, 20)
