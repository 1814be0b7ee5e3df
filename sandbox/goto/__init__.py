"""GoTo Connect, played locally."""

from sandbox.goto.oauth import POLICY
from sandbox.goto.views import blueprint, fault_reply
from sandbox.goto.wire import PREFIX

__all__ = ["POLICY", "PREFIX", "blueprint", "fault_reply"]
