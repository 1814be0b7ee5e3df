"""Where static files come from in production."""

from __future__ import annotations

from functools import lru_cache

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise ships no types
    """Hashed and compressed. The names hold for as long as the process runs, so each address is worked out once and not once per page."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self._address = lru_cache(maxsize=None)(super().url)

    def url(self, name: str, force: bool = False) -> str:
        """The address of a file, with the hash of its content. Raises ValueError for a file that was not collected."""
        return str(self._address(name, force))
