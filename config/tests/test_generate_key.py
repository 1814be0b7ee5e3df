"""``manage.py generate_key``, which people run before anything is configured."""

from __future__ import annotations

import os
import subprocess
import sys
from io import StringIO

from cryptography.fernet import Fernet
from django.core.management import call_command

from config.environment import BASE_DIR
from config.tests.production import PRODUCTION


def generated() -> str:
    """What the command prints."""
    output = StringIO()
    call_command("generate_key", stdout=output)
    return output.getvalue().strip()


def test_it_prints_a_new_key_each_time() -> None:
    first, second = generated(), generated()
    assert first != second
    box = Fernet(first.encode())
    assert box.decrypt(box.encrypt(b"token")) == b"token"


def test_it_works_on_a_server_that_has_no_key_yet() -> None:
    environment = PRODUCTION | {"PATH": os.environ["PATH"]}
    del environment["FIELD_ENCRYPTION_KEYS"]
    result = subprocess.run(
        [sys.executable, "manage.py", "generate_key"], cwd=BASE_DIR, env=environment, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
    Fernet(result.stdout.strip().encode())
