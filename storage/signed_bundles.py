"""A FHIR Bundle signed, so that whoever is handed it can tell whose signature it bears and that nothing was changed.

`Bundle.signature` (FHIR R4 Signature) holds a detached JWS (RFC 7515, EdDSA of RFC 8037) over FHIR's canonical JSON of
the Bundle without it. Its header carries all that checking needs, as a receipt does: the signer's key, the custodian's
certificate for that key, and the custodian's own. What it cannot prove by itself is that this custodian's key is the
right one: compare its fingerprint. The name and post are the signer's own word; the custodian vouches for their key.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from fhir.json_reading import decode
from fhir.kinds import BOM
from fhir.records import Tree
from storage.errors import SignatureError
from storage.keypairs import fingerprint, verifies
from storage.log_heads import Signer

CANONICAL = "http://hl7.org/fhir/canonicalization/json"
_TARGET = f"application/fhir+json;canonicalization={CANONICAL}"
_CHANGED = "What was signed has been changed since, or the signature itself has."


class Signatory(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who signed, as the signature says, when (ISO instant), and with what keys (hex)."""

    name: str
    role: str
    organisation: str
    time: str
    vault: str
    principal: str
    key: str
    certificate: str
    custodian: str

    @property
    def fingerprint(self) -> str:
        """Of the custodian's key, to compare by eye."""
        return fingerprint(bytes.fromhex(self.custodian))

    def vouched(self) -> bool:
        """Whether the custodian vouches for the key that signed."""
        signer = Signer(0, self.principal, bytes.fromhex(self.key), bytes.fromhex(self.certificate))
        return signer.certified(bytes.fromhex(self.vault), bytes.fromhex(self.custodian))


class Signed(NamedTuple):
    """A Bundle whose signature holds, and whose that is."""

    bundle: Tree
    by: Signatory


class _Jwk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    x: str
    kty: str = "OKP"
    crv: str = "Ed25519"


class _Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The protected header of the JWS."""

    jwk: _Jwk
    onestory: Signatory
    canon: str = CANONICAL
    alg: str = "EdDSA"


def canonical(tree: Any) -> bytes:
    """FHIR's canonical JSON: no white space, names of each object in order, every digit as written."""
    return _CANONICAL.encode(tree)


def sign(bundle: Tree, by: Signatory, sign: Callable[[bytes], bytes]) -> Tree:
    """The Bundle with its signature, made with the key that `by` names."""
    protected = _url64(msgspec.json.encode(_Header(jwk=_jwk(by), onestory=by)))
    bare = {name: value for name, value in bundle.items() if name != "signature"}
    return {**bare, "signature": _element(by, f"{protected}..{_url64(sign(_text(protected, bare)))}")}


def verify(content: bytes) -> Signed | None:
    """Whose signature a document bears; None where it is no Bundle, or bears none of the kind that is made here.

    Raises SignatureError where the signature does not hold: also where the text is no JSON that can be read, or names
    a member of an object twice, so that two readers might see two documents.
    """
    content = content.removeprefix(BOM)
    try:
        tree = decode(content)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        if _TARGET.encode() in content:
            raise SignatureError(_CHANGED) from None
        return None
    signature = tree.get("signature") if isinstance(tree, dict) and tree.get("resourceType") == "Bundle" else None
    if not isinstance(signature, dict) or signature.get("targetFormat") != _TARGET:
        return None
    try:
        json.loads(content, object_pairs_hook=_each_once)
        return _verify(tree)
    except (msgspec.MsgspecError, UnicodeError, ValueError, TypeError, KeyError, RecursionError):
        raise SignatureError(_CHANGED) from None


def _each_once(members: list[tuple[str, Any]]) -> Tree:
    """An object; raises SignatureError where it names a member twice (RFC 8259, 4)."""
    found = dict(members)
    if len(found) < len(members):
        raise SignatureError(_CHANGED)
    return found


def _verify(tree: Tree) -> Signed:
    jws = b64decode(tree["signature"]["data"], validate=True).decode("ascii")
    protected, payload, signature = jws.split(".")
    header = msgspec.json.decode(_unurl64(protected), type=_Header)
    by, bare = header.onestory, {name: value for name, value in tree.items() if name != "signature"}
    same = header == _Header(jwk=_jwk(by), onestory=by) and not payload and tree["signature"] == _element(by, jws)
    if not same or not verifies(bytes.fromhex(by.key), _unurl64(signature), _text(protected, bare)):
        raise SignatureError(_CHANGED)
    if not by.vouched():
        raise SignatureError("The custodian does not vouch for whoever signed this.")
    return Signed(bare, by)


def _element(by: Signatory, jws: str) -> Tree:
    """The FHIR element: what stands in it beside the JWS repeats the header and nothing else."""
    who = ", ".join(part for part in (by.name, by.role, by.organisation) if part)
    return {
        "type": [
            {
                "system": "urn:iso-astm:E1762-95:2013",
                "code": "1.2.840.10065.1.12.1.14",
                "display": "Source Signature",
            }
        ],
        "when": by.time,
        "who": {"display": who},
        "targetFormat": _TARGET,
        "sigFormat": "application/jose",
        "data": b64encode(jws.encode()).decode(),
    }


def _text(protected: str, bare: Tree) -> bytes:
    """What is signed: RFC 7515, 5.1. No other text that these keys sign begins like this."""
    return f"{protected}.{_url64(canonical(bare))}".encode()


def _jwk(by: Signatory) -> _Jwk:
    return _Jwk(x=_url64(bytes.fromhex(by.key)))


def _url64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _unurl64(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


_CANONICAL = msgspec.json.Encoder(order="sorted", decimal_format="number")
