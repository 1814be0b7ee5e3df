"""The site's production settings, unchanged but for the addresses that hold the view to compare with, and without a limit on searches.

DEBUG is off, cookies are secure, static files are hashed and compressed, and https is required: the benchmark plays the proxy in front
and says with every request, as that would, that the person came over https (`bench.site` sets TRUSTED_PROXY_COUNT).
"""

from __future__ import annotations

import os
from pathlib import Path

from config.settings import *  # noqa: F403  # Django's way to derive settings

ROOT_URLCONF = "bench.urls"
STATIC_ROOT = Path(os.environ["BENCH_STATIC_ROOT"])  # collected anew for each run, outside the checkout
SEARCHES_PER_MINUTE = 0
