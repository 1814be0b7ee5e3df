"""Forms of the telephony pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from telephony.core.environment import Environment
from telephony.core.spec import PersonalToken, ProviderSpec
from telephony.services.linking import personal_token_fault


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
