"""RingCentral, played locally."""
