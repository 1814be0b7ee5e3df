"""Tables of the telephony pages."""

from __future__ import annotations

import django_tables2 as tables
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from telephony.core.phone import for_display
from telephony.core.types import ExtensionKind
from telephony.models import Extension

KIND_ICONS = {
    ExtensionKind.USER: "user",
    ExtensionKind.DEVICE: "monitor",
    ExtensionKind.PHONE_LINE: "phone",
    ExtensionKind.NUMBER: "hash",
    ExtensionKind.QUEUE: "users",
    ExtensionKind.GROUP: "users",
    ExtensionKind.VOICEMAIL_BOX: "voicemail",
    ExtensionKind.FAX_LINE: "fax",
    ExtensionKind.MENU: "list",
    ExtensionKind.CHANNEL: "phone",
}


class ExtensionTable(tables.Table):  # type: ignore[misc]  # django-tables2 ships no types
    """Users, devices, lines and numbers of one account."""

    name = tables.Column(verbose_name=_("Name"), empty_values=(), order_by=("name", "number"))
    kind = tables.Column(verbose_name=_("Kind"), order_by=("rank", "number"))
    number = tables.Column(verbose_name=_("Number"), empty_values=())
    owner = tables.Column(verbose_name=_("Belongs to"))
    status = tables.Column(verbose_name=_("Status"), empty_values=(), order_by=("online", "status"))

    class Meta:
        model = Extension
        fields = ("name", "kind", "number", "owner", "status")
        default = ""

    def render_name(self, record: Extension) -> str:
        """The name, with the vendor's own type below it."""
        return _cell("name", record)

    def render_kind(self, record: Extension) -> str:
        """Icon and word."""
        kind = ExtensionKind(record.kind)
        return render_to_string(
            "telephony/cells/kind.html", {"kind": kind, "icon_name": KIND_ICONS.get(kind, "circle")}
        )

    def render_number(self, record: Extension) -> str:
        """The number and further ones, in groups."""
        further = [for_display(str(number)) for number in record.numbers if number != record.number]
        context = {
            "number": for_display(record.number),
            "further": further,
            "dial": record.number,
            "account": record.account_id,
        }
        return SafeString(render_to_string("telephony/cells/number.html", context).strip())  # nosec B703  # a template escapes

    def render_status(self, record: Extension) -> str:
        """Online or not, and the vendor's status."""
        return _cell("status", record)


def _cell(name: str, record: Extension) -> str:
    # Without the template's line ends an empty cell is empty, and a phone leaves it out.
    return SafeString(render_to_string(f"telephony/cells/{name}.html", {"record": record}).strip())  # nosec B703
