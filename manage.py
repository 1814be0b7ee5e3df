#!/usr/bin/env python
"""The command line of the site."""

import os
import sys


def main() -> None:
    """Run a management command; see config/environment.py for what DEBUG defaults to."""
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings_test" if command == "test" else "config.settings")
    if command == "generate_key":
        os.environ["DEBUG"] = "true"  # it stores nothing, and has to work on a server that has no key yet
    os.environ.setdefault("SWITCHBOARD_MANAGE", "1")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
