"""Forms about the person herself."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language, get_supported_language_variant, gettext
from django.utils.translation import gettext_lazy as _

from accounts.countries import country_choices, country_name
from accounts.kept_forms import OwnedForm
from accounts.models import User
from config.form_widgets import Select


class SignupExtrasForm(forms.Form):
    """What sign-up asks beside e-mail address and password; allauth mixes it into its own form."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )

    def signup(self, request: HttpRequest, user: User) -> None:
        """Called by allauth with the user that has just been created; she keeps the language of the form."""
        user.name = self.cleaned_data["name"]
        user.language = get_supported_language_variant(get_language() or settings.LANGUAGE_CODE)
        user.save(update_fields=["name", "language"])


class ProfileForm(OwnedForm, forms.ModelForm[User]):
    """Name, time zone, country of numbers, and language. The page offers the known zones as a searchable list (datalist).

    `guessed_region` is the country that holds while the person has chosen none.
    """

    region = forms.ChoiceField(
        label=_("Country of numbers without country code"),
        required=False,
        widget=Select,
        help_text=_(
            "In the phone book, and wherever no account is chosen, a number such as 0211 5800 is one of this country. "
            "In a call or text it is one of the country of the account that you use."
        ),
    )

    class Meta:
        model = User
        fields = ["name", "time_zone", "region", "language"]
        labels = {"name": _("Your name")}
        help_texts = {
            "name": _("Shown to you in the menu and in our mails. Nobody else sees it, apart from our support desk."),
            "time_zone": _("All times on the site are shown in this zone. Type a city to search, such as Berlin."),
        }
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "time_zone": forms.TextInput(attrs={"list": "time-zones", "autocomplete": "off", "spellcheck": "false"}),
        }

    def __init__(self, *args: Any, guessed_region: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["region"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  # declared above
        guess = gettext("From your accounts and time zone: %(country)s") % {"country": country_name(guessed_region)}
        field.choices = [("", guess), *country_choices()]


class DeleteAccountForm(forms.Form):
    """Asks the person to type her own e-mail address, so that nobody deletes an account by a slip."""

    email = forms.CharField(label=_("Your e-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "off"}))

    def __init__(self, person: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person

    def clean_email(self) -> str:
        """Accepts the person's address in any case."""
        email = str(self.cleaned_data["email"]).strip()
        if email.lower() != self.person.email.lower():
            raise forms.ValidationError(
                _("“%(typed)s” is not the address of this account. Type %(email)s to delete it."),
                params={"typed": email, "email": self.person.email},
            )
        return email
