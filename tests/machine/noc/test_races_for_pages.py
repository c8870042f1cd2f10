"""Cores that read and write one page of a tensor in no order."""

from __future__ import annotations

import re

import pytest

from tests.support.ttkernel_mistakes import BUFFERS, check
from tests.support.ttkernel_programs import FILE, integers, program, read_block, write_block
from ttlang.backends.simulator import prepare
from ttlang.diagnostics import DiagnosticError


@pytest.mark.parametrize("tiles", [1, 4])
def test_two_cores_write_one_page(tiles):
    body = write_block("x_cb", "o", tiles).replace("%l1_x_cb)\n", f'%l1_x_cb) loc("{FILE}":123:5)\n')
    check(
        "TTL0810",
        r"core \(1, 0\), thread 'write': writes page 0 of 'o', which core \(0, 0\) wrote in the same launch",
        grid=(2, 1),
        core_args={"first": [0, 4]},
        read=read_block("x_cb", "x", tiles, "%first"),
        write=body,
    )


@pytest.mark.parametrize("tiles", [1, 4])
@pytest.mark.parametrize("seed", [None, 1, 2])
def test_two_cores_write_the_same_to_one_page(tiles, seed):
    """Whichever is last, the page holds the same: a warning."""
    parts = {"grid": (2, 1), "read": read_block("x_cb", "x", tiles), "write": write_block("x_cb", "o", tiles)}
    x, o = integers(8), integers(8, seed=1)
    simulation = prepare(program(buffers=BUFFERS, tensors=[("x", 8), ("o", 8)], **parts))
    (warning,) = simulation.run([x, o], seed=seed).warnings
    assert (warning.code, warning.severity) == ("TTL0810", "warning")
    assert "the same bytes" in warning.message
    assert (o.pages[:tiles] == x.pages[:tiles]).all()


def test_what_counts_is_what_a_core_writes_last():
    """Both write page 0 and then page 1 of x to page 0 of o: in between it is now the one, now the other."""
    read = read_block("x_cb", "x", 2)
    again = write_block("x_cb", "o", 1).replace("_x_cb", "_again").replace("@again", "@x_cb")
    parts = {"grid": (2, 1), "read": read, "write": write_block("x_cb", "o", 1) + again}
    x, o = integers(8), integers(8, seed=1)
    simulation = prepare(program(buffers=BUFFERS, tensors=[("x", 8), ("o", 8)], **parts))
    (warning,) = simulation.run([x, o]).warnings
    assert (warning.code, warning.severity) == ("TTL0810", "warning")
    assert (o.pages[0] == x.pages[1]).all()


@pytest.mark.parametrize("tiles", [1, 4])
def test_one_core_reads_what_another_one_writes(tiles):
    """Core 0 reads page 4 of x, core 1 writes it: it is reported in whatever order, and seeds make several."""
    body = write_block("x_cb", "x", tiles, "%first")
    parts = {"grid": (2, 1), "read": read_block("x_cb", "x", tiles, "%last"), "write": body}
    core_args = {"first": [0, 4], "last": [4, 0]}
    simulation = prepare(program(buffers=BUFFERS, tensors=[("x", 8)], core_args=core_args, **parts))
    messages: set[str] = set()
    for seed in range(12):
        with pytest.raises(DiagnosticError) as caught:
            simulation.run([integers(8)], seed=seed)
        (diagnostic,) = caught.value.diagnostics
        assert diagnostic.code == "TTL0810"
        assert re.search(r"(reads|writes) page [04] of 'x', which core .* (read|wrote) in", diagnostic.message)
        messages.add(diagnostic.message)
    assert len(messages) >= 3


def test_a_page_that_several_cores_read_may_not_be_written():
    body = write_block("x_cb", "x", 1, "%to").replace("%l1_x_cb)\n", f'%l1_x_cb) loc("{FILE}":123:5)\n')
    check(
        "TTL0810",
        r"core \(2, 0\), thread 'write': writes page 0 of 'x', which several cores read in the same launch",
        grid=(3, 1),
        core_args={"from": [0, 0, 5], "to": [6, 7, 0]},
        read=read_block("x_cb", "x", 1, "%from"),
        write=body,
    )
