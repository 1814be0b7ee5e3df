"""The mail that tells a person that her export is ready."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils import timezone, translation

from telephony.models import Export


def send_ready(export: Export) -> None:
    """Send it in her language and zone. The link needs her to sign in; nothing of the content is in the mail."""
    with translation.override(export.language), timezone.override(ZoneInfo(export.zone)):
        context = {"export": export, "url": f"{settings.BASE_URL}{export.get_absolute_url()}"}
        subject = render_to_string("telephony/email/export_ready_subject.txt", context).strip()
        message = render_to_string("telephony/email/export_ready_message.txt", context)
    send_mail(f"{settings.ACCOUNT_EMAIL_SUBJECT_PREFIX}{subject}", message, None, [export.user.email])
