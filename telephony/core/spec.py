"""The declaration of a provider. One ProviderSpec per folder is all that shared code ever learns about a provider."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from telephony.core.client import ClientContext, ProviderClient
from telephony.core.environment import CUSTOM, Environment
from telephony.core.leg_words import humanised
from telephony.core.oauth import ClientAuthentication, OAuthEndpoints, TokenRefusal
from telephony.core.texts import TextRules
from telephony.core.types import CallRecord, Feature, Json, LogScope, TelephoneSystem

Needs = Mapping[Feature, tuple[frozenset[str], ...]]
"""For each feature, alternatives: each is a set of scopes that together suffice."""


@dataclass(frozen=True, slots=True)
class Scope:
    """One OAuth scope: its wire name, what it gives in the person's words (translatable), and whether new clients ask for it.

    `adds_to` are features that work without it and show more with it.
    """

    name: str
    gives: Any
    default: bool = True
    adds_to: tuple[Feature, ...] = ()


@dataclass(frozen=True, slots=True)
class AuthorizeParameter:
    """An extra query parameter of the authorize URL that staff may set, such as RingCentral's brand_id."""

    name: str
    label: Any
    help: Any = ""
    choices: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class RefreshRule:
    """How this provider's refresh tokens live (seconds).

    `access_lifetime` and `refresh_lifetime` hold when an answer does not say. `single_use`: each refresh replaces the token.
    `grace`: for how long a used refresh token still brings the same answer back. `idle_refresh`: refresh at least this often, used or not.
    `slides`: whether a new refresh token lives its full life again; else the link ends that long after the grant, however often it is
    renewed. `replaced_after`: the share of a refresh token's life after which a refresh brings a new one; 0 where each does.
    """

    access_lifetime: int
    refresh_lifetime: int
    single_use: bool
    grace: int = 0
    idle_refresh: int = 86_400
    slides: bool = True
    replaced_after: float = 0.0


@dataclass(frozen=True, slots=True)
class PersonalToken:
    """Linking with a token that the person made at the provider, sent as HTTP Basic (token id, token).

    The patterns are regular expressions for the whole value and deliberately loose; the examples are shown in the form.
    """

    id_label: Any
    id_pattern: str
    id_example: str
    token_label: Any
    token_pattern: str
    token_example: str
    create_url: str
    help: Any


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most `requests` in any `window` seconds for one person and OAuth client; after one too many, `penalty` seconds of silence."""

    requests: int
    window: float
    penalty: float


@dataclass(frozen=True, slots=True)
class Portal:
    """Where staff register the OAuth client, and where people look after their contract."""

    name: Any
    url: str
    steps: tuple[Any, ...]
    billing_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSpec:
    """Everything that shared code needs to know about a provider.

    `needs` maps a feature to alternatives: each is a set of scopes that together suffice. `not_offered` maps a feature that the provider
    does not have to a sentence that says so. `log_scopes` are the call logs there are. `endpoints` turns an environment into URLs.
    `rate_limits` are the published limits by group, and `rate_group` tells the group of a request (method, URL), "" for none.
    `icon` is the static path of the logo. `token_refusal` reads the provider's own error codes at the token endpoint, for refusals whose
    OAuth error says less than they mean. `extra_hosts` are the hosts of sign-in pages that the authorize URL redirects the browser to.
    `own_needs` tells from a link's keys what features need where that differs from account to account; see `needs_of`.
    `systems` tells from a link's keys which telephone systems the same credentials reach, where the provider has such people; one of
    them is read, and the person chooses which (see CHOSEN_SYSTEM).
    `shares_answers` says that facts and extensions come from the same answers in part: a page then reads both in one go, so that nothing is
    asked twice. `texts` are the rules for sending texts, None where the provider sends none; its client is then SendsTexts.
    `company` tells from a link's keys which company's calls are read, in the provider's own words, so that a call that two accounts of one
    company tell is known to be one; "" where it is not known.
    `read_record` reads a kept vendor record of a call log again: the record, and the link's keys. `mapping_version` is
    raised when that gives something else than before, so that stored calls are made anew by `manage.py rederive`.
    `leg_words` words the label of a leg in the active language; labels are stored in the provider's own words.
    """

    slug: str
    name: str
    icon: str
    scopes: tuple[Scope, ...]
    needs: Needs
    environments: tuple[Environment, ...]
    endpoints: Callable[[Environment], OAuthEndpoints]
    client: Callable[[ClientContext], ProviderClient]
    refresh_rule: RefreshRule
    portal: Portal
    sandbox: Environment | None = None
    sandbox_credentials: tuple[str, str] = ("", "")
    client_authentication: ClientAuthentication = ClientAuthentication.BASIC
    token_refusal: TokenRefusal | None = None
    authorize_parameters: tuple[AuthorizeParameter, ...] = ()
    not_offered: Mapping[Feature, Any] = field(default_factory=dict)
    log_scopes: tuple[LogScope, ...] = (LogScope.OWN, LogScope.COMPANY)
    personal_token: PersonalToken | None = None
    rate_limits: Mapping[str, RateLimit] = field(default_factory=dict)
    rate_group: Callable[[str, str], str] = field(default=lambda _method, _url: "")
    extra_hosts: frozenset[str] = frozenset()
    shares_answers: bool = False
    mapping_version: int = 1
    read_record: Callable[[Json, Json], CallRecord | None] = field(default=lambda _record, _keys: None)
    company: Callable[[Json], str] = field(default=lambda _keys: "")
    own_needs: Callable[[Json], Needs] = field(default=lambda _keys: {})
    systems: Callable[[Json], tuple[TelephoneSystem, ...]] = field(default=lambda _keys: ())
    texts: TextRules | None = None
    leg_words: Callable[[str], str] = humanised

    def environment(self, key: str) -> Environment | None:
        """The production environment with this key, None for another."""
        return next((environment for environment in self.environments if environment.key == key), None)

    def custom_environment(self, auth_url: str, api_url: str) -> Environment:
        """An environment at hosts that staff or the environment variables name; empty URLs mean the first production one's."""
        first = self.environments[0]
        return Environment(CUSTOM, CUSTOM, auth_url or first.auth_url, api_url or first.api_url)

    def needs_of(self, keys: Json) -> Needs:
        """What features need for a link with these keys: `needs`, with `own_needs` instead where these say something."""
        return {**self.needs, **self.own_needs(keys)}

    @property
    def scope_names(self) -> tuple[str, ...]:
        """Wire names of all known scopes, in the order they are shown."""
        return tuple(scope.name for scope in self.scopes)

    @property
    def default_scopes(self) -> tuple[str, ...]:
        """Wire names of the scopes that a new client asks for."""
        return tuple(scope.name for scope in self.scopes if scope.default)

    def features_of_scope(self, name: str) -> tuple[Feature, ...]:
        """The features that can use a scope, for the check-boxes in the admin."""
        return tuple(feature for feature, ways in self.needs.items() if any(name in way for way in ways))

    def follows_texts_with(self, name: str) -> bool:
        """Whether a scope is what it takes to see what became of texts, and which came in."""
        return self.texts is not None and name in self.texts.reading_scopes
