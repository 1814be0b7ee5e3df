"""The declaration, and the refusals of the token endpoint."""

from __future__ import annotations

import json

import pytest
import responses

from telephony.core.capabilities import missing_scopes
from telephony.core.client_config import ClientConfig
from telephony.core.environment import Environment
from telephony.core.errors import AccessDenied, ClientRejected, GrantEnded, ProviderError, RateLimited, RoleMissing
from telephony.core.flow import form_targets
from telephony.core.http import Reply
from telephony.core.oauth import TokenEndpoint
from telephony.core.testing.fakes import fake_door
from telephony.core.types import Feature
from telephony.providers.ringcentral.addresses import platform_base
from telephony.providers.ringcentral.errors import error_for, token_refusal
from telephony.providers.ringcentral.spec import SPEC

TOKEN_URL = "https://platform.ringcentral.com/restapi/oauth/token"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9999",
        "http://127.0.0.1:9999/",
        "http://127.0.0.1:9999/restapi",
        "http://127.0.0.1:9999/restapi/v1.0/",
        "http://127.0.0.1:9999/restapi/oauth",
        "http://127.0.0.1:9999/restapi/oauth/token",
    ],
)
def test_a_base_url_may_reach_into_the_api(url: str) -> None:
    assert platform_base(url) == "http://127.0.0.1:9999"
    endpoints = SPEC.endpoints(Environment("custom", "", url, url))
    assert endpoints.token == "http://127.0.0.1:9999/restapi/oauth/token"
    assert endpoints.revoke == "http://127.0.0.1:9999/restapi/oauth/revoke"


def test_a_prefix_before_the_api_is_kept() -> None:
    assert platform_base("http://127.0.0.1:9999/ringcentral/") == "http://127.0.0.1:9999/ringcentral"


def test_the_balance_is_declared_absent_with_what_there_is_instead() -> None:
    assert "no balance" in str(SPEC.not_offered[Feature.BALANCE])


def test_a_larger_permission_includes_the_smaller() -> None:
    assert missing_scopes(SPEC.needs, Feature.OWN_CALLS, frozenset({"ReadCallRecording"})) == ()
    assert missing_scopes(SPEC.needs, Feature.OWN_CALLS, frozenset({"ReadAccounts"})) == ("ReadCallLog",)


def test_brands_are_offered_by_name_and_none_is_the_default() -> None:
    (parameter,) = SPEC.authorize_parameters
    brands = dict(parameter.choices)
    assert parameter.name == "brand_id"
    assert (brands["7710"], brands["7310"], brands["3420"]) == (
        "BT Cloud Work",
        "TELUS Business Connect",
        "AT&T Office@Hand",
    )
    assert parameter.choices[0][0] == ""


def test_the_linking_form_may_lead_on_to_the_sign_in_pages() -> None:
    targets = form_targets(ClientConfig(1, SPEC, SPEC.environments[0], "client", "secret"))
    assert targets == [
        "'self'",
        "https://platform.ringcentral.com",
        "https://login.ringcentral.biz",
        "https://login.ringcentral.com",
    ]


def refused(status: int, error: str, code: str, message: str) -> ProviderError:
    """What exchanging a code raises when the token endpoint answers like this."""
    body = {"error": error, "error_description": message, "errors": [{"errorCode": code, "message": message}]}
    endpoint = TokenEndpoint(
        fake_door(SPEC), SPEC.endpoints(SPEC.environments[0]), "client", "secret", refusal=SPEC.token_refusal
    )
    with responses.RequestsMock() as mock:
        mock.post(TOKEN_URL, body=json.dumps(body), status=status)
        with pytest.raises(ProviderError) as raised:
            endpoint.exchange("code", "http://testserver/callback", "verifier")
    return raised.value


def test_a_role_that_forbids_applications_is_not_blamed_on_the_client() -> None:
    error = refused(400, "invalid_client", "CMN-408", "[ThirdPartyAppAccess] permission required")
    assert isinstance(error, RoleMissing)
    assert error.role == "ThirdPartyAppAccess"


def test_a_restricted_account_is_not_blamed_on_the_client() -> None:
    error = refused(403, "invalid_client", "OAU-167", "Account access restricted by RealmId")
    assert type(error) is AccessDenied


@pytest.mark.parametrize(
    ("status", "error", "code", "expected"),
    [
        (401, "invalid_client", "OAU-146", ClientRejected),
        (400, "invalid_client", "OAU-123", ClientRejected),
        (400, "unauthorized_client", "OAU-251", ClientRejected),
        (400, "invalid_grant", "OAU-106", GrantEnded),
        (403, "invalid_grant", "OAU-108", GrantEnded),
        (400, "invalid_grant", "OAU-210", GrantEnded),
        (400, "invalid_grant", "OAU-211", GrantEnded),
        (400, "invalid_grant", "OAU-213", GrantEnded),
        (429, "", "CMN-301", RateLimited),
    ],
)
def test_other_refusals_follow_the_oauth_error(
    status: int, error: str, code: str, expected: type[ProviderError]
) -> None:
    assert type(refused(status, error, code, "-")) is expected


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"errors": 7}', b'{"errors": [null, "x"]}'])
def test_an_odd_refusal_says_nothing_about_the_role(body: bytes) -> None:
    assert token_refusal(Reply("RingCentral", "", 400, {}, body, 0.0)) is None


def limited(**headers: str) -> float | None:
    """The wait that a 429 with these headers asks for."""
    return error_for(Reply("RingCentral", "", 429, headers, b"", 0.0)).retry_after


def test_a_wait_that_is_not_told_is_the_window_of_the_rate_group() -> None:
    assert limited() is None
    assert limited(**{"x-rate-limit-window": "60"}) == 60
    assert limited(**{"x-rate-limit-window": "soon"}) is None
    assert limited(**{"x-rate-limit-window": "60", "retry-after": "12"}) == 12
