"""The site's addresses with the development pages, which the tests' DEBUG=False leaves out."""

from __future__ import annotations

from django.urls import include, path

from config import dev_design, dev_mail
from config.urls import urlpatterns as site_urls

dev_pages = [
    path("design/", dev_design.design, name="design"),
    path("mail/", dev_mail.mailbox, name="mail"),
    path("mail/clear/", dev_mail.clear, name="mail-clear"),
]
urlpatterns = [*site_urls, path("dev/", include((dev_pages, "dev")))]
