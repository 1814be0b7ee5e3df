"""RSA keys that sign the JWTs. A sandbox with a state file keeps its keys there; in-memory ones share one per process."""

from __future__ import annotations

import base64
from functools import lru_cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from sandbox.store import Store

BUCKET = "keys"


class SigningKey:
    """One provider's RSA key; `kid` is its public name."""

    def __init__(self, name: str, pem: str) -> None:
        self.kid = f"sandbox-{name}"
        key = load_pem_private_key(pem.encode(), None)
        if not isinstance(key, RSAPrivateKey):
            raise TypeError("the stored signing key is not RSA")
        self._key = key

    def sign(self, claims: dict[str, Any], algorithm: str = "RS256") -> str:
        """A signed JWT."""
        return jwt.encode(claims, self._key, algorithm=algorithm, headers={"kid": self.kid})

    def jwks(self, algorithm: str = "RS256") -> dict[str, Any]:
        """The public key as a JSON Web Key Set."""
        public = self._key.public_key().public_numbers()
        key = {"kid": self.kid, "kty": "RSA", "alg": algorithm, "use": "sig"}
        return {"keys": [key | {"n": _number(public.n), "e": _number(public.e)}]}


def signing_key(store: Store, name: str) -> SigningKey:
    """The key of a provider, made on first use."""
    with store.transaction():
        record = store.get(BUCKET, name)
        if record is None:
            pem = _shared_pem() if store.path == ":memory:" else _new_pem()
            record = {"pem": pem}
            store.put(BUCKET, name, record)
    return _load(name, record["pem"])


@lru_cache(maxsize=32)
def _load(name: str, pem: str) -> SigningKey:
    return SigningKey(name, pem)


@lru_cache(maxsize=1)
def _shared_pem() -> str:
    return _new_pem()


def _new_pem() -> str:
    key = generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _number(value: int) -> str:
    raw = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
