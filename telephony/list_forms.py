"""Forms of the phone book and of saved views."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.countries import country_choices
from accounts.kept_forms import OwnedForm
from config.form_widgets import Select
from telephony.services.phone_book import MOST_BYTES


class SavedViewForm(OwnedForm):
    """A name for a search, and whether the list is to begin with it."""

    name = forms.CharField(
        label=gettext_lazy("Name of the view"),
        max_length=80,
        error_messages={"required": gettext_lazy("Give the view a name.")},
    )
    default = forms.BooleanField(label=gettext_lazy("Begin with this view"), required=False)


class EntryForm(OwnedForm):
    """One entry of the phone book."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    number = forms.CharField(
        label=gettext_lazy("Number"),
        max_length=60,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )


class PhoneBookFileForm(forms.Form):
    """A CSV file, and the country in which its national numbers are dialled."""

    file = forms.FileField(
        label=gettext_lazy("CSV file"),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,text/csv"}),
        help_text=gettext_lazy(
            "As Google, Outlook and others export contacts; or lines of name and number. At most 2 MB."
        ),
        error_messages={
            "required": gettext_lazy("Choose a file first."),
            "empty": gettext_lazy("The file is empty."),
        },
    )
    region = forms.ChoiceField(
        label=gettext_lazy("Country of numbers without a country code"),
        choices=country_choices,
        widget=Select,
    )

    def clean_file(self) -> Any:
        """Refuse what is too large before it is read."""
        file = self.cleaned_data["file"]
        if (file.size or 0) > MOST_BYTES:
            raise ValidationError(_("The file is larger than 2 MB."))
        return file
