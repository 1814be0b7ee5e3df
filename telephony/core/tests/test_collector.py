"""The collector of cycles rests while rows are written, and is always as it was afterwards."""

import gc

import pytest

from telephony.core.collector import collector_paused


def test_it_rests_until_the_last_thread_is_done() -> None:
    with collector_paused():
        with collector_paused():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_goes_on_after_an_error() -> None:
    with pytest.raises(ValueError, match="broken row"), collector_paused():
        raise ValueError("broken row")
    assert gc.isenabled()


def test_where_it_was_off_it_stays_off() -> None:
    gc.disable()
    try:
        with collector_paused():
            assert not gc.isenabled()
        assert not gc.isenabled()
    finally:
        gc.enable()
