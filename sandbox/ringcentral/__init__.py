"""RingCentral, played locally."""

from sandbox.ringcentral.oauth import POLICY
from sandbox.ringcentral.views import blueprint, fault_reply
from sandbox.ringcentral.wire import PREFIX

__all__ = ["POLICY", "PREFIX", "blueprint", "fault_reply"]
