"""Nothing typed is lost: what was sent while nobody was signed in waits in the browser's session for its writer to be back.

The form carries its writer's id, signed, so that whoever signs in next in the same browser does not get somebody else's words. Never for
forms that hold secrets.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec

from django import forms
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts.models import User

OWNER = "owner"
LONGEST = 20_000  # characters of one field
PATH = "path"
P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def _own_address(request: HttpRequest) -> str:
    return request.path


class OwnedForm(forms.Form):
    """The hidden field that such a form needs."""

    owner = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)


@dataclass(frozen=True, slots=True)
class KeptForm:
    """One form of the site. `name` is its place in the session, `fields` are kept.

    `page` gives the address of the page that shows the form, from the request that posted it: usually the same.
    """

    name: str
    fields: tuple[str, ...]
    page: Callable[[HttpRequest], str] = _own_address

    @property
    def _salt(self) -> str:
        return f"kept_form.{self.name}"

    def owner_mark(self, person: User) -> str:
        """Whose form it is, for the hidden field."""
        return signing.dumps(person.pk, salt=self._salt)

    def stash(self, request: HttpRequest) -> None:
        """Keep what was posted, for the page of the form: that of one account is not that of another."""
        kept = {name: request.POST.get(name, "")[:LONGEST] for name in (*self.fields, OWNER)}
        request.session[self.name] = kept | {PATH: self.page(request).partition("?")[0]}

    def restored(self, request: HttpRequest, person: User) -> dict[str, str]:
        """What the person had typed before she had to sign in again, once; {} where there is nothing, or it is not hers."""
        kept = request.session.get(self.name)
        if not isinstance(kept, dict) or kept.get(PATH) != request.path:
            return {}
        del request.session[self.name]
        try:
            owner = signing.loads(str(kept.get(OWNER, "")), salt=self._salt)
        except signing.BadSignature:
            return {}
        return {name: str(kept.get(name, "")) for name in self.fields} if owner == person.pk else {}

    def initial(self, request: HttpRequest, person: User) -> dict[str, str]:
        """What the form starts with; with a message where it is what she had typed."""
        kept = self.restored(request, person)
        if kept:
            messages.info(request, _("You had to sign in again. What you typed is still here and was not saved yet."))
        return kept | {OWNER: self.owner_mark(person)}

    def required(self, view: View[P]) -> View[P]:
        """In the place of `login_required`: what somebody posts who is signed out meanwhile is kept until she is back."""

        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if request.user.is_authenticated:
                return view(request, *args, **kwargs)
            if request.method == "POST":
                self.stash(request)
                return redirect_to_login(self.page(request))
            return redirect_to_login(request.get_full_path())

        return guarded
