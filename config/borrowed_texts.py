"""Texts of Django and of packages that our pages show, and whose own German is missing or wrong. Nothing imports this module.

A text that is listed here is found in our catalogue first. humanize's German says “3 Tage her” where a sentence needs “vor 3 Tagen”.
"""

from django.utils.translation import gettext, npgettext

NATURAL_TIME = (
    gettext("%(delta)s ago"),
    gettext("%(delta)s from now"),
    npgettext("naturaltime-past", "%(num)d year", "%(num)d years", 1),
    npgettext("naturaltime-past", "%(num)d month", "%(num)d months", 1),
    npgettext("naturaltime-past", "%(num)d week", "%(num)d weeks", 1),
    npgettext("naturaltime-past", "%(num)d day", "%(num)d days", 1),
    npgettext("naturaltime-past", "%(num)d hour", "%(num)d hours", 1),
    npgettext("naturaltime-past", "%(num)d minute", "%(num)d minutes", 1),
    npgettext("naturaltime-future", "%(num)d year", "%(num)d years", 1),
    npgettext("naturaltime-future", "%(num)d month", "%(num)d months", 1),
    npgettext("naturaltime-future", "%(num)d week", "%(num)d weeks", 1),
    npgettext("naturaltime-future", "%(num)d day", "%(num)d days", 1),
    npgettext("naturaltime-future", "%(num)d hour", "%(num)d hours", 1),
    npgettext("naturaltime-future", "%(num)d minute", "%(num)d minutes", 1),
)
