"""sipgate's OAuth rules, over real HTTP."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest
import requests

from sandbox.clients import SEEDED
from sandbox.testing import RunningSandbox, running_sandbox

CLIENT_ID, SECRET = SEEDED["sipgate"]
REDIRECT = "http://127.0.0.1:8000/accounts/sipgate/login/callback/"
REALM = "/sipgate/login/auth/realms/third-party/protocol/openid-connect"


@pytest.fixture(scope="module")
def shared() -> Iterator[RunningSandbox]:
    with running_sandbox() as running:
        yield running


@pytest.fixture
def box(shared: RunningSandbox) -> RunningSandbox:
    assert requests.post(f"{shared.url}/_sandbox/reset", timeout=10).status_code == 204
    return shared


def authorize_url(box: RunningSandbox, **extra: str) -> str:
    query = {"response_type": "code", "client_id": CLIENT_ID, "redirect_uri": REDIRECT, "state": "st"}
    return f"{box.url}{REALM}/auth?{urlencode(query | {'scope': 'account:read balance:read'} | extra)}"


def answer_of(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def token(box: RunningSandbox, **form: str) -> requests.Response:
    return requests.post(
        f"{box.url}{REALM}/token", {"client_id": CLIENT_ID, "client_secret": SECRET} | form, timeout=10
    )


def exchange(box: RunningSandbox, code: str, **extra: str) -> requests.Response:
    return token(box, **({"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT} | extra))


def sign_in(box: RunningSandbox, person: str = "admin", **extra: str) -> dict[str, Any]:
    reply = exchange(box, answer_of(box.login_and_consent(authorize_url(box, **extra), person))["code"])
    assert reply.status_code == 200, reply.text
    tokens: dict[str, Any] = reply.json()
    return tokens


def refresh(box: RunningSandbox, refresh_token: str) -> requests.Response:
    return token(box, grant_type="refresh_token", refresh_token=refresh_token)


def account_status(box: RunningSandbox, access_token: str) -> int:
    headers = {"Authorization": f"Bearer {access_token}"}
    return requests.get(f"{box.url}/sipgate/api/v2/account", headers=headers, timeout=10).status_code


def test_the_callback_carries_code_and_state(box: RunningSandbox) -> None:
    url = box.login_and_consent(authorize_url(box))
    assert url.startswith(REDIRECT)
    assert answer_of(url)["state"] == "st"
    assert answer_of(url)["code"]


def test_deny_comes_back_as_access_denied(box: RunningSandbox) -> None:
    answer = answer_of(box.deny(authorize_url(box)))
    assert (answer["error"], answer["state"]) == ("access_denied", "st")


def test_the_token_answer_has_the_documented_fields(box: RunningSandbox) -> None:
    tokens = sign_in(box)
    assert (tokens["expires_in"], tokens["refresh_expires_in"]) == (300, 2592000)
    assert tokens["scope"] == "account:read balance:read"
    claims = jwt.decode(tokens["access_token"], options={"verify_signature": False})
    assert claims["featureScope"] == "CLASSIC_PBX"
    assert claims["sub"].startswith("f:")


def test_a_neo_person_says_so_in_the_token(box: RunningSandbox) -> None:
    claims = jwt.decode(sign_in(box, "neo-admin")["access_token"], options={"verify_signature": False})
    assert claims["featureScope"] == "NEO_PBX"


@pytest.mark.parametrize("change", [{"redirect_uri": f"{REDIRECT}x"}, {"client_id": "nobody"}])
def test_a_wrong_client_or_redirect_shows_a_page_and_redirects_nowhere(
    box: RunningSandbox, change: dict[str, str]
) -> None:
    page = requests.get(authorize_url(box, **change), allow_redirects=False, timeout=10)
    assert page.status_code == 400
    assert "Location" not in page.headers


def test_an_unknown_scope_is_told_by_redirect(box: RunningSandbox) -> None:
    page = requests.get(authorize_url(box, scope="nonsense:read"), allow_redirects=False, timeout=10)
    assert answer_of(page.headers["Location"])["error"] == "invalid_scope"


def test_a_code_works_once_and_its_reuse_ends_the_session(box: RunningSandbox) -> None:
    code = answer_of(box.login_and_consent(authorize_url(box)))["code"]
    first = exchange(box, code).json()
    second = exchange(box, code)
    assert (second.status_code, second.json()["error"]) == (400, "invalid_grant")
    assert account_status(box, first["access_token"]) == 401


def test_a_code_lives_for_a_minute(box: RunningSandbox) -> None:
    code = answer_of(box.login_and_consent(authorize_url(box)))["code"]
    box.clock.advance(61)
    assert exchange(box, code).json()["error"] == "invalid_grant"


def test_pkce_is_enforced_when_it_was_asked_for(box: RunningSandbox) -> None:
    verifier = "v" * 64
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    pkce = {"code_challenge": challenge, "code_challenge_method": "S256", "prompt": "consent"}
    code = answer_of(box.login_and_consent(authorize_url(box, **pkce)))["code"]
    assert exchange(box, code, code_verifier=verifier).status_code == 200
    code = answer_of(box.login_and_consent(authorize_url(box, **pkce)))["code"]
    assert exchange(box, code, code_verifier="w" * 64).json()["error_description"] == "PKCE verification failed"


def test_a_wrong_secret_is_401_invalid_client(box: RunningSandbox) -> None:
    reply = token(box, grant_type="refresh_token", refresh_token="x", client_secret="wrong")
    assert (reply.status_code, reply.json()["error"]) == (401, "invalid_client")


def test_basic_client_authentication_works_too(box: RunningSandbox) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": sign_in(box)["refresh_token"]}
    reply = requests.post(f"{box.url}{REALM}/token", form, auth=(CLIENT_ID, SECRET), timeout=10)
    assert reply.status_code == 200


def test_refreshing_gives_a_new_pair_and_kills_the_old_refresh_token(box: RunningSandbox) -> None:
    old = sign_in(box)
    new = refresh(box, old["refresh_token"]).json()
    assert new["refresh_token"] != old["refresh_token"]
    reused = refresh(box, old["refresh_token"])
    assert (reused.status_code, reused.json()["error"]) == (400, "invalid_grant")
    assert refresh(box, new["refresh_token"]).status_code == 200


def test_of_many_refreshes_at_once_exactly_one_wins(box: RunningSandbox) -> None:
    old = sign_in(box)["refresh_token"]
    with ThreadPoolExecutor(6) as pool:
        statuses = [answer.status_code for answer in pool.map(lambda _: refresh(box, old), range(6))]
    assert sorted(statuses) == [200, 400, 400, 400, 400, 400]


def test_revoked_grants_end_tokens_and_make_consent_necessary_again(box: RunningSandbox) -> None:
    tokens, other = sign_in(box), sign_in(box, "neo-admin")
    body = {"provider": "sipgate", "person": "admin"}
    assert requests.post(f"{box.url}/_sandbox/grants/revoke", json=body, timeout=10).json() == {"revoked": 1}
    assert account_status(box, tokens["access_token"]) == 401
    assert refresh(box, tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert account_status(box, other["access_token"]) == 200


def test_reuse_can_be_made_to_end_the_session(box: RunningSandbox) -> None:
    change = {"provider": "sipgate", "reuse_ends_session": True}
    assert requests.post(f"{box.url}/_sandbox/policy", json=change, timeout=10).json()["reuse_ends_session"] is True
    old = sign_in(box)
    new = refresh(box, old["refresh_token"]).json()
    refresh(box, old["refresh_token"])
    assert refresh(box, new["refresh_token"]).json()["error_description"] == "Session not active"


def test_access_ends_after_five_minutes_and_refresh_after_thirty_days(box: RunningSandbox) -> None:
    tokens = sign_in(box)
    box.clock.advance(301)
    assert account_status(box, tokens["access_token"]) == 401
    box.clock.advance(30 * 86400)
    assert refresh(box, tokens["refresh_token"]).json()["error_description"] == "Token is not active"


def test_consent_is_asked_again_only_for_more_scopes(box: RunningSandbox) -> None:
    sign_in(box)
    page = requests.get(authorize_url(box), timeout=10)
    target = page.text.split('action="')[1].split('"')[0]
    again = requests.post(f"{box.url}{target}", {"person": "admin"}, allow_redirects=False, timeout=10)
    assert again.status_code == 302
    page = requests.get(authorize_url(box, scope="account:read users:read"), timeout=10)
    target = page.text.split('action="')[1].split('"')[0]
    wider = requests.post(f"{box.url}{target}", {"person": "admin"}, allow_redirects=False, timeout=10)
    assert wider.status_code == 200


@pytest.mark.parametrize(("path", "field", "status"), [("revoke", "token", 200), ("logout", "refresh_token", 204)])
def test_revoke_and_logout_end_the_session(box: RunningSandbox, path: str, field: str, status: int) -> None:
    tokens = sign_in(box)
    form = {"client_id": CLIENT_ID, "client_secret": SECRET, field: tokens["refresh_token"]}
    assert requests.post(f"{box.url}{REALM}/{path}", form, timeout=10).status_code == status
    assert refresh(box, tokens["refresh_token"]).status_code == 400


def test_both_realms_have_discovery(box: RunningSandbox) -> None:
    for realm in ("third-party", "sipgate-apps"):
        url = f"{box.url}/sipgate/login/auth/realms/{realm}/.well-known/openid-configuration"
        assert requests.get(url, timeout=10).json()["issuer"].endswith(realm)
