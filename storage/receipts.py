"""Receipts: what the access log tells one person, as a file that proves itself without the vault.

It carries the events about the person with salt and inclusion proof, a signed head, the signer's certificate and the
custodian's public key, and is signed as a whole, so that no event can be taken out or changed. What is kept back from
the person is not in it, nor what each act touched, which the event only commits to. What it cannot prove by itself is
that this custodian's key is the right one: compare its fingerprint, or check it against a vault.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Sequence
from hashlib import sha256

import msgspec

from storage import audit_event
from storage.audit_event import LoggedEvent
from storage.audit_log import AccessLog, Opened
from storage.errors import ReceiptError, TamperedError
from storage.keypairs import fingerprint, verifies
from storage.log_heads import Head, Signer
from storage.merkle import ProofError, Tree, leaf_hash, verify_inclusion

FORMAT = "onestory-receipt"
VERSION = 1


class Proven(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One event: its place in the log, the salt (hex), the AuditEvent as text, and the proof (hex)."""

    number: int
    salt: str
    event: str
    proof: list[str]


class ReceiptHead(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """A signed head and who signed it; bytes in hex."""

    size: int
    root: str
    state: str
    time: str
    signature: str
    signer: str
    signer_key: str
    certificate: str


class Receipt(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """The file. `signature` is by the head's signer over the same file with an empty signature."""

    format: str
    version: int
    vault: str
    custodian_key: str
    person: str
    head: ReceiptHead
    events: list[Proven]
    signature: str = ""


class Checked(msgspec.Struct, frozen=True):
    """What a check of a receipt found. `against_vault` is set where a vault's own log was asked too."""

    receipt: Receipt
    events: tuple[LoggedEvent, ...]
    against_vault: bool = False

    @property
    def fingerprint(self) -> str:
        """Of the custodian's key, in groups of four, to compare by eye."""
        return fingerprint(bytes.fromhex(self.receipt.custodian_key))


def make(
    log: AccessLog, vault_id: bytes, custodian_public: bytes, person: str, opened: Opened, without: Container[int] = ()
) -> bytes:
    """A receipt of what these keys open, up to the newest head, which must be this user's own; `without` some events,
    by their numbers."""
    head, signer = log.own_head(), log.signer
    tree = Tree(log.leaves()[: head.size])
    events = [
        Proven(kept.number, kept.salt.hex(), kept.event.decode(), _hex(tree.inclusion_proof(kept.number)))
        for kept in log.kept(opened, person)
        if kept.number < head.size and kept.number not in without
    ]
    receipt = Receipt(
        format=FORMAT,
        version=VERSION,
        vault=vault_id.hex(),
        custodian_key=custodian_public.hex(),
        person=person,
        head=ReceiptHead(
            head.size,
            head.root.hex(),
            head.state.hex(),
            head.time,
            head.signature.hex(),
            signer.principal,
            signer.public.hex(),
            signer.certificate.hex(),
        ),
        events=events,
    )
    return msgspec.json.encode(msgspec.structs.replace(receipt, signature=log.sign(_text(receipt)).hex()))


def verify(content: bytes) -> Checked:
    """Check a receipt by itself. Raises ReceiptError."""
    try:
        receipt = msgspec.json.decode(content, type=Receipt)
        if msgspec.json.encode(receipt) != content or (receipt.format, receipt.version) != (FORMAT, VERSION):
            raise ReceiptError("The file is not a receipt as this program writes them.")
        return _verify(receipt)
    except (msgspec.MsgspecError, UnicodeError, ValueError):
        raise ReceiptError("The file is not a receipt as this program writes them.") from None
    except (ProofError, TamperedError):
        raise ReceiptError("An event of the receipt is not the one that was logged.") from None


def compare(
    checked: Checked,
    vault_id: bytes,
    custodians: Collection[bytes],
    signers: Collection[bytes],
    roots: Callable[[Sequence[int]], dict[int, bytes]],
) -> Checked:
    """Check a receipt against a vault's own log as well. Raises ReceiptError.

    `custodians` are the vault's custodian's keys, past ones among them, and `signers` the keys that sign its log:
    whoever kept a past custodian's key cannot vouch for a signer of their own.
    """
    receipt = checked.receipt
    if receipt.vault != vault_id.hex() or bytes.fromhex(receipt.custodian_key) not in custodians:
        raise ReceiptError("The receipt belongs to another vault.")
    if bytes.fromhex(receipt.head.signer_key) not in signers:
        raise ReceiptError("The receipt is signed by someone who does not sign this vault's log.")
    found = roots([receipt.head.size]).get(receipt.head.size)
    if found is None:
        raise ReceiptError("The vault's access log is older than the receipt: entries that it proves are missing.")
    if found.hex() != receipt.head.root:
        raise ReceiptError("The vault's access log is not the one that the receipt was made from.")
    return msgspec.structs.replace(checked, against_vault=True)


def _verify(receipt: Receipt) -> Checked:
    vault_id, head = bytes.fromhex(receipt.vault), receipt.head
    signer = Signer(0, head.signer, bytes.fromhex(head.signer_key), bytes.fromhex(head.certificate))
    root = bytes.fromhex(head.root)
    signed = Head(0, head.size, root, bytes.fromhex(head.state), head.time, bytes.fromhex(head.signature))
    if not signer.certified(vault_id, bytes.fromhex(receipt.custodian_key)):
        raise ReceiptError("The custodian does not vouch for whoever signed the receipt.")
    if not signed.signed_by(signer, vault_id):
        raise ReceiptError("The signature of the log's head does not hold.")
    signature = bytes.fromhex(receipt.signature)
    if signature.hex() != receipt.signature or not verifies(signer.public, signature, _text(receipt)):
        raise ReceiptError("The receipt has been changed since it was signed.")
    events = []
    for proven in receipt.events:
        content = proven.event.encode()
        leaf = leaf_hash(sha256(bytes.fromhex(proven.salt) + content).digest())
        verify_inclusion(leaf, proven.number, head.size, [bytes.fromhex(step) for step in proven.proof], root)
        event = audit_event.decode(content, proven.number)
        if event.person != receipt.person:
            raise ReceiptError("An event of the receipt is about another person.")
        events.append(event)
    return Checked(receipt, tuple(events))


def _text(receipt: Receipt) -> bytes:
    return b"onestory receipt\n" + msgspec.json.encode(msgspec.structs.replace(receipt, signature=""))


def _hex(proof: list[bytes]) -> list[str]:
    return [step.hex() for step in proof]
