"""Passes declare their order, and it is checked."""

from __future__ import annotations

import re

import pytest

from ttlang.dialects.guarantees import AT_START, Guarantee
from ttlang.driver.pipeline import PASSES
from ttlang.transforms.pass_order import OrderedPass, PassOrderError, check_order

NAMES = [kind.name for kind in PASSES]


def swapped(first: str, second: str) -> list[type[OrderedPass]]:
    """The passes with two of them at each other's place."""
    passes = list(PASSES)
    a, b = NAMES.index(first), NAMES.index(second)
    passes[a], passes[b] = passes[b], passes[a]
    return passes


def test_the_order_of_the_pipeline_holds() -> None:
    check_order(PASSES)


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("ttl-select-engines", "ttl-fit-dst", "ttl-fit-dst needs .*, which ttl-select-engines gives later"),
        ("ttl-validate", "ttl-read-ahead", "ttl-validate needs .*, which ttl-read-ahead has ended"),
        (
            "ttl-lower-pipes",
            "ttl-insert-synchronization",
            "ttl-insert-sync.* needs .*, which ttl-lower-pipes gives later",
        ),
        ("ttl-fit-dst", "ttl-allocate-circular-buffers", "ttl-allocate-circular-buffers needs .*, which ttl-fit-dst"),
        (
            "ttl-lower-layouts",
            "ttl-lower-synchronization",
            "ttl-lower-sync.* needs .*, which ttl-lower-layouts gives later",
        ),
        ("ttl-expand-threads", "ttkernel-insert-inits", "ttkernel-insert-inits needs .*, which ttl-expand-threads"),
    ],
)
def test_another_order_is_refused_by_the_names_of_both(first: str, second: str, said: str) -> None:
    with pytest.raises(PassOrderError) as refused:
        check_order(swapped(first, second))
    assert re.search(said, str(refused.value))


def test_a_pass_that_is_left_out_is_missed() -> None:
    without = [kind for kind in PASSES if kind.name != "ttl-set-compute-config"]
    with pytest.raises(PassOrderError, match="ttl-expand-reductions needs the width of DST, which no pass gives"):
        check_order(without)


def test_every_pass_needs_something() -> None:
    for kind in PASSES:
        assert kind.needs, f"{kind.name} needs nothing"


def test_every_guarantee_is_given_and_only_once() -> None:
    givers = [guarantee for kind in PASSES for guarantee in kind.gives]
    assert sorted([*givers, *AT_START]) == sorted(Guarantee)
