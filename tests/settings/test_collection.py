"""When Python looks for garbage: not while there is none, and later as always."""

from __future__ import annotations

import gc
import weakref

from ttlang.settings.collection import lasting, no_collection


class Thing:
    """Something that Python looks through."""

    def __init__(self) -> None:
        self.other: Thing | None = None


def circle() -> weakref.ref[Thing]:
    first, second = Thing(), Thing()
    first.other, second.other = second, first
    return weakref.ref(first)


def test_nobody_looks_for_garbage_meanwhile_and_as_before_afterwards() -> None:
    for context in (no_collection, lasting):
        assert gc.isenabled()
        with context():
            assert not gc.isenabled()
            with context():
                pass
            assert not gc.isenabled()
        assert gc.isenabled()


def test_what_lasts_is_old_at_once_and_nothing_is_set_aside() -> None:
    with lasting():
        things = [Thing() for _ in range(1000)]
    old = {id(each) for each in gc.get_objects(generation=2)}
    assert all(id(thing) in old for thing in things)
    assert not gc.get_freeze_count()


def test_garbage_among_it_is_found_when_old_objects_are_looked_through() -> None:
    with lasting():
        left = circle()
    assert left() is not None
    gc.collect()
    assert left() is None


def test_what_somebody_has_set_aside_stays_there() -> None:
    gc.freeze()
    try:
        before = gc.get_freeze_count()
        with lasting():
            pass
        assert gc.get_freeze_count() == before
    finally:
        gc.unfreeze()
