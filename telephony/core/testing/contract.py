"""The contract suite: what a provider folder has to keep, wherever that folder lives.

    class TestAcme(ProviderContract):
        spec = SPEC
        provider_class = AcmeProvider
        remote_id = "4711"
        answers = (Answer(r"/v1/me", {"id": "4711"}), ...)      # one small company, its call log in at least two pages
        started = Answer(r".*/dial", {"id": "1"})                # the yes to a call, where the provider can start calls
        call_rows = (...)                                       # vendor rows in their documented shape

        def map_call(self, row): return mapping.call(row)

See each part for what it demands; `refusals`, `extension_mappings`, `keys`, `query` and `passes` say what is particular. What only the
provider can know it tests itself: which filters are passed on, how an empty page followed by more pages looks, its own enum tables.
"""

from __future__ import annotations

from telephony.core.testing.calling_contract import CallingContract
from telephony.core.testing.fault_contract import FaultContract
from telephony.core.testing.mapping_contract import MappingContract
from telephony.core.testing.spec_contract import SpecContract
from telephony.core.testing.text_contract import TextContract


class ProviderContract(SpecContract, FaultContract, MappingContract, CallingContract, TextContract):
    """Subclass it in a provider's tests (the name must begin with Test)."""
