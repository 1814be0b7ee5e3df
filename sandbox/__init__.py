"""Local stand-ins for the three telephony providers, for the demo, the tests and fault drills.

The site never imports this package: it talks to it over HTTP, as it does to the real providers.
"""
