"""What provider folders need to prove that they keep the contract. Imported by tests only.

`contract.ProviderContract` is the suite; the README of a provider's tests says what it adds.
"""

import pytest

pytest.register_assert_rewrite(
    "telephony.core.testing.contract",
    "telephony.core.testing.calling_contract",
    "telephony.core.testing.fault_contract",
    "telephony.core.testing.mapping_contract",
    "telephony.core.testing.reading_contract",
    "telephony.core.testing.spec_contract",
    "telephony.core.testing.validity",
)
