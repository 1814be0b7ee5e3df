"""Fault drills against the sandbox: kills, races, outages, full disks. `manage.py drill` runs them; nothing of the site imports them."""
