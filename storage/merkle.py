"""The Merkle tree of RFC 6962 (SHA-256): hashes, roots, proofs, and their verification.

Verification raises `ProofError`, and follows RFC 9162, 2.1.3.2 and 2.1.4.2. Subtree proofs are those of
draft-ietf-plants-merkle-tree-certs: a subtree [start, end) where start is a multiple of the least power of two that is
not less than its width. Knows nothing of what a leaf stands for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256

HASH_BYTES = 32


class ProofError(Exception):
    """A proof that does not prove what it is given for."""


def leaf_hash(content: bytes) -> bytes:
    """RFC 6962, 2.1: the hash of one leaf."""
    return sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """RFC 6962, 2.1: the hash of an inner node."""
    return sha256(b"\x01" + left + right).digest()


EMPTY_ROOT = sha256(b"").digest()


class Frontier:
    """The perfect subtrees of a growing tree, largest first: enough to append leaves and to know the root."""

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        self.size = size
        self._peaks = list(peaks)
        if len(self._peaks) != size.bit_count():
            raise ProofError("The log's peaks do not fit its size.")

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash."""
        node, size = leaf, self.size
        while size & 1:
            node = node_hash(self._peaks.pop(), node)
            size >>= 1
        self._peaks.append(node)
        self.size += 1

    def root(self) -> bytes:
        """The tree's head."""
        if not self._peaks:
            return EMPTY_ROOT
        node = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            node = node_hash(peak, node)
        return node

    @property
    def peaks(self) -> tuple[bytes, ...]:
        """Hashes of the perfect subtrees, largest first."""
        return tuple(self._peaks)


def root(leaves: Iterable[bytes]) -> bytes:
    """The head of the tree over these leaf hashes."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root()


class Tree:
    """A whole tree kept level by level, for many proofs at once. A node without a sibling moves up as it is."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self._levels = [list(leaves)]
        while len(level := self._levels[-1]) > 1:
            pairs = [node_hash(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
            self._levels.append(pairs + level[len(level) & ~1 :])

    def inclusion_proof(self, index: int) -> list[bytes]:
        """RFC 6962, 2.1.1: the audit path for the leaf at `index`."""
        if not 0 <= index < len(self._levels[0]):
            raise ProofError("There is no such leaf.")
        path: list[bytes] = []
        for level in self._levels[:-1]:
            if index ^ 1 < len(level):
                path.append(level[index ^ 1])
            index >>= 1
        return path


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """RFC 6962, 2.1.1: the audit path for the leaf at `index`."""
    if not 0 <= index < len(leaves):
        raise ProofError("There is no such leaf.")
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*inclusion_proof(leaves[:split], index), root(leaves[split:])]
    return [*inclusion_proof(leaves[split:], index - split), root(leaves[:split])]


def consistency_proof(leaves: Sequence[bytes], size: int) -> list[bytes]:
    """RFC 6962, 2.1.2: the proof that the first `size` leaves are a prefix of `leaves`."""
    if not 0 < size <= len(leaves):
        raise ProofError("There is no such earlier tree.")
    return _subproof(leaves, size, whole=True)


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], head: bytes) -> None:
    """That `leaf` is at `index` of the tree of `size` leaves with root `head`. Raises ProofError."""
    if not 0 <= index < size:
        raise ProofError("The leaf lies outside the tree.")
    if len(leaf) != HASH_BYTES:
        raise ProofError("The leaf hash has the wrong length.")
    place, last, node = index, size - 1, leaf
    for step in proof:
        if last == 0:
            raise ProofError("The proof is too long.")
        if place & 1 or place == last:
            node = node_hash(step, node)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            node = node_hash(node, step)
        place, last = place >> 1, last >> 1
    if last:
        raise ProofError("The proof is too short.")
    if node != head:
        raise ProofError("The proof leads to another root.")


def verify_consistency(size: int, larger: int, head: bytes, larger_head: bytes, proof: Sequence[bytes]) -> None:
    """That the tree of `size` leaves with root `head` is a prefix of the one of `larger` leaves. Raises ProofError.

    Nothing follows from an empty tree, so `size` 0 is refused.
    """
    if not 0 < size <= larger:
        raise ProofError("The sizes are not those of an earlier and a later tree.")
    verify_subtree_consistency(0, size, larger, head, larger_head, proof)


def verify_subtree_inclusion(
    leaf: bytes, index: int, start: int, end: int, proof: Sequence[bytes], head: bytes
) -> None:
    """That `leaf` is at `index` of the subtree [start, end) with root `head`. Raises ProofError."""
    _require_subtree(start, end)
    verify_inclusion(leaf, index - start, end - start, proof, head)


def verify_subtree_consistency(
    start: int, end: int, size: int, head: bytes, larger_head: bytes, proof: Sequence[bytes]
) -> None:
    """That the subtree [start, end) with root `head` is part of the tree of `size` leaves. Raises ProofError."""
    if end > size:
        raise ProofError("The subtree does not lie inside the tree.")
    if 0 <= start == end:  # nothing is part of every tree
        if head != EMPTY_ROOT or proof:
            raise ProofError("An empty subtree has one root and needs no proof.")
        return
    _require_subtree(start, end)
    if start == 0 and end == size:
        if proof:
            raise ProofError("The proof is too long.")
        if head != larger_head:
            raise ProofError("One tree has two roots.")
        return
    if not proof:
        raise ProofError("The proof is too short.")
    first, second, last = start, end - 1, size - 1
    if second == last:  # the subtree stands at the right edge: climb until it is one node
        while first != second:
            first, second, last = first >> 1, second >> 1, last >> 1
    else:
        while first != second and second & 1:
            first, second, last = first >> 1, second >> 1, last >> 1
    steps = list(proof)
    small = large = head if first == second else steps.pop(0)
    for step in steps:
        if last == 0:
            raise ProofError("The proof is too long.")
        if second & 1 or second == last:
            if first < second:
                small = node_hash(step, small)
            large = node_hash(step, large)
            while not second & 1 and second:
                first, second, last = first >> 1, second >> 1, last >> 1
        else:
            large = node_hash(large, step)
        first, second, last = first >> 1, second >> 1, last >> 1
    if last:
        raise ProofError("The proof is too short.")
    if small != head or large != larger_head:
        raise ProofError("The proof leads to another root.")


def _require_subtree(start: int, end: int) -> None:
    if not 0 <= start < end:
        raise ProofError("That is not a subtree.")
    if start % (1 << (end - start - 1).bit_length()):
        raise ProofError("The subtree does not start where one of its width may.")


def _subproof(leaves: Sequence[bytes], size: int, *, whole: bool) -> list[bytes]:
    if size == len(leaves):
        return [] if whole else [root(leaves)]
    split = _split(len(leaves))
    if size <= split:
        return [*_subproof(leaves[:split], size, whole=whole), root(leaves[split:])]
    return [*_subproof(leaves[split:], size - split, whole=False), root(leaves[:split])]


def _split(size: int) -> int:
    """The largest power of two smaller than `size`."""
    return 1 << (size - 1).bit_length() - 1
