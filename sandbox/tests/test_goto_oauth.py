"""GoTo's OAuth rules."""

from __future__ import annotations

from collections.abc import Iterator

import jwt
import pytest
import requests

from sandbox.testing import RunningSandbox, running_sandbox
from sandbox.tests.linked import Linked

ME = "/identity/v1/Users/me"
DAY = 86400


@pytest.fixture(scope="module")
def box() -> Iterator[RunningSandbox]:
    with running_sandbox() as running:
        yield running


@pytest.fixture
def app(box: RunningSandbox) -> Linked:
    return Linked(box, "goto")


def refusal(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


def test_the_token_answer_has_no_account_key(app: Linked) -> None:
    tokens = app.sign_in().tokens
    assert tokens.keys() == {"access_token", "token_type", "expires_in", "refresh_token", "scope", "principal"}
    assert tokens["expires_in"] == 3600
    assert tokens["principal"].endswith("@example.org")


def test_without_a_scope_those_of_the_client_are_granted(app: Linked) -> None:
    assert "cr.v1.read" in app.sign_in().tokens["scope"].split()
    assert app.sign_in(scope="users.v1.read").tokens["scope"] == "users.v1.read"


def test_a_scope_that_no_client_can_have_is_refused_by_redirect(app: Linked) -> None:
    answer = requests.get(app.authorize_url(scope="call-control.v1.write"), timeout=10, allow_redirects=False)
    assert "error=invalid_scope" in answer.headers["Location"]


def test_tokens_are_jwts_signed_with_the_published_key(app: Linked) -> None:
    token = app.sign_in().tokens["access_token"]
    keys = requests.get(f"{app.box.url}/goto/authentication/oauth/jwks.json", timeout=10).json()
    key = jwt.PyJWK(keys["keys"][0], "RS512")
    claims = jwt.decode(token, key, ["RS512"], audience=app.auth[0])
    assert claims["typ"] == "a"
    assert claims["exp"] - claims["iat"] == 3600


def test_a_code_lives_ten_minutes_and_works_once(app: Linked) -> None:
    first, second = app.callback()["code"], app.callback()["code"]
    app.box.clock.advance(590)
    assert app.exchange(first).status_code == 200
    assert refusal(app.exchange(first)) == (400, "invalid_grant")
    app.box.clock.advance(20)
    assert refusal(app.exchange(second)) == (400, "invalid_grant")


def test_an_unknown_client_is_not_found(app: Linked) -> None:
    url = f"{app.box.url}/goto/authentication/oauth/token"
    answer = requests.post(url, {"grant_type": "refresh_token"}, auth=("nobody", "x"), timeout=10)
    assert answer.status_code == 401
    assert answer.json() == {"error": "invalid_client", "error_description": "client not found"}


def test_client_credentials_are_no_grant_here(app: Linked) -> None:
    assert refusal(app.token(grant_type="client_credentials")) == (400, "unsupported_grant_type")


def test_pkce_and_a_secret_go_together(app: Linked) -> None:
    code = app.callback(code_challenge="nope", code_challenge_method="S256")["code"]
    assert refusal(app.exchange(code, code_verifier="y" * 43)) == (400, "invalid_grant")


def test_an_early_refresh_brings_no_refresh_token_and_keeps_the_old_one(app: Linked) -> None:
    tokens = app.sign_in().tokens
    app.box.clock.advance(17 * DAY)
    answer = app.refresh(tokens["refresh_token"]).json()
    assert answer.keys() == {"access_token", "expires_in", "scope", "principal"}
    assert app.refresh(tokens["refresh_token"]).status_code == 200


def test_after_sixty_percent_of_its_life_a_refresh_token_is_replaced(app: Linked) -> None:
    old = app.sign_in().tokens["refresh_token"]
    app.box.clock.advance(18 * DAY + 60)
    new = app.refresh(old).json()["refresh_token"]
    assert new != old
    assert refusal(app.refresh(old)) == (400, "invalid_grant")
    app.box.clock.advance(15 * DAY)
    assert app.refresh(new).status_code == 200


def test_a_lost_answer_costs_the_link_only_when_the_token_was_being_replaced(app: Linked) -> None:
    old = app.sign_in().tokens["refresh_token"]
    for day, status in ((1, 200), (18, 400)):
        app.box.clock.advance(day * DAY)
        app.box.faults.add("lost_reply", provider="goto", path_prefix="/authentication/oauth/token", remaining=1)
        with pytest.raises(requests.ConnectionError):
            app.refresh(old)
        assert app.refresh(old).status_code == status


def test_thirty_idle_days_end_a_link(app: Linked) -> None:
    tokens = app.sign_in().tokens
    app.box.clock.advance(30 * DAY + 1)
    assert refusal(app.refresh(tokens["refresh_token"])) == (400, "invalid_grant")


def test_a_refresh_leaves_the_old_access_token_alone(app: Linked) -> None:
    tokens = app.sign_in().tokens
    app.refresh(tokens["refresh_token"])
    assert app.get(ME).status_code == 200


def test_a_personal_token_is_swapped_without_a_refresh_token(app: Linked) -> None:
    answer = app.token(grant_type="personal_access_token", pat="sandbox-goto-pat-user").json()
    assert "refresh_token" not in answer
    assert answer["loa"] == 3
    assert app.get(ME, answer["access_token"]).status_code == 200
    assert refusal(app.token(grant_type="personal_access_token", pat="wrong")) == (400, "invalid_grant")


def test_revoking_ends_the_grant_and_introspection_knows(app: Linked) -> None:
    tokens = app.sign_in().tokens
    oauth = f"{app.box.url}/goto/authentication/oauth"

    def active() -> bool:
        form = {"token": tokens["access_token"]}
        return bool(requests.post(f"{oauth}/introspect", form, auth=app.auth, timeout=10).json()["active"])

    assert active()
    requests.post(f"{oauth}/revoke", {"token": tokens["refresh_token"]}, auth=app.auth, timeout=10)
    assert not active()
    assert refusal(app.refresh(tokens["refresh_token"])) == (400, "invalid_grant")


def test_the_metadata_names_no_scopes_and_there_is_no_openid(box: RunningSandbox) -> None:
    known = f"{box.url}/goto/authentication/.well-known"
    metadata = requests.get(f"{known}/oauth-authorization-server", timeout=10).json()
    assert metadata["code_challenge_methods_supported"] == ["S256"]
    assert "scopes_supported" not in metadata
    assert requests.get(f"{known}/openid-configuration", timeout=10).status_code == 404


def test_denial_is_told_by_redirect(app: Linked) -> None:
    assert "error=access_denied" in app.box.deny(app.authorize_url())
