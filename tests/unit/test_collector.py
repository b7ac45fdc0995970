"""The cycle collector at rest: what is made meanwhile is not looked through, and cycles go later all the same."""

from __future__ import annotations

import gc
import weakref

from desktop.collector import collector_at_rest


class Thing:
    """Something that can be in a cycle."""


def test_what_was_made_is_old_at_once_and_cycles_go_in_the_end() -> None:
    found: list[int] = []

    def count(phase: str, info: dict[str, int]) -> None:
        found.append(info["generation"])

    gc.callbacks.append(count)
    try:
        with collector_at_rest():
            assert not gc.isenabled()
            made = [[number] for number in range(10_000)]
            thing = Thing()
            thing.itself = thing  # type: ignore[attr-defined]
            gone = weakref.ref(thing)
            del thing
    finally:
        gc.callbacks.remove(count)
    assert gc.isenabled()
    assert found == []
    old = {id(one) for one in gc.get_objects(generation=2)}
    assert all(id(one) in old for one in made)
    gc.collect()
    assert gone() is None
