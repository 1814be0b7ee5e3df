"""Forms about taking calls out and keeping them: exports, retention, forgetting a number."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.kept_forms import OwnedForm
from telephony.core.phone import for_display
from telephony.models import ExportFormat, RetentionAction, RetentionRule
from telephony.models.keeping import LONGEST_RULE
from telephony.services import export_columns
from telephony.services.forgetting import Traces
from telephony.services.number_forms import NotANumber, checked

CALL_FORMATS = [choice for choice in ExportFormat.choices() if choice[0] != ExportFormat.ZIP.value]


class ExportForm(forms.Form):
    """How the calls are written, and which columns; the columns keep their own order."""

    format = forms.ChoiceField(
        label=gettext_lazy("Format"), choices=CALL_FORMATS, initial=ExportFormat.CSV.value, widget=forms.RadioSelect
    )
    column = forms.MultipleChoiceField(
        label=gettext_lazy("Columns"),
        choices=export_columns.choices,
        initial=list(export_columns.DEFAULT_COLUMNS),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one column.")},
    )


class ExportAddressForm(ExportForm):
    """The same from an address, in which the columns may be left out."""

    column = forms.MultipleChoiceField(choices=export_columns.choices, required=False)


class RetentionForm(OwnedForm):
    """How long the calls of one account are kept."""

    days = forms.IntegerField(
        label=gettext_lazy("Keep calls for so many days"),
        required=False,
        validators=[
            MinValueValidator(1, gettext_lazy("Enter at least one day.")),
            MaxValueValidator(LONGEST_RULE, gettext_lazy("Enter at most 36,500 days, which are a hundred years.")),
        ],
        help_text=gettext_lazy("Leave it empty to keep them for as long as the site allows."),
        widget=forms.NumberInput(attrs={"min": 1, "max": LONGEST_RULE, "inputmode": "numeric"}),
    )
    action = forms.ChoiceField(label=gettext_lazy("Then"), choices=RetentionAction.choices(), widget=forms.RadioSelect)

    @classmethod
    def of(cls, rule: RetentionRule | None, typed: dict[str, str]) -> RetentionForm:
        """The form with a stored rule in it, or with what was typed and is not stored yet."""
        action = rule.action if rule else RetentionAction.ANONYMISE.value
        return cls(initial={"days": rule.days if rule else None, "action": action} | typed)


class ForgetForm(OwnedForm):
    """A number that is to be forgotten."""

    number = forms.CharField(
        label=gettext_lazy("Number"),
        max_length=40,
        help_text=gettext_lazy("With the country code, such as +49 211 5800, or as you dial it."),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off", "inputmode": "tel"}),
    )

    def clean_number(self) -> str:
        """Extensions and short codes are no numbers of somebody outside."""
        number = str(self.cleaned_data["number"])
        try:
            checked(number)
        except NotANumber as error:
            raise forms.ValidationError(
                _("Enter the whole number, at least seven digits. Extensions and short codes cannot be forgotten.")
            ) from error
        return number


class ForgetTheseForm(OwnedForm):
    """Which of the numbers that may be meant are to be forgotten; where there is one, there is nothing to choose."""

    number = forms.CharField(max_length=40, widget=forms.HiddenInput)
    chosen = forms.MultipleChoiceField(
        label=gettext_lazy("Forget"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": gettext_lazy("Choose at least one number."),
            "invalid_choice": gettext_lazy(
                "Your calls have changed meanwhile. Nothing was forgotten; look at it again."
            ),
        },
    )

    def __init__(self, typed: str, found: list[Traces], data: QueryDict | None = None) -> None:
        self.choices = [(one.number, for_display(one.number)) for one in found]
        occurring = [one.number for one in found if not one.nothing]
        super().__init__(data, initial={"number": typed, "chosen": occurring})
        field = cast(forms.MultipleChoiceField, self.fields["chosen"])
        field.choices = self.choices
        if len(self.choices) == 1:
            field.required, field.widget = False, forms.MultipleHiddenInput()
            self.initial["chosen"] = [self.choices[0][0]]

    @property
    def numbers(self) -> list[str]:
        """What was chosen in a valid form."""
        return list(self.cleaned_data["chosen"]) or [number for number, _shown in self.choices]


def chosen(form: forms.Form) -> tuple[ExportFormat, list[Any]]:
    """Format and columns of a valid export form."""
    return ExportFormat(form.cleaned_data["format"]), list(form.cleaned_data["column"])
