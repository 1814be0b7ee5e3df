"""sipgate, played locally: OAuth in two realms, personal access tokens, and the REST API v2."""

from sandbox.sipgate.oauth import POLICY, PREFIX
from sandbox.sipgate.views import blueprint, fault_reply

__all__ = ["POLICY", "PREFIX", "blueprint", "fault_reply"]
