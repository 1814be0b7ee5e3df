"""RingCentral: everything about this provider is in this folder."""
