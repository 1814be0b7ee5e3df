"""Sessions and tokens in the store: one session per consent, with its access and refresh tokens."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import asdict, dataclass, replace
from enum import StrEnum

from sandbox.clock import Clock
from sandbox.store import Record, Store

SESSIONS, ACCESS, REFRESH, CODES = "sessions", "access_tokens", "refresh_tokens", "codes"


@dataclass(frozen=True, slots=True)
class Session:
    """What one person allowed one client. Times are Unix seconds; `realm` is for providers with several.

    Access tokens of an older `generation` were killed by the refresh at `replaced_at`.
    """

    id: str
    provider: str
    client_id: str
    persona: str
    scopes: tuple[str, ...]
    created_at: float
    realm: str = ""
    revoked_at: float | None = None
    generation: int = 0
    replaced_at: float | None = None


class TokenState(StrEnum):
    """What an access token is worth."""

    GOOD = "good"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    REPLACED = "replaced"  # a refresh killed it
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class AccessCheck:
    """The result of looking at an access token. `session` is None only for an unknown token.

    `replaced_at` is when a refresh killed it (Unix seconds).
    """

    state: TokenState
    session: Session | None
    expires_at: float = 0.0
    replaced_at: float | None = None


def token_key(token: str) -> str:
    """The store's key of a token: its SHA-256."""
    return hashlib.sha256(token.encode()).hexdigest()


class Grants:
    """Reads and writes the sessions of all providers."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def open_session(
        self, provider: str, client_id: str, persona: str, scopes: tuple[str, ...], realm: str, limit: int
    ) -> Session:
        """Begin a session; with `limit` the oldest ones of the same person and client beyond it end."""
        now = self._clock.timestamp()
        session = Session(secrets.token_hex(16), provider, client_id, persona, scopes, now, realm)
        with self._store.transaction():
            if limit:
                same = [s for s in self.sessions(provider) if (s.client_id, s.persona) == (client_id, persona)]
                live = sorted((s for s in same if s.revoked_at is None), key=lambda s: s.created_at)
                for oldest in live[: max(0, len(live) - limit + 1)]:
                    self.end_session(oldest.id)
            self._store.put(SESSIONS, session.id, asdict(session))
        return session

    def session(self, session_id: str) -> Session | None:
        """A session by its id, also an ended one."""
        record = self._store.get(SESSIONS, session_id)
        return None if record is None else _session(record)

    def sessions(self, provider: str = "") -> list[Session]:
        """All sessions, also ended ones."""
        found = [_session(record) for _, record in self._store.items(SESSIONS)]
        return [session for session in found if not provider or session.provider == provider]

    def end_session(self, session_id: str) -> bool:
        """Revoke a session with all its tokens; True when it was alive."""
        with self._store.transaction():
            session = self.session(session_id)
            if session is None or session.revoked_at is not None:
                return False
            ended = replace(session, revoked_at=self._clock.timestamp())
            self._store.put(SESSIONS, session_id, asdict(ended))
            return True

    def save_access(self, token: str, session: Session, lifetime: int) -> None:
        """Remember an access token."""
        expires_at = self._clock.timestamp() + lifetime
        current = self.session(session.id) or session
        record = {"session": session.id, "expires_at": expires_at, "generation": current.generation}
        self._store.put(ACCESS, token_key(token), record)

    def check_access(self, provider: str, token: str) -> AccessCheck:
        """What an access token is worth now; the first use of a good one is noted."""
        record = self._store.get(ACCESS, token_key(token))
        session = None if record is None else self.session(record["session"])
        if record is None or session is None or session.provider != provider:
            return AccessCheck(TokenState.UNKNOWN, None)
        state = TokenState.GOOD
        if session.revoked_at is not None:
            state = TokenState.REVOKED
        elif record["generation"] < session.generation:
            state = TokenState.REPLACED
        elif record["expires_at"] <= self._clock.timestamp():
            state = TokenState.EXPIRED
        elif not record.get("first_used_at"):
            self._note_first_use(token_key(token))
        return AccessCheck(state, session, record["expires_at"], session.replaced_at)

    def _note_first_use(self, key: str) -> None:
        with self._store.transaction():
            record = self._store.get(ACCESS, key)
            if record is not None and not record.get("first_used_at"):
                self._store.put(ACCESS, key, record | {"first_used_at": self._clock.timestamp()})

    def kill_access_tokens(self, session: Session) -> None:
        """Make every access token that a session has so far worthless, as a refresh does at some providers."""
        with self._store.transaction():
            current = self.session(session.id) or session
            now = self._clock.timestamp()
            self._store.put(
                SESSIONS, session.id, asdict(replace(current, generation=current.generation + 1, replaced_at=now))
            )

    def first_used_at(self, access_key: str) -> float | None:
        """When the access token under a store key was first used."""
        record = self._store.get(ACCESS, access_key)
        return None if record is None else record.get("first_used_at")

    def save_refresh(self, token: str, session: Session, lifetime: int) -> None:
        """Remember a refresh token."""
        now = self._clock.timestamp()
        record = {"session": session.id, "issued_at": now, "expires_at": now + lifetime, "lifetime": lifetime}
        self._store.put(REFRESH, token_key(token), record)

    def refresh_record(self, token: str) -> Record | None:
        """The refresh token's record: session, issued_at, expires_at, and when replaced: replaced_at, reply, access."""
        return self._store.get(REFRESH, token_key(token))

    def mark_replaced(self, token: str, reply: Record, access_token: str) -> None:
        """Note that a refresh token was used up, and what it was answered with."""
        record = self._store.get(REFRESH, token_key(token)) or {}
        change = {"replaced_at": self._clock.timestamp(), "reply": reply, "access": token_key(access_token)}
        self._store.put(REFRESH, token_key(token), record | change)

    def session_of_token(self, token: str) -> Session | None:
        """The session that an access or refresh token belongs to."""
        record = self._store.get(ACCESS, token_key(token)) or self._store.get(REFRESH, token_key(token))
        return None if record is None else self.session(record["session"])

    def revoke_all(self, provider: str = "", persona: str = "") -> int:
        """End every live session of a provider (of all when empty), or of one person there; returns how many."""
        ended = 0
        with self._store.transaction():
            for session in self.sessions(provider):
                if (not persona or session.persona == persona) and self.end_session(session.id):
                    ended += 1
            for code, record in self._store.items(CODES):
                if not provider or record["provider"] == provider:
                    self._store.delete(CODES, code)
        return ended


def _session(record: Record) -> Session:
    return Session(**{**record, "scopes": tuple(record["scopes"])})
