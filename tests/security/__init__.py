"""What the site promises about security, proven for the whole site: docs/security.md names the test for each promise."""
