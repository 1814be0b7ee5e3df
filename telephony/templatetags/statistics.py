"""Figures of statistics as people write them: {% load statistics %}."""

from __future__ import annotations

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def percent(share: float | None) -> str:
    """A share in whole percent, with one digit below 10 and above 90; a dash where there is none."""
    if share is None:
        return "–"
    digits = 0 if 10 <= share <= 90 or share in (0, 100) else 1
    return _("%(share)s%%") % {"share": number_format(round(share, digits), digits)}


@register.filter
def hours_and_minutes(seconds: int) -> str:
    """A sum of talk times, to the minute: 12 h 31 min, 4 h."""
    hours, minutes = divmod(round(seconds / 60), 60)
    if not hours:
        return _("%(minutes)d min") % {"minutes": minutes}
    grouped = number_format(hours, 0, force_grouping=True)
    if not minutes:
        return _("%(hours)s h") % {"hours": grouped}
    return _("%(hours)s h %(minutes)d min") % {"hours": grouped, "minutes": minutes}
