"""What the provider sees: how many refreshes of one grant are under way at once, and who reads the logs of one account at the same time."""

from __future__ import annotations

import io
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from sandbox.testing import RunningSandbox

LOGS = ("/history", "/call-log", "/report-summaries", "/call-events", "/user-activity")


class Witness:
    """WSGI middleware in front of the sandbox."""

    def __init__(self, running: RunningSandbox) -> None:
        self._inner: WSGIApplication = running.app.wsgi_app
        self._running = running
        self._lock = threading.Lock()
        self._under_way: Counter[str] = Counter()
        self.refreshes = 0
        self.most_refreshes = 0
        self.most_reads = 0
        self.reads = 0
        running.app.wsgi_app = self  # type: ignore[method-assign]  # the documented way to wrap

    def forget(self) -> None:
        """Begin to count anew."""
        with self._lock:
            self.refreshes = self.most_refreshes = self.most_reads = self.reads = 0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        grant = self._grant(environ)
        if grant:
            with self._counted(grant, "most_refreshes"):
                self.refreshes += 1
                return self._inner(environ, start_response)
        if any(part in environ.get("PATH_INFO", "") for part in LOGS):
            reader = environ.get("HTTP_AUTHORIZATION", "")  # one token an account
            with self._counted(reader, "most_reads"):
                self.reads += 1
                return self._inner(environ, start_response)
        return self._inner(environ, start_response)

    @contextmanager
    def _counted(self, key: str, most: str) -> Iterator[None]:
        with self._lock:
            self._under_way[key] += 1
            setattr(self, most, max(getattr(self, most), self._under_way[key]))
        try:
            yield
        finally:
            with self._lock:
                self._under_way[key] -= 1

    def _grant(self, environ: WSGIEnvironment) -> str:
        """The session whose refresh token is presented, "" for any other request."""
        if environ["REQUEST_METHOD"] != "POST" or not environ.get("PATH_INFO", "").endswith("/token"):
            return ""
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        token = parse_qs(body.decode()).get("refresh_token", [""])[0]
        session = self._running.sandbox.grants.session_of_token(token) if token else None
        return session.id if session else token[:12]
