"""Pages for developers, mounted only while DEBUG is on."""

from __future__ import annotations

from django.urls import path

from config import dev_design, dev_mail

app_name = "dev"

urlpatterns = [path("design/", dev_design.design, name="design")]

if dev_mail.is_file_based():
    urlpatterns += [
        path("mail/", dev_mail.mailbox, name="mail"),
        path("mail/clear/", dev_mail.clear, name="mail-clear"),
    ]
