"""Key pairs of principals and the two ways of sealing: to a public key (HPKE) and with a shared key (AES-256-GCM).

HPKE is RFC 9180 base mode with the hybrid KEM MLKEM768_X25519, HKDF-SHA256 and AES-256-GCM. Signatures are Ed25519.
Nothing here is stored or printed; a private key shows only its type in a repr.
"""

from __future__ import annotations

import hmac
import os
import struct
from collections.abc import Iterable
from hashlib import blake2b, sha256

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from storage.errors import TamperedError

KEY_BYTES = 32
_NUMBER = struct.Struct(">q").unpack
_NONCE = 12
_MLKEM_SEED = 64
_MLKEM_PUBLIC = 1184
_SUITE = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
_NOT_OURS = "Sealed content is damaged or was moved from another place."


class PublicKey:
    """What anyone may seal to: 1,216 bytes, the ML-KEM-768 part first."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        try:
            self._key = hpke.MLKEM768X25519PublicKey(
                MLKEM768PublicKey.from_public_bytes(raw[:_MLKEM_PUBLIC]),
                X25519PublicKey.from_public_bytes(raw[_MLKEM_PUBLIC:]),
            )
        except ValueError:
            raise TamperedError("A public key in the vault is damaged.") from None

    def seal(self, content: bytes, info: bytes) -> bytes:
        """One HPKE message that only the private key opens, and only with the same `info`."""
        return _SUITE.encrypt(content, self._key, info)


class PrivateKey:
    """The secret half, 96 bytes: the ML-KEM seed, then the X25519 key."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        mlkem = MLKEM768PrivateKey.from_seed_bytes(raw[:_MLKEM_SEED])
        x25519 = X25519PrivateKey.from_private_bytes(raw[_MLKEM_SEED:])
        self._key = hpke.MLKEM768X25519PrivateKey(mlkem, x25519)
        self.public = PublicKey(mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw())

    @classmethod
    def generate(cls) -> PrivateKey:
        """A fresh key pair from the system's randomness."""
        return cls(MLKEM768PrivateKey.generate().private_bytes_raw() + X25519PrivateKey.generate().private_bytes_raw())

    def open(self, message: bytes, info: bytes) -> bytes:
        """The content of an HPKE message. Raises TamperedError if it was not sealed to this key with this `info`."""
        try:
            return _SUITE.decrypt(message, self._key, info)
        except (InvalidTag, ValueError):
            raise TamperedError(_NOT_OURS) from None

    def __repr__(self) -> str:
        return "PrivateKey(…)"


class SigningKey:
    """Ed25519; `public` is the 32 bytes that verify."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self._key = Ed25519PrivateKey.from_private_bytes(raw)
        self.public = self._key.public_key().public_bytes_raw()

    @classmethod
    def generate(cls) -> SigningKey:
        """A fresh signing key."""
        return cls(Ed25519PrivateKey.generate().private_bytes_raw())

    def sign(self, message: bytes) -> bytes:
        """64 bytes."""
        return self._key.sign(message)

    def __repr__(self) -> str:
        return "SigningKey(…)"


def verifies(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether `signature` over `message` was made by the holder of `public` (Ed25519, 32 bytes)."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def fingerprint(public: bytes) -> str:
    """Of a public key, in groups of four, to compare by eye."""
    text = sha256(public).hexdigest()[:32]
    return " ".join(text[i : i + 4] for i in range(0, 32, 4))


class Box:
    """AES-256-GCM under one key, random 96-bit nonces in front of the sealed bytes."""

    __slots__ = ("_aead",)

    def __init__(self, key: bytes) -> None:
        self._aead = AESGCM(key)

    def seal(self, content: bytes, aad: bytes) -> bytes:
        """Nonce, sealed content, tag: 28 bytes more than `content`."""
        nonce = os.urandom(_NONCE)
        return nonce + self._aead.encrypt(nonce, content, aad)

    def open(self, box: bytes, aad: bytes) -> bytes:
        """The content. Raises TamperedError unless key, bytes and `aad` are those of sealing."""
        try:
            return self._aead.decrypt(box[:_NONCE], box[_NONCE:], aad)
        except (InvalidTag, ValueError):
            raise TamperedError(_NOT_OURS) from None

    def __repr__(self) -> str:
        return "Box(…)"


def fresh_key() -> bytes:
    """32 random bytes."""
    return os.urandom(KEY_BYTES)


def derive(secret: bytes, purpose: str, salt: bytes = b"") -> bytes:
    """A 32-byte key for one purpose from a secret of full strength (HKDF-SHA256)."""
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=salt or None, info=f"onestory {purpose}".encode()).derive(
        secret
    )


class Index:
    """Turns identifiers into opaque look-up keys (HMAC-SHA256 under a key derived from the vault key)."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._begun: dict[str, blake2b] = {}

    def digest(self, kind: str, text: str) -> bytes:
        """32 bytes; `kind` keeps look-up keys of different meaning apart."""
        return hmac.digest(self._key, f"{kind}\x00{text}".encode(), sha256)

    def number(self, kind: str, text: str) -> int:
        """A 64-bit keyed hash as a signed integer, for compact rows: ids within one person do not collide in practice.

        Keyed BLAKE2b, a MAC like HMAC, at a fifth of its cost on short texts (several are made for each entry).
        """
        return self.numbers(kind, (text,))[0]

    def numbers(self, kind: str, texts: Iterable[str]) -> list[int]:
        """The same of many texts."""
        begun = self._begun.get(kind)
        if begun is None:
            begun = self._begun[kind] = blake2b(f"{kind}\x00".encode(), key=self._key, digest_size=8)
        found = []
        for text in texts:
            keyed = begun.copy()
            keyed.update(text.encode())
            found.append(_NUMBER(keyed.digest())[0])
        return found

    def __repr__(self) -> str:
        return "Index(…)"
