#!/usr/bin/env python
"""The command line of the site."""

import os
import sys


def main() -> None:
    """Run a management command; see config/environment.py for what DEBUG defaults to."""
    testing = len(sys.argv) > 1 and sys.argv[1] == "test"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings_test" if testing else "config.settings")
    os.environ.setdefault("SWITCHBOARD_MANAGE", "1")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
