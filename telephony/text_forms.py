"""The form for a text: what was typed is read strictly, and kept whatever is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.kept_forms import OwnedForm
from telephony.core.dialling import DialledNumber, NumberRefused, read_number
from telephony.core.phone import for_display
from telephony.core.segments import utf16_length
from telephony.core.texts import TextRules, TextSender
from telephony.models import LinkedAccount
from telephony.services.regions import region_dialled_from
from telephony.services.texting import LONGEST_BODY

Senders = Sequence[tuple[LinkedAccount, TextSender]]


class SenderSelect(forms.Select):
    """A selection whose options tell the script what holds for each sender."""

    rules: Mapping[str, TextRules] = {}

    def create_option(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The option, with the longest text and the price of one part where they are known."""
        option: dict[str, Any] = super().create_option(*args, **kwargs)
        rules = self.rules.get(str(option["value"]))
        if rules and rules.longest:
            option["attrs"]["data-longest"] = rules.longest
        if rules and rules.price:
            option["attrs"]["data-price"] = str(rules.price.amount)
            option["attrs"]["data-currency"] = rules.price.currency
        return option


class TextForm(OwnedForm):
    """Sender, recipient, words, and when. `clean` reads the recipient as the sender's country dials it."""

    sender = forms.ChoiceField(label=gettext_lazy("From"), widget=SenderSelect)
    recipient = forms.CharField(
        label=gettext_lazy("To"),
        max_length=80,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off", "list": "phone-book"}),
        help_text=gettext_lazy("A number with area code or country code, or a name of your phone book."),
        error_messages={"required": gettext_lazy("Say who is to get the text.")},
    )
    body = forms.CharField(
        label=gettext_lazy("Text"),
        strip=False,
        widget=forms.Textarea(attrs={"rows": 5, "data-text-body": "", "aria-describedby": "text-length"}),
        error_messages={"required": gettext_lazy("The text is empty. Write something first.")},
    )
    send_at = forms.DateTimeField(
        label=gettext_lazy("Send later"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        error_messages={"invalid": gettext_lazy("This is not a time. Write it as 2026-12-31T09:00.")},
    )
    confirmed = forms.BooleanField(required=False, label=gettext_lazy("Send it all the same"))
    key = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, senders: Senders, names: Mapping[str, str], region: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._senders = {choice_of(account, sender): (account, sender) for account, sender in senders}
        self._names, self._region = names, region
        self.number: DialledNumber | None = None
        choices = [(value, label_of(account, sender)) for value, (account, sender) in self._senders.items()]
        field = self.fields["sender"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  # declared above
        field.choices = choices
        field.error_messages["invalid_choice"] = _("This sender is not yours to use any more. Choose another one.")
        field.error_messages["required"] = _("Choose from where the text is sent.")
        rules = {value: account.spec.texts for value, (account, _sender) in self._senders.items()}
        field.widget.rules = rules
        if not any(rule and rule.longest_delay for rule in rules.values()):
            del self.fields["send_at"]

    @property
    def chosen(self) -> tuple[LinkedAccount, TextSender] | None:
        """The account and sender, None where none was chosen."""
        return self._senders.get(str(self.data.get("sender", "")))

    @property
    def needs_confirmation(self) -> str:
        """Why the number needs a second thought, "" where it does not."""
        return self.number.remark if self.number and self.number.needs_confirmation else ""

    def clean_recipient(self) -> str:
        """The number in E.164 form."""
        typed = str(self.cleaned_data["recipient"])
        typed = self._names.get(typed.strip().casefold(), typed)
        region = self._region
        if self.chosen:
            account, sender = self.chosen
            region = region_dialled_from(account, sender.number, self._region)
        try:
            self.number = read_number(typed, region, self._region)
        except NumberRefused as refusal:
            raise ValidationError(refusal.sentence) from refusal
        if self.number.e164 is None:
            raise ValidationError(_("Short numbers cannot be texted from here. Type the whole number with area code."))
        return self.number.e164

    def clean_body(self) -> str:
        """The words with plain line breaks; not empty, and no longer than the provider takes."""
        body = str(self.cleaned_data["body"]).replace("\r\n", "\n").replace("\r", "\n").strip()
        if not body:
            raise ValidationError(_("The text is empty. Write something first."))
        rules = self.chosen[0].spec.texts if self.chosen else None
        longest = min(rules.longest if rules and rules.longest else LONGEST_BODY, LONGEST_BODY)
        if (length := utf16_length(body)) > longest:
            raise ValidationError(
                ngettext(
                    "The text has %(length)d characters, and %(longest)d is the most that can be sent. Shorten it, or send it in parts.",
                    "The text has %(length)d characters, and %(longest)d are the most that can be sent. Shorten it, or send it in parts.",
                    longest,
                )
                % {"length": length, "longest": longest}
            )
        return body

    def clean_send_at(self) -> datetime | None:
        """A time that the provider can wait for."""
        at: datetime | None = self.cleaned_data["send_at"]
        if at is None or self.chosen is None:
            return at
        account, rules = self.chosen[0], self.chosen[0].spec.texts
        if rules is None or rules.longest_delay is None:
            raise ValidationError(
                _("%(provider)s cannot send texts later. Leave the time empty, or choose another sender.")
                % {"provider": account.provider_name}
            )
        if at <= timezone.now():
            raise ValidationError(_("This time has passed. Leave it empty to send the text now."))
        if at > timezone.now() + rules.longest_delay:
            raise ValidationError(
                _("%(provider)s keeps a text for %(days)d days at most. Choose an earlier time.")
                % {"provider": account.provider_name, "days": rules.longest_delay.days}
            )
        return at

    def clean(self) -> dict[str, Any]:
        """A number that may cost more than usual is sent to after a second press only."""
        cleaned = super().clean() or {}
        if self.needs_confirmation and not cleaned.get("confirmed"):
            self.add_error("recipient", self.needs_confirmation)
        return cleaned


def choice_of(account: LinkedAccount, sender: TextSender) -> str:
    """The value of a sender's option."""
    return f"{account.pk}:{sender.key}"


def label_of(account: LinkedAccount, sender: TextSender) -> str:
    """What a sender's option says: what recipients see, its name, and the account."""
    shown = for_display(sender.number) if sender.number else sender.name
    more = [sender.name] if sender.number and sender.name and sender.name != sender.number else []
    return " · ".join([shown, *more, str(account)])
