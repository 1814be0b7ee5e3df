"""RingCentral's OAuth rules."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from sandbox.testing import RunningSandbox, running_sandbox
from sandbox.tests.linked import Linked

OWN = "/restapi/v1.0/account/~/extension/~"


@pytest.fixture(scope="module")
def box() -> Iterator[RunningSandbox]:
    with running_sandbox() as running:
        yield running


@pytest.fixture
def app(box: RunningSandbox) -> Linked:
    return Linked(box, "ringcentral")


def code_of(answer: requests.Response) -> tuple[int, str, str]:
    body = answer.json()
    return answer.status_code, body["error"], body["errors"][0]["errorCode"]


def test_the_code_comes_with_its_life_and_the_state(app: Linked) -> None:
    back = app.callback()
    assert back["expires_in"] == "60"
    assert back["state"] == "s"


def test_the_token_answer_has_numbers_and_a_lower_case_type(app: Linked) -> None:
    tokens = app.sign_in().tokens
    assert tokens["token_type"] == "bearer"
    assert tokens["expires_in"] == 3600
    assert tokens["refresh_token_expires_in"] == 604800
    assert "ReadCallLog" in tokens["scope"].split()


def test_a_code_works_once(app: Linked) -> None:
    code = app.callback()["code"]
    assert app.exchange(code).status_code == 200
    assert code_of(app.exchange(code)) == (400, "invalid_grant", "OAU-106")


def test_a_code_dies_after_a_minute(app: Linked) -> None:
    code = app.callback()["code"]
    app.box.clock.advance(61)
    assert code_of(app.exchange(code)) == (400, "invalid_grant", "OAU-108")


def test_the_redirect_uri_must_be_the_same_string_in_both_steps(app: Linked) -> None:
    code = app.callback()["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": app.redirect_uri.rstrip("/")}
    assert code_of(app.token(**form)) == (400, "invalid_redirect_uri", "OAU-109")


def test_an_unregistered_redirect_uri_is_refused_without_a_redirect(app: Linked) -> None:
    answer = requests.get(app.authorize_url(redirect_uri="http://evil.example/"), timeout=10, allow_redirects=False)
    assert answer.status_code == 400


def test_denial_is_told_by_redirect(app: Linked) -> None:
    assert "error=access_denied" in app.box.deny(app.authorize_url())


def test_pkce_is_checked(app: Linked) -> None:
    code = app.callback(code_challenge="wrong", code_challenge_method="S256")["code"]
    assert code_of(app.exchange(code, code_verifier="x" * 43)) == (400, "invalid_grant", "OAU-106")


def test_client_credentials_are_checked(app: Linked) -> None:
    url = f"{app.box.url}/ringcentral/restapi/oauth/token"
    form = {"grant_type": "refresh_token", "refresh_token": "x"}
    assert code_of(requests.post(url, form, timeout=10)) == (400, "invalid_client", "OAU-123")
    wrong = requests.post(url, form, auth=(app.auth[0], "wrong"), timeout=10)
    assert code_of(wrong) == (401, "invalid_client", "OAU-146")


def test_other_grants_are_not_allowed_for_the_application(app: Linked) -> None:
    assert code_of(app.token(grant_type="password", username="a")) == (400, "unauthorized_client", "OAU-251")


def test_a_refresh_kills_the_old_access_token_at_once(app: Linked) -> None:
    old = app.sign_in().tokens
    new = app.refresh(old["refresh_token"]).json()
    refused = app.get(OWN, old["access_token"])
    assert refused.status_code == 401
    assert refused.json()["errors"][0]["errorCode"] == "OAU-129"
    app.box.clock.advance(11)
    assert app.get(OWN, old["access_token"]).json()["errors"][0]["errorCode"] == "OAU-213"
    assert app.get(OWN, new["access_token"]).status_code == 200


def test_a_lost_refresh_answer_can_be_fetched_again_until_the_new_token_is_used(app: Linked) -> None:
    old = app.sign_in().tokens
    first = app.refresh(old["refresh_token"]).json()
    app.box.clock.advance(1800)
    assert app.refresh(old["refresh_token"]).json() == first


def test_a_refresh_whose_answer_was_lost_can_be_repeated(app: Linked) -> None:
    old = app.sign_in().tokens["refresh_token"]
    app.box.faults.add("lost_reply", provider="ringcentral", path_prefix="/restapi/oauth/token", remaining=1)
    with pytest.raises(requests.ConnectionError):
        app.refresh(old)
    assert app.refresh(old).status_code == 200


def test_parallel_refreshes_get_the_same_answer(app: Linked) -> None:
    old = app.sign_in().tokens["refresh_token"]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: app.refresh(old).json()["access_token"], range(8)))
    assert len(set(answers)) == 1


def test_the_grace_ends_ten_seconds_after_the_first_use(app: Linked) -> None:
    old = app.sign_in().tokens
    first = app.refresh(old["refresh_token"]).json()
    app.get(OWN, first["access_token"])
    app.box.clock.advance(9)
    assert app.refresh(old["refresh_token"]).json() == first
    app.box.clock.advance(2)
    assert code_of(app.refresh(old["refresh_token"])) == (400, "invalid_grant", "OAU-213")
    assert app.get(OWN, first["access_token"]).status_code == 200


def test_the_grace_ends_after_an_hour_even_unused(app: Linked) -> None:
    old = app.sign_in().tokens
    app.refresh(old["refresh_token"])
    app.box.clock.advance(3601)
    assert code_of(app.refresh(old["refresh_token"])) == (400, "invalid_grant", "OAU-213")


def test_a_refresh_token_dies_after_seven_days(app: Linked) -> None:
    tokens = app.sign_in().tokens
    app.box.clock.advance(7 * 86400 + 1)
    assert code_of(app.refresh(tokens["refresh_token"])) == (400, "invalid_grant", "OAU-210")


def test_an_access_token_dies_after_an_hour(app: Linked) -> None:
    app.sign_in()
    app.box.clock.advance(3601)
    assert app.get(OWN).json()["errors"][0]["errorCode"] == "OAU-128"


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_revoking_either_token_ends_the_whole_session(app: Linked, kind: str) -> None:
    tokens = app.sign_in().tokens
    url = f"{app.box.url}/ringcentral/restapi/oauth/revoke"
    answer = requests.post(url, {"token": tokens[kind]}, auth=app.auth, timeout=10)
    assert (answer.status_code, answer.content) == (200, b"")
    assert app.get(OWN).status_code == 401
    assert code_of(app.refresh(tokens["refresh_token"])) == (400, "invalid_grant", "OAU-211")


@pytest.mark.parametrize(("asked", "given"), [("-1", 600), ("60", 600), ("900", 900), ("99999", 3600), ("x", 3600)])
def test_lives_are_clamped_and_never_refused(app: Linked, asked: str, given: int) -> None:
    tokens = app.sign_in().tokens
    assert app.refresh(tokens["refresh_token"], access_token_ttl=asked).json()["expires_in"] == given


def test_the_sixth_session_ends_the_first(app: Linked) -> None:
    app.box.revoke_grants("ringcentral")
    first = app.sign_in("user2").tokens["access_token"]
    for _ in range(4):
        app.sign_in("user2")
        app.box.clock.advance(1)
    assert app.get(OWN, first).status_code == 200
    app.sign_in("user2")
    assert app.get(OWN, first).status_code == 401


def test_a_role_without_third_party_applications_gets_no_token(app: Linked) -> None:
    answer = app.exchange(app.callback("no-apps")["code"])
    assert code_of(answer) == (400, "invalid_client", "CMN-408")


def test_the_asked_for_scope_is_ignored(app: Linked) -> None:
    assert "ReadAccounts" in app.sign_in(scope="SMS").tokens["scope"].split()


def test_the_token_endpoint_allows_five_requests_a_minute_and_punishes_more() -> None:
    with running_sandbox(real_rates=True) as box:
        app = Linked(box, "ringcentral").sign_in()
        token = app.tokens["refresh_token"]
        for _ in range(4):
            answer = app.refresh(token)
            assert answer.status_code == 200
        assert answer.headers["X-Rate-Limit-Group"] == "auth"
        assert answer.headers["X-Rate-Limit-Remaining"] == "0"
        assert app.refresh(token).status_code == 429
        box.clock.advance(40)
        assert app.refresh(token).status_code == 429  # this starts the penalty anew
        box.clock.advance(40)
        refused = app.refresh(token)
        assert refused.status_code == 429
        assert 0 < int(refused.headers["Retry-After"]) <= 60
        box.clock.advance(61)
        assert app.refresh(token).status_code == 200
