"""The part of the contract that a provider's declaration has to keep."""
# ruff: noqa: S101  (assertions are what this module is for)

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.contrib.staticfiles import finders
from django.test import RequestFactory
from django.urls import reverse

from telephony.core.client_config import ClientConfig
from telephony.core.environment import Environment
from telephony.core.flow import LinkingAdapter, LinkingProvider, app_sub_id
from telephony.core.http import origin_of
from telephony.core.registry import find_spec
from telephony.core.spec import ProviderSpec
from telephony.core.types import OPTIONAL_FEATURES, Feature, LogScope

LOOPBACK = "http://127.0.0.1:9999"
SECRET = "contract-client-secret"  # noqa: S105  (invented)
LOG_FEATURES = {LogScope.OWN: Feature.OWN_CALLS, LogScope.COMPANY: Feature.COMPANY_CALLS}


class SpecContract:
    """`spec` is coherent, its folder is registered, and its authorize URL is safe."""

    spec: ClassVar[ProviderSpec]
    provider_class: ClassVar[type[LinkingProvider]]

    def test_presence_is_registration(self) -> None:
        assert find_spec(self.spec.slug) is self.spec, "apps.py must hold the spec"
        assert re.fullmatch(r"[a-z][a-z0-9_]*", self.spec.slug)
        assert self.spec.name.strip()
        assert self.provider_class.id == self.spec.slug
        assert self.provider_class.spec is self.spec

    def test_every_scope_says_what_it_gives(self) -> None:
        names = self.spec.scope_names
        assert len(set(names)) == len(names), "a scope is listed twice"
        assert all(name and not re.search(r"\s", name) for name in names)
        assert all(str(scope.gives).strip() for scope in self.spec.scopes)

    def test_every_scope_that_is_asked_for_has_a_use(self) -> None:
        for scope in self.spec.scopes:
            used = self.spec.features_of_scope(scope.name) or self.spec.follows_texts_with(scope.name)
            assert used or scope.adds_to, f"nothing on the site uses {scope.name}: leave it out, or say what it adds to"

    def test_texts_are_followed_with_known_scopes(self) -> None:
        if self.spec.texts is not None:
            assert self.spec.texts.reading_scopes <= set(self.spec.scope_names)

    def test_needs_name_known_scopes(self) -> None:
        for feature, ways in self.spec.needs.items():
            assert ways, f"{feature}: no way to have it"
            for way in ways:
                assert way <= set(self.spec.scope_names), f"{feature}: {sorted(way)} are not all known scopes"

    def test_every_feature_is_either_needed_for_or_not_offered(self) -> None:
        for feature in Feature:
            declared = (feature in self.spec.needs) + (feature in self.spec.not_offered)
            allowed = (0, 1) if feature in OPTIONAL_FEATURES else (1,)
            assert declared in allowed, f"{feature} must be in needs or in not_offered, and not in both"
        assert all(str(sentence).strip() for sentence in self.spec.not_offered.values())

    def test_log_scopes_and_features_agree(self) -> None:
        assert self.spec.log_scopes
        for log_scope, feature in LOG_FEATURES.items():
            assert (log_scope in self.spec.log_scopes) == (feature in self.spec.needs), feature

    def test_a_new_client_asks_for_scopes_that_make_reading_work(self) -> None:
        granted = set(self.spec.default_scopes)
        for feature in (Feature.ACCOUNT, Feature.EXTENSIONS, Feature.OWN_CALLS):
            ways = self.spec.needs.get(feature, (frozenset(),))
            assert any(way <= granted for way in ways), f"the default scopes do not give {feature}"

    def test_production_is_https_and_on_its_own_hosts(self) -> None:
        keys = [environment.key for environment in self.spec.environments]
        assert keys
        assert len(set(keys)) == len(keys)
        for environment in self.spec.environments:
            assert str(environment.label).strip()
            assert all(origin.startswith("https://") for origin in environment.origins), environment.origins
            self._check_endpoints(environment)

    def test_the_sandbox_is_relative_and_stays_on_one_origin(self) -> None:
        if self.spec.sandbox is None:
            return
        urls = (self.spec.sandbox.auth_url, self.spec.sandbox.api_url, *self.spec.sandbox.other_urls.values())
        assert all(url.startswith("/") and not url.endswith("/") for url in urls)
        at_home = self.spec.sandbox.at(LOOPBACK)
        assert at_home.origins == {LOOPBACK}
        self._check_endpoints(at_home)

    @pytest.mark.parametrize("tail", ["", "/", "/prefix", "/prefix/"])
    def test_a_custom_host_is_enough(self, tail: str) -> None:
        custom = self.spec.custom_environment(f"{LOOPBACK}{tail}", f"{LOOPBACK}{tail}")
        self._check_endpoints(custom)
        endpoints = self.spec.endpoints(custom)
        assert "//" not in urlsplit(endpoints.token).path

    def _check_endpoints(self, environment: Environment) -> None:
        endpoints = self.spec.endpoints(environment)
        for url in filter(None, (endpoints.authorize, endpoints.token, endpoints.revoke)):
            assert origin_of(url) in environment.origins, f"{url} is not one of the environment's hosts"
            assert urlsplit(url).path.strip("/"), f"{url} has no path"
        assert endpoints.authorize != endpoints.token

    def test_the_refresh_rule_can_be_kept(self) -> None:
        rule = self.spec.refresh_rule
        assert 0 < rule.access_lifetime < rule.refresh_lifetime
        assert rule.grace >= 0
        assert 0 < rule.idle_refresh < rule.refresh_lifetime, "an unused link would die before it is refreshed"

    def test_staff_are_told_how_to_register_the_client(self) -> None:
        portal = self.spec.portal
        assert str(portal.name).strip()
        assert portal.steps
        assert all(str(step).strip() for step in portal.steps)
        assert all(url.startswith("https://") for url in (portal.url, portal.billing_url) if url)

    def test_extra_authorize_parameters_are_labelled(self) -> None:
        for parameter in self.spec.authorize_parameters:
            assert parameter.name
            assert str(parameter.label).strip()
            assert all(str(label).strip() for _, label in parameter.choices)

    def test_the_examples_of_a_personal_token_fit_their_patterns(self) -> None:
        if (token := self.spec.personal_token) is None:
            return
        assert re.fullmatch(token.id_pattern, token.id_example)
        assert re.fullmatch(token.token_pattern, token.token_example)
        assert token.create_url.startswith("https://")
        assert all(str(text).strip() for text in (token.id_label, token.token_label, token.help))

    def test_the_icon_exists_and_is_harmless(self) -> None:
        found = finders.find(self.spec.icon)
        assert found, f"{self.spec.icon} is in no static folder"
        svg = Path(str(found)).read_text(encoding="utf-8")
        assert "<svg" in svg
        assert not re.search(r"(?i)<script|\son\w+=|https?://(?!www\.w3\.org/)", svg), "no scripts and no outside links"

    @pytest.mark.urls("allauth.urls")
    def test_the_linking_urls_resolve(self) -> None:
        assert reverse(f"{self.spec.slug}_login") == f"/{self.spec.slug}/login/"
        assert reverse(f"{self.spec.slug}_callback") == f"/{self.spec.slug}/login/callback/"

    @pytest.mark.urls("allauth.urls")
    def test_the_authorize_url_has_state_and_pkce_and_no_secret(self, monkeypatch: pytest.MonkeyPatch) -> None:
        first, second = self._authorize(monkeypatch), self._authorize(monkeypatch)
        query = {name: values[0] for name, values in parse_qs(urlsplit(first).query).items()}
        assert first.startswith(self.spec.endpoints(self.spec.environments[0]).authorize)
        assert query["response_type"] == "code"
        assert query["client_id"] == "contract-client"
        assert query["redirect_uri"].endswith(f"/{self.spec.slug}/login/callback/")
        assert set(query["scope"].split()) == set(self.spec.default_scopes)
        assert query["code_challenge_method"] == "S256"
        assert len(query["code_challenge"]) == 43
        assert query["state"]
        assert SECRET not in first
        for name in ("state", "code_challenge"):
            assert parse_qs(urlsplit(second).query)[name] != [query[name]], f"{name} must be new for each flow"

    def _authorize(self, monkeypatch: pytest.MonkeyPatch) -> str:
        request: Any = RequestFactory().get("/", {"process": "connect"})
        request.session = SessionStore()
        request.user = SimpleNamespace(pk=1, is_authenticated=True)
        config = ClientConfig(
            1, self.spec, self.spec.environments[0], "contract-client", SECRET, self.spec.default_scopes
        )
        app = SimpleNamespace(
            client_id=config.client_id,
            secret="",
            key="",
            settings={},
            provider=self.spec.slug,
            provider_id=app_sub_id(self.spec.slug, config.key),
            client_config=config,
        )
        provider = self.provider_class(request, app=app)
        monkeypatch.setattr(LinkingAdapter, "get_provider", lambda _adapter: provider)
        response = provider.redirect_from_request(request)
        assert response.status_code == 302
        return str(response["Location"])
