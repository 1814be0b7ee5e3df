"""GoTo Connect, played locally."""
