"""The form that starts a call."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from telephony.core.calling import CallingDevice
from telephony.core.dialling import DialledNumber, NumberRefused, read_number
from telephony.models import LinkedAccount, PlacedCall
from telephony.services.regions import Regions, home_region, region_dialled_from

_signer = Signer(salt="telephony.calling-device")


def signed(account: LinkedAccount, device: CallingDevice) -> str:
    """A device as a form carries it. Signed, so that nothing rings but what the provider has offered for this account."""
    return _signer.sign_object([account.pk, device.key, device.name, device.number], compress=True)


def unsigned(account: LinkedAccount, value: str) -> CallingDevice | None:
    """The device behind a form's value; None for one that was not offered for this account."""
    try:
        pk, key, name, number = _signer.unsign_object(value)
    except (BadSignature, ValueError, TypeError):
        return None
    return CallingDevice(key, name, number) if pk == account.pk else None


class CallForm(forms.Form):
    """Whom to call, from which device of which account. `dialled` is the number once it is valid, `chosen` the account.

    `cost_known` and `again` are asked for only where they matter: where the number costs more or nobody seems to have it,
    and where `doubtful` is an earlier call to it that may still run.
    """

    number = forms.CharField(
        label=gettext_lazy("Number"),
        max_length=80,
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Type the number.")},
    )
    account = forms.ChoiceField(
        label=gettext_lazy("Account"),
        error_messages={"required": gettext_lazy("Choose the account to call with.")},
    )
    device = forms.CharField(
        required=False, max_length=2000, error_messages={"max_length": gettext_lazy("Choose the device anew.")}
    )
    cost_known = forms.BooleanField(required=False, label=gettext_lazy("I know that this call costs more"))
    again = forms.BooleanField(required=False, label=gettext_lazy("I have looked: call again"))
    once = forms.CharField(max_length=40, widget=forms.HiddenInput)

    def __init__(self, *args: Any, person: User, accounts: Sequence[LinkedAccount], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._person = person
        self.accounts = {str(account.pk): account for account in accounts}
        field = self.fields["account"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  # for the type checker
        field.choices = [(key, str(account)) for key, account in self.accounts.items()]
        if len(self.accounts) == 1:
            field.widget = forms.HiddenInput()
        self.dialled: DialledNumber | None = None
        self.doubtful: PlacedCall | None = None

    @property
    def chosen(self) -> LinkedAccount | None:
        """The account that is chosen now, whether or not the form is valid."""
        wanted = str(self["account"].value() or "")
        return self.accounts.get(wanted) or next(iter(self.accounts.values()), None)

    @property
    def key(self) -> str:
        """What makes a second click the same call: the form's own key, with the account and number that it was sent with."""
        sent = f"{self.cleaned_data['account']} {self.dialled.number if self.dialled else ''}"
        return f"{self.cleaned_data['once']}-{hashlib.sha256(sent.encode()).hexdigest()[:16]}"

    def look_at_number(self) -> str:
        """Read the number that the form starts with; gives the sentence of a refusal, "" where there is none."""
        typed = str(self["number"].value() or "")
        if not typed:
            return ""
        try:
            self.dialled = self._read(typed)
        except NumberRefused as refused:
            return refused.sentence
        return ""

    def clean_number(self) -> str:
        """E.164, or a short number."""
        try:
            self.dialled = self._read(self.cleaned_data["number"])
        except NumberRefused as refused:
            raise ValidationError(refused.sentence) from refused
        return self.dialled.number

    def clean(self) -> dict[str, Any]:
        """The device has to belong to the account, and what costs more has to be known."""
        data = super().clean() or self.cleaned_data
        account = self.accounts.get(data.get("account", ""))
        if account and "device" not in self.errors:
            data["calling_device"] = unsigned(account, data.get("device", ""))
            if data["calling_device"] is None:
                self.add_error("device", _("Choose the device that shall ring."))
        if self.dialled and self.dialled.needs_confirmation and not data.get("cost_known"):
            self.add_error("cost_known", _("Tick this box if you want to call all the same."))
        return data

    def _read(self, typed: str) -> DialledNumber:
        """As the telephone that is chosen would dial it. The emergency numbers of the person's own country count as well."""
        account, home = self.chosen, home_region(self._person)
        if account is None:
            return self._with_its_question(read_number(typed, home))
        device = unsigned(account, str(self["device"].value() or ""))
        regions = Regions([account])
        region = region_dialled_from(account, device.number if device else "", home, regions)
        return self._with_its_question(read_number(typed, region, regions.of(account, home), home))

    def _with_its_question(self, number: DialledNumber) -> DialledNumber:
        if number.needs_confirmation and number.cost is None:
            self.fields["cost_known"].label = _("The number is right as it stands here")
        return number
