"""The site as people meet it: Debian's chromium, gunicorn, and the sandbox, as processes. `python -m pytest tests/browser`.

It needs requirements-browser.txt and a chromium on the path; it never downloads a browser.
"""
