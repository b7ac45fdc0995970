"""The chain of custodian's keys in the key file: who signed before, and who signs now.

When someone who held the custodian's office leaves, the office gets new keys. Slots whose passphrase nobody present
knows still trust the key of the day they were sealed; the chain leads from it to the present one. Each link is signed
by the key that goes and by the key that comes, so it is followed forwards to learn whom to trust, and backwards to
know whose certificates and receipts were good in their day. Knows nothing of what the keys open.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from storage.errors import TamperedError
from storage.keypairs import SigningKey, verifies


class Office(msgspec.Struct, frozen=True, array_like=True):
    """The custodian's keys of one time: `public` verifies what `signing` signs; `private` is the HPKE key."""

    public: bytes
    private: bytes
    signing: bytes

    def __repr__(self) -> str:
        return "Office(…)"


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """`public` follows `before` from `epoch` on. Both keys sign."""

    before: bytes
    public: bytes
    epoch: int
    signature: bytes
    countersignature: bytes


def follow(vault: bytes, before: SigningKey, after: SigningKey, epoch: int) -> Link:
    """The link from one custodian's key to the next."""
    text = _text(vault, before.public, after.public, epoch)
    return Link(
        before=before.public,
        public=after.public,
        epoch=epoch,
        signature=before.sign(text),
        countersignature=after.sign(text),
    )


def present(vault: bytes, chain: Sequence[Link], trusted: bytes) -> bytes:
    """The custodian's key that the chain leads to from a trusted one. Raises TamperedError for a link nobody signed."""
    for link in chain:
        if link.before == trusted:
            if not _holds(vault, link):
                raise TamperedError("The key file names a custodian whom the one before did not name.")
            trusted = link.public
    return trusted


def past(vault: bytes, chain: Sequence[Link], trusted: bytes) -> list[bytes]:
    """The custodian's keys before a trusted one, as those who followed confirmed them; the latest first."""
    found: list[bytes] = []
    for link in reversed(chain):
        if link.public == trusted and _holds(vault, link):
            trusted = link.before
            found.append(trusted)
    return found


def _holds(vault: bytes, link: Link) -> bool:
    text = _text(vault, link.before, link.public, link.epoch)
    return verifies(link.before, link.signature, text) and verifies(link.public, link.countersignature, text)


def _text(vault: bytes, before: bytes, public: bytes, epoch: int) -> bytes:
    return msgspec.msgpack.encode(("custodian follows", vault, before, public, epoch))
