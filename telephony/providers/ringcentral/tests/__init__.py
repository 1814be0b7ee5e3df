"""Tests of the RingCentral folder; payloads hold invented values in the documented shapes."""
