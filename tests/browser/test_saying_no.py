"""Denials, forged answers, ended grants, wrong tokens, and providers that are away: each has its words and its way on."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.visitor import PROVIDERS, Visitor, enter

FULL_TOKEN = ("token-SBXALL", "5e11c0de-0000-4000-8000-a11000000001")
NARROW_TOKEN = ("token-SBXRED", "5e11c0de-0000-4000-8000-a11000000002")


@pytest.mark.parametrize("provider", PROVIDERS)
def test_who_says_no_at_the_provider_reads_that_nothing_was_linked(ada: Visitor, provider: str) -> None:
    ada.start_linking(provider)
    ada.consent(decision="Deny")
    expect(ada.main.get_by_role("heading", level=1)).to_have_text("You said no, and nothing was linked")
    ada.follow("Try again")
    ada.sees(f"Link your {PROVIDERS[provider]} account")
    ada.go("/telephony/")
    ada.sees("No account is linked yet")


def test_an_answer_with_a_forged_state_is_refused_in_words(ada: Visitor) -> None:
    ada.watch.expect(403)
    response = ada.go("/accounts/sipgate/login/callback/?code=made-up&state=made-up")
    assert response is not None
    assert response.status == 403
    ada.sees("does not match a request that you started in this browser", "Nothing was linked")
    ada.follow("Start again")
    assert ada.path == "/telephony/link/"


def test_an_answer_that_was_used_is_refused_when_it_comes_again(ada: Visitor) -> None:
    answers: list[str] = []
    ada.page.on("request", lambda request: answers.append(request.url) if "/callback/" in request.url else None)
    ada.link("goto")
    ada.watch.expect(403)
    response = ada.go(answers[0])
    assert response is not None
    assert response.status == 403
    ada.go("/telephony/")
    expect(ada.main.locator("section.account-card")).to_have_count(1)


def test_an_account_that_somebody_else_has_linked_stays_hers(open_window: Callable[..., Visitor]) -> None:
    enter(open_window(), name="Grace Hopper").has_linked("ringcentral")
    ada = enter(open_window())
    ada.watch.expect(409)
    ada.start_linking("ringcentral")
    ada.consent()
    ada.sees("Somebody else has linked this account", "Their link was not touched")


def test_a_provider_that_staff_have_not_set_up_says_whom_to_ask(ada: Visitor) -> None:
    ada.stage.backstage("disable_clients", provider="goto")
    ada.go("/telephony/link/")
    card = ada.page.locator("#goto")
    expect(card).to_contain_text("Ask your administrator to add an OAuth client")
    expect(card.get_by_role("link", name="Link GoTo Connect")).to_have_count(0)


def test_unlinking_asks_for_the_password_revokes_and_says_so(open_window: Callable[..., Visitor]) -> None:
    ada = enter(open_window(), stepped_up=False)
    key = ada.has_linked("ringcentral")["ringcentral"]
    ada.go(f"/telephony/accounts/{key}/")
    ada.follow("Unlink")
    ada.confirm_password()
    ada.sees("The tokens that are stored here are deleted.")
    ada.press("Unlink")
    assert ada.path == "/telephony/"
    ada.sees("is unlinked, and our access at RingCentral is revoked.", "No account is linked yet")
    assert ada.stage.sandbox.requests("ringcentral", "/restapi/oauth/revoke")


def test_a_wrong_password_does_not_unlink(open_window: Callable[..., Visitor]) -> None:
    ada = enter(open_window(), stepped_up=False)
    key = ada.has_linked("goto")["goto"]
    ada.go(f"/telephony/accounts/{key}/unlink/")
    ada.fill({"Password": "not the password"})
    ada.press("Go on")
    expect(ada.main.locator("[aria-invalid=true]")).to_be_visible()
    ada.go("/telephony/")
    expect(ada.main.locator("section.account-card")).to_have_count(1)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_grant_that_was_revoked_at_the_provider_is_mended_by_one_click(ada: Visitor, provider: str) -> None:
    key = ada.has_linked(provider)[provider]
    ada.stage.sandbox.revoke(provider)
    ada.stage.backstage("age_readings")
    ada.go(f"/telephony/accounts/{key}/")
    expect(ada.main.locator(f"#banner-{key}")).to_contain_text("This account needs to be linked again")
    expect(ada.main.locator(f"#pill-{key}")).to_have_text("Needs re-linking")

    ada.follow("Link again")
    ada.press(f"Continue to {PROVIDERS[provider]}")
    ada.consent()
    ada.page.wait_for_url(f"**/telephony/accounts/{key}/")
    expect(ada.main.locator(f"#pill-{key}")).to_have_text("Connected")


def test_linking_again_as_another_user_of_the_provider_changes_nothing(ada: Visitor) -> None:
    key = ada.has_linked("ringcentral")["ringcentral"]
    ada.stage.sandbox.revoke("ringcentral")
    ada.stage.backstage("age_readings")
    ada.go(f"/telephony/accounts/{key}/")
    ada.follow("Link again")
    ada.press("Continue to RingCentral")
    ada.watch.expect(409)
    ada.consent(persona="Jonas Müller")
    ada.sees("That was another account", "Grete Beispiel", "Jonas Müller")
    ada.follow("Try again")
    ada.press("Continue to RingCentral")
    ada.consent()
    ada.page.wait_for_url(f"**/telephony/accounts/{key}/")


def test_a_personal_access_token_links_sipgate_and_is_never_shown_again(open_window: Callable[..., Visitor]) -> None:
    ada = enter(open_window(), stepped_up=False)
    ada.go("/telephony/link/")
    ada.follow(re.compile("personal access token"), within=ada.page.locator("#sipgate"))
    ada.confirm_password()
    _give_token(ada, *FULL_TOKEN)
    ada.page.wait_for_url(re.compile(r"/telephony/accounts/\d+/"))
    ada.settle()
    ada.sees("Personal access token", "€")
    assert FULL_TOKEN[1] not in ada.page.content()


@pytest.mark.parametrize(
    ("token_id", "token", "sentence"),
    [
        (FULL_TOKEN[0], "5e11c0de-0000-4000-8000-0000000000ff", "does not know this token ID and token"),
        ("no good", FULL_TOKEN[1], "This does not look like a token ID."),
        (FULL_TOKEN[0], "short", "This does not look like a token."),
    ],
)
def test_a_token_that_is_refused_says_why_and_keeps_only_its_id(
    ada: Visitor, token_id: str, token: str, sentence: str
) -> None:
    ada.go("/telephony/link/sipgate/token/")
    _give_token(ada, token_id, token)
    ada.sees(sentence)
    expect(ada.page.locator("#id_token_id")).to_have_value(token_id)
    expect(ada.page.locator("#id_token")).to_have_value("")


def test_a_token_without_a_permission_links_and_names_what_is_missing(ada: Visitor) -> None:
    ada.go("/telephony/link/sipgate/token/")
    _give_token(ada, *NARROW_TOKEN)
    ada.settle()
    ada.sees(re.compile("permission|scope", re.IGNORECASE))


def test_a_provider_that_is_away_keeps_what_is_known_on_the_page(ada: Visitor) -> None:
    key = ada.has_linked("ringcentral")["ringcentral"]
    ada.go(f"/telephony/accounts/{key}/calls/")
    calls = ada.main.locator("table.calls tbody tr")
    known = calls.count()
    assert known
    ada.stage.backstage("age_readings")
    ada.stage.sandbox.fail("unavailable", provider="ringcentral")
    ada.go(f"/telephony/accounts/{key}/calls/")
    expect(calls).to_have_count(known)
    expect(ada.main.locator(f"#read-{key}")).to_contain_text("RingCentral")
    expect(ada.main.locator(f"#read-{key}")).to_contain_text("Below is what was read until")
    ada.stage.sandbox.mend()
    ada.follow("Try again", within=ada.main.locator(f"#read-{key}"))
    expect(ada.main.locator(f"#read-{key}")).to_contain_text("complete")


def test_linking_while_the_provider_is_away_says_to_try_later(ada: Visitor) -> None:
    ada.start_linking("goto")
    ada.stage.sandbox.fail("unavailable", provider="goto", path_prefix="/authentication/oauth/token")
    ada.watch.expect(409)
    ada.consent()
    ada.sees("Nothing was linked. Try again in a few minutes.")


def test_an_account_of_somebody_else_is_not_found(open_window: Callable[..., Visitor]) -> None:
    key = enter(open_window(), name="Grace Hopper").has_linked("goto")["goto"]
    ada = enter(open_window())
    ada.watch.expect(404)
    response = ada.go(f"/telephony/accounts/{key}/")
    assert response is not None
    assert response.status == 404


def _give_token(visitor: Visitor, token_id: str, token: str) -> None:
    visitor.page.locator("#id_token_id").fill(token_id)
    visitor.page.locator("#id_token").fill(token)
    visitor.press("Check and link")
