"""Forms of the telephony pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.form_widgets import Select
from telephony.core.call_filter import CallFilter
from telephony.core.call_periods import CallPeriod
from telephony.core.enums import LabelledEnum
from telephony.core.environment import Environment
from telephony.core.phone import digits
from telephony.core.spec import PersonalToken, ProviderSpec
from telephony.core.types import Direction, Kind, LogScope, Outcome, TelephoneSystem
from telephony.models import LinkedAccount
from telephony.services.linking import personal_token_fault

EARLIEST, LATEST = date(1990, 1, 1), date(2100, 12, 31)  # what a date in a search can mean
LONGEST_TALK = 2_000_000_000  # seconds; what fits into the column
FIRST_FIELDS = ("q", "period")


class PersonalTokenForm(forms.Form):
    """A personal access token, and where it is to be used if there is a choice. The token is never put into a page again."""

    token_id = forms.CharField(max_length=200)
    token = forms.CharField(max_length=500)
    environment = forms.ChoiceField(label=gettext_lazy("Server"))

    def __init__(self, spec: ProviderSpec, environments: tuple[Environment, ...], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        assert spec.personal_token is not None  # noqa: S101  # the view has made sure; this tells mypy
        self.spec = spec
        self.environments = {environment.key: environment for environment in environments}
        self._describe(spec.personal_token)

    def _describe(self, personal: PersonalToken) -> None:
        example = _("Such as %(example)s")
        fields = self.fields
        fields["token_id"].label, fields["token"].label = personal.id_label, personal.token_label
        fields["token_id"].help_text = example % {"example": personal.id_example}
        fields["token"].help_text = example % {"example": personal.token_example}
        quiet = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}
        fields["token_id"].widget.attrs.update(quiet)
        fields["token"].widget = forms.PasswordInput(attrs=quiet | {"autocomplete": "new-password"})
        if len(self.environments) < 2:
            del fields["environment"]
        else:
            choices = [(environment.key, environment.label) for environment in self.environments.values()]
            fields["environment"].choices = choices  # type: ignore[attr-defined]  # it is a ChoiceField

    def clean(self) -> dict[str, Any]:
        """Tell which of the two is malformed, before anything is sent."""
        values = super().clean() or self.cleaned_data
        if "token_id" in values and "token" in values:
            self._refuse_malformed(values["token_id"], values["token"])
        return values

    def _refuse_malformed(self, token_id: str, token: str) -> None:
        fault = personal_token_fault(self.spec, token_id, token)
        if fault == "id":
            self.add_error("token_id", _("This does not look like a token ID. Copy it once more, without spaces."))
        elif fault == "token":
            self.add_error("token", _("This does not look like a token. Copy all of it once more, without spaces."))

    @property
    def chosen_environment(self) -> Environment:
        """Where the token is to be used; only for a valid form."""
        key = self.cleaned_data.get("environment") or next(iter(self.environments))
        return self.environments[key]


def _day_field(label: object) -> forms.DateField:
    return forms.DateField(
        label=label,  # type: ignore[arg-type]  # a lazy text, as everywhere in Django
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        validators=[
            MinValueValidator(EARLIEST, gettext_lazy("Calls before 1990 cannot be searched.")),
            MaxValueValidator(LATEST, gettext_lazy("This day is too far in the future.")),
        ],
    )


def _choice_field(label: object, vocabulary: type[LabelledEnum], everything: object) -> forms.ChoiceField:
    choices = [("", everything), *vocabulary.choices()]
    return forms.ChoiceField(label=label, required=False, choices=choices, widget=Select)  # type: ignore[arg-type]  # lazy texts


class SystemForm(forms.Form):
    """Which telephone system is read."""

    system = forms.ChoiceField(label=gettext_lazy("Read this telephone system"), widget=forms.RadioSelect)

    def __init__(self, systems: Sequence[TelephoneSystem], data: Mapping[str, Any] | None = None) -> None:
        read = next((one.key for one in systems if one.is_read), None)
        super().__init__(data, initial={"system": read})
        self.fields["system"].choices = [(one.key, one.name) for one in systems]  # type: ignore[attr-defined]  # a ChoiceField


class TalkTimeField(forms.CharField):
    """Whole seconds, or minutes and seconds with a colon; the value is in seconds, or None."""

    def __init__(self, label: object) -> None:
        attributes = {"autocomplete": "off", "inputmode": "numeric"}
        super().__init__(label=label, required=False, max_length=9, widget=forms.TextInput(attrs=attributes))  # type: ignore[arg-type]  # a lazy text

    def clean(self, value: Any) -> Any:
        """Raises ValidationError for anything else."""
        text = str(super().clean(value) or "")
        parts = text.split(":")
        if not text:
            return None
        if len(parts) > 3 or not all(part.isascii() and part.isdigit() for part in parts):
            raise forms.ValidationError(_("Enter seconds, such as 90, or minutes and seconds, such as 1:30."))
        seconds = 0
        for part in parts:
            seconds = seconds * 60 + int(part)
        return min(seconds, LONGEST_TALK)


class CallFilterForm(forms.Form):
    """The search of a call log, from the query string. A field that is wrong says so and is left out; the others still count."""

    q = forms.CharField(
        label=gettext_lazy("Number or name"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    period = _choice_field(gettext_lazy("Period"), CallPeriod, gettext_lazy("Any time"))
    since = _day_field(gettext_lazy("From"))
    until = _day_field(gettext_lazy("Until"))
    direction = _choice_field(gettext_lazy("Direction"), Direction, gettext_lazy("All directions"))
    outcome = _choice_field(gettext_lazy("Outcome"), Outcome, gettext_lazy("All outcomes"))
    kind = _choice_field(gettext_lazy("Kind"), Kind, gettext_lazy("All kinds"))
    extension = forms.CharField(
        label=gettext_lazy("Extensions (101, 102)"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    shortest = TalkTimeField(gettext_lazy("Talked at least"))
    longest = TalkTimeField(gettext_lazy("Talked at most"))
    recorded = forms.BooleanField(label=gettext_lazy("With a recording"), required=False)
    number = forms.CharField(
        label=gettext_lazy("Number"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "inputmode": "tel"}),
    )
    account = forms.ChoiceField(label=gettext_lazy("Account"), required=False, widget=Select)
    scope = forms.ChoiceField(required=False, choices=LogScope.choices(), widget=forms.HiddenInput)

    def __init__(self, accounts: list[LinkedAccount], *args: Any, choose_account: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.accounts = accounts
        if choose_account:
            choices = [("", _("All accounts")), *((str(account.pk), str(account)) for account in accounts)]
            self.fields["account"].choices = choices  # type: ignore[attr-defined]  # it is a ChoiceField
        else:
            del self.fields["account"]
        if not self.data.get("number"):
            self.fields["number"].widget = forms.HiddenInput()  # older addresses have it; the search box does the same

    @property
    def first_fields(self) -> list[forms.BoundField]:
        """What is always shown."""
        return [field for field in self.visible_fields() if field.name in FIRST_FIELDS]

    @property
    def further_fields(self) -> list[forms.BoundField]:
        """What opens on demand."""
        return [field for field in self.visible_fields() if field.name not in FIRST_FIELDS]

    @property
    def further_open(self) -> bool:
        """Whether any of these is set or wrong."""
        return any(self.data.get(field.name) for field in self.further_fields)

    def clean_recorded(self) -> bool:
        """A tick box takes every text for a tick; in an address it may be a mistake."""
        told = str(self.data.get("recorded", ""))
        if told.lower() not in ("", "on", "1", "true", "0", "false"):
            raise forms.ValidationError(_("“%(text)s” is neither yes (on) nor no."), params={"text": told[:60]})
        return told != "0" and bool(self.cleaned_data["recorded"])

    def clean_number(self) -> str:
        """Something without digits cannot be a part of a number."""
        number = str(self.cleaned_data["number"])
        if number and not digits(number).strip("0"):
            raise forms.ValidationError(_("Enter a few digits of the number."))
        return number

    def clean(self) -> dict[str, Any]:
        """A search that ends before it begins, and a call log that is not one (its field is hidden)."""
        values = super().clean() or self.cleaned_data
        since, until = values.get("since"), values.get("until")
        if since and until and until < since:
            self.add_error("until", _("This day is before the first one."))
        shortest, longest = values.get("shortest"), values.get("longest")
        if shortest is not None and longest is not None and longest < shortest:
            self.add_error("longest", _("This is less than the shortest."))
        if "scope" in self.errors:
            self.add_error(None, _("There is no such call log; you see your own calls."))
        return values

    def call_filter(self) -> CallFilter:
        """What is asked for; days are those of the person's time zone."""
        self.is_valid()
        values = self.cleaned_data
        since, until = values.get("since"), values.get("until")
        if values.get("period") and not since and not until:
            since, until = CallPeriod(values["period"]).days(timezone.localdate())
        extensions = (text.strip() for text in (values.get("extension") or "").split(","))
        return CallFilter(
            text=values.get("q") or "",
            extensions=frozenset(text for text in extensions if text),
            shortest=values.get("shortest"),
            longest=values.get("longest"),
            recorded=bool(values.get("recorded")),
            since=_start_of(since),
            until=_start_of(until + timedelta(days=1)) if until else None,
            scope=LogScope(values.get("scope") or LogScope.OWN),
            directions=frozenset(_members(Direction, values.get("direction"))),
            outcomes=frozenset(_members(Outcome, values.get("outcome"))),
            kinds=frozenset(_members(Kind, values.get("kind"))),
            number=values.get("number") or "",
        )

    def chosen_accounts(self) -> list[LinkedAccount]:
        """The account that was chosen, or all."""
        wanted = self.cleaned_data.get("account")
        return [account for account in self.accounts if not wanted or str(account.pk) == wanted]


MemberT = TypeVar("MemberT", bound=LabelledEnum)


def _members(vocabulary: type[MemberT], value: str | None) -> list[MemberT]:
    return [vocabulary(value)] if value else []


def _start_of(day: date | None) -> datetime | None:
    return timezone.make_aware(datetime.combine(day, time.min)) if day else None
