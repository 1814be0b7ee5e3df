"""What a bare HTTP status means, and that every error speaks to the person."""

from __future__ import annotations

import pytest

from telephony.core import errors
from telephony.core.errors import (
    AccessDenied,
    CredentialRejected,
    NotFound,
    ProviderError,
    RateLimited,
    RequestRefused,
    RoleMissing,
    ScopeMissing,
    ServerFault,
    TryLater,
    UnusableReply,
)
from telephony.core.http import Reply
from telephony.core.refusals import raise_for_status

PAGE = b"<html>Attention required</html>"
FAMILY = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, ProviderError)]


def reply(status: int, body: bytes = b"", **headers: str) -> Reply:
    """An answer."""
    return Reply("Acme", "reading a thing", status, {"x-request-id": "r-1", **headers}, body, 0.1)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 206])
def test_a_success_is_none(status: int) -> None:
    raise_for_status(reply(status, PAGE))


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, RequestRefused),
        (401, CredentialRejected),
        (402, RequestRefused),
        (403, AccessDenied),
        (404, NotFound),
        (405, RequestRefused),
        (408, TryLater),
        (409, RequestRefused),
        (425, TryLater),
        (429, RateLimited),
        (451, RequestRefused),
        (500, ServerFault),
        (503, ServerFault),
        (599, ServerFault),
    ],
)
def test_a_status_has_one_meaning(status: int, expected: type[ProviderError]) -> None:
    with pytest.raises(ProviderError) as refused:
        raise_for_status(reply(status, b'{"message": "no"}'))
    assert type(refused.value) is expected
    assert (refused.value.status, refused.value.request_id) == (status, "r-1")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 407, 451])
def test_a_page_with_a_4xx_is_a_firewall_and_only_delays(status: int) -> None:
    with pytest.raises(UnusableReply) as refused:
        raise_for_status(reply(status, PAGE))
    assert not refused.value.permanent


@pytest.mark.parametrize(("status", "expected"), [(429, RateLimited), (500, ServerFault), (503, ServerFault)])
def test_a_page_with_another_status_changes_nothing(status: int, expected: type[ProviderError]) -> None:
    with pytest.raises(expected):
        raise_for_status(reply(status, PAGE))


def test_a_pause_is_handed_on() -> None:
    with pytest.raises(ServerFault) as refused:
        raise_for_status(reply(503, b"", **{"retry-after": "30"}))
    assert refused.value.retry_after == 30


@pytest.mark.parametrize("kind", FAMILY, ids=lambda kind: kind.__name__)
def test_every_error_says_what_happened_and_what_to_do(kind: type[ProviderError]) -> None:
    error = kind("Acme", "reading a thing", status=500, detail="vendor words")
    for sentence in (error.sentence, error.next_step):
        assert sentence[0].isupper()
        assert sentence[-1] == "."
        assert "%(" not in sentence
        assert "None" not in sentence
    assert error.code.replace("_", "").isalpha()
    assert "Acme" in str(error)
    assert "reading a thing" in str(error)


def test_error_codes_tell_the_members_of_the_family_apart() -> None:
    codes = [kind.code for kind in FAMILY]
    assert len(set(codes)) == len(codes)


def test_transient_errors_are_not_permanent_and_refusals_are() -> None:
    for kind in FAMILY:
        assert not (issubclass(kind, TryLater) and kind.permanent), kind


def test_a_missing_scope_or_role_is_named() -> None:
    assert "balance:read, users:read" in ScopeMissing("Acme", scopes=["balance:read", "users:read"]).sentence
    assert "FullCompanyCallLog" in RoleMissing("Acme", role="FullCompanyCallLog").sentence


@pytest.mark.parametrize(("seconds", "shown"), [(7.2, "7 seconds"), (0.2, "1 second")])
def test_a_pause_is_told_in_seconds(seconds: float, shown: str) -> None:
    assert shown in RateLimited("Acme", retry_after=seconds).next_step
