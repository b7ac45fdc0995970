"""The Merkle tree against the public transparency-dev vectors, and proofs made and checked here."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage import merkle


def b64(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def vectors(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted(folder.rglob("*.json")):
        yield str(path.relative_to(folder)), json.loads(path.read_text())


def proof(case: dict[str, Any]) -> list[bytes]:
    return [b64(step) for step in case["proof"] or []]


def check(kind: str, case: dict[str, Any]) -> None:
    if kind == "inclusion":
        merkle.verify_inclusion(
            b64(case["leafHash"]), case["leafIdx"], case["treeSize"], proof(case), b64(case["root"])
        )
    elif kind == "consistency":
        merkle.verify_consistency(case["size1"], case["size2"], b64(case["root1"]), b64(case["root2"]), proof(case))
    elif kind == "subtreeinclusion":
        merkle.verify_subtree_inclusion(
            b64(case["leafHash"]), case["leafIdx"], case["start"], case["end"], proof(case), b64(case["root"])
        )
    else:
        merkle.verify_subtree_consistency(
            case["start"], case["end"], case["size"], b64(case["root1"]), b64(case["root2"]), proof(case)
        )


@pytest.mark.parametrize("kind", ["inclusion", "consistency", "subtreeinclusion", "subtreeconsistency"])
def test_public_vectors_are_judged_as_they_say(shared_data: Path, kind: str) -> None:
    wrong: list[str] = []
    seen = {True: 0, False: 0}
    for name, case in vectors(shared_data / "merkle-vectors" / kind):
        try:
            check(kind, case)
            refused = False
        except merkle.ProofError:
            refused = True
        seen[case["wantErr"]] += 1
        if refused != case["wantErr"]:
            wrong.append(f"{name}: {case['desc']}")
    assert not wrong
    assert seen[True] > 5
    assert seen[False] > 2


leaves = st.integers(1, 70).map(lambda n: [merkle.leaf_hash(bytes([i])) for i in range(n)])


@given(leaves, st.data())
@settings(max_examples=60, deadline=None)
def test_every_leaf_proves_its_place_and_no_other(hashes: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(hashes) - 1))
    head = merkle.root(hashes)
    path = merkle.inclusion_proof(hashes, index)
    merkle.verify_inclusion(hashes[index], index, len(hashes), path, head)
    with pytest.raises(merkle.ProofError):
        merkle.verify_inclusion(merkle.leaf_hash(b"other"), index, len(hashes), path, head)


@given(leaves, st.data())
@settings(max_examples=60, deadline=None)
def test_every_earlier_tree_is_a_prefix_and_a_changed_one_is_not(hashes: list[bytes], data: st.DataObject) -> None:
    size = data.draw(st.integers(1, len(hashes)))
    earlier, later = merkle.root(hashes[:size]), merkle.root(hashes)
    path = merkle.consistency_proof(hashes, size)
    merkle.verify_consistency(size, len(hashes), earlier, later, path)
    with pytest.raises(merkle.ProofError):
        merkle.verify_consistency(size, len(hashes), merkle.leaf_hash(b"other"), later, path)


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert merkle.root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_a_frontier_continues_where_it_was_left() -> None:
    hashes = [merkle.leaf_hash(bytes([i])) for i in range(21)]
    first = merkle.Frontier()
    for leaf in hashes[:13]:
        first.append(leaf)
    second = merkle.Frontier(first.size, first.peaks)
    for leaf in hashes[13:]:
        second.append(leaf)
    assert second.root() == merkle.root(hashes)


def test_peaks_that_do_not_fit_the_size_are_refused() -> None:
    with pytest.raises(merkle.ProofError):
        merkle.Frontier(3, [bytes(32)])


def test_proofs_are_refused_for_places_outside_the_tree() -> None:
    with pytest.raises(merkle.ProofError):
        merkle.inclusion_proof([bytes(32)], 1)
    with pytest.raises(merkle.ProofError):
        merkle.consistency_proof([bytes(32)], 0)
