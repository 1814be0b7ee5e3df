"""What a page loads stays small: all style sheets and scripts together, compressed, on any page."""

from __future__ import annotations

import gzip

from config.environment import BASE_DIR

MOST = 100_000  # bytes


def test_all_styles_and_scripts_together_are_under_a_hundred_kilobytes_compressed() -> None:
    files = [file for kind in ("css", "js") for file in (BASE_DIR / "static").rglob(f"*.{kind}")]
    assert len(files) > 15
    assert sum(len(gzip.compress(file.read_bytes())) for file in files) < MOST
