"""Every construct of docs/official.md is compiled and simulated, and gives what the table says."""

from __future__ import annotations

import re
import textwrap
import warnings
from collections.abc import Callable
from typing import Any

import pytest
import torch

from ttlang import ttnn
from ttlang.diagnostics import DiagnosticError
from ttlang.language import later
from ttlang.settings.variables import OF_OTHER_COMPILERS, VARIABLES
from ttlang.tables.constructs import ENVIRONMENT, SECTIONS, Construct, Kind, Place

CASES = [(row, spelling) for rows in SECTIONS.values() for row in rows for spelling in row.spellings]

OPERATION = """
import torch

from ttlang import ttl, ttnn

{host}

@ttl.operation({decorator})
def operation(x, y, out):
    net = ttl.PipeNet([ttl.Pipe(src=(0, 0), dst=(slice(1, 4), 0))]) if {cores} == 4 else None
    ready = ttl.Semaphore(0)
    x_dfb = ttl.make_dataflow_buffer_like(x, shape=(2, 2))
    y_dfb = ttl.make_dataflow_buffer_like(y, shape=(2, 2)) if {b} else None
    out_dfb = ttl.make_dataflow_buffer_like(out, shape=(2, 2))
    {resources}

    @ttl.datamovement()
    def read():
        {anywhere}
        {semaphore}
        with x_dfb.reserve() as block:
            {copy}
            {held}
        if {b}:
            with y_dfb.reserve() as block:
                ttl.copy(y[0:2, 0:2], block).wait()

    @ttl.compute({compute_decorator})
    def compute():
        {anywhere}
        with x_dfb.wait() as a, out_dfb.reserve() as o:
            if {b}:
                b = y_dfb.wait()
            {compute}

    @ttl.datamovement()
    def write():
        with out_dfb.wait() as block:
            if ttl.core_linear() == 0:
                ttl.copy(block, out[0:2, 0:2]).wait()
"""
BODY = """
from ttlang import ttl


@ttl.operation(grid=(1, 1))
def operation(x, y, out):
    {body}
"""
SHARDED = """
from ttlang import ttl


@ttl.operation(grid=(1, 1))
def operation(x, y, out):
    {sharded}
    out_dfb = ttl.make_tensor_backed_dfb(out, shape=shard_dfb.shape, block_count=shard_dfb.block_count)

    @ttl.datamovement()
    def move():
        shard_dfb.publish()

    @ttl.compute()
    def compute():
        for _ in range(shard_dfb.block_count):
            with shard_dfb.wait() as a, out_dfb.reserve() as o:
                o.store(a)
"""
STAGE = """
from ttlang import ttl


@ttl.operation()
def stage({stage}):
    column, _ = ttl.node()
    if column == 0:
        with source.wait() as block:
            net.if_src(lambda pipe: ttl.copy(block, pipe).wait())
    else:
        with target.reserve() as block:
            net.if_dst(lambda pipe: ttl.copy(pipe, block).wait())


@ttl.operation(grid=(2, 1))
def operation(x, y, out):
    here = ttl.make_dataflow_buffer_like(x, shape=(2, 2))
    there = ttl.make_dataflow_buffer_like(out, shape=(2, 2))
    across = ttl.PipeNet([ttl.Pipe(src=(0, 0), dst=(1, 0))])
    column, _ = ttl.node()
    if column == 0:
        with here.reserve() as block:
            ttl.copy(x[0:2, 0:2], block).wait()
    stage(x, here, there, across)
    if column == 1:
        with there.wait() as block:
            ttl.copy(block, out[0:2, 0:2]).wait()
"""
NET = """
def send(pipe):
    ttl.copy(block, pipe).wait()

def receive(pipe):
    ttl.copy(pipe, block).wait()

if net.is_src():
    ttl.copy(x[0:2, 0:2], block).wait()
"""


def script_of(row: Construct, spelling: str) -> str:
    """A whole script, with the construct in its place."""
    if row.place == Place.BODY:
        return BODY.format(body=spelling)
    if row.place == Place.STAGE:
        return STAGE.format(stage=spelling)
    if row.place == Place.SHARDED:
        return SHARDED.format(sharded=spelling)
    parts = {
        "host": "",
        "decorator": f"grid=({4 if row.place == Place.NET else 1}, 1)",
        "cores": "4" if row.place == Place.NET else "1",
        "compute_decorator": "",
        "resources": "",
        "anywhere": "",
        "semaphore": "",
        "copy": "ttl.copy(x[0:2, 0:2], block).wait()",
        "held": "",
        "compute": "o.store(a)",
    }
    match row.place:
        case Place.VALUE:
            parts["compute"] = f"o.store({spelling})"
        case Place.NET:
            parts["copy"] = textwrap.indent(NET, " " * 12).strip() + f"\n            {spelling}"
        case _:
            parts[row.place.name.lower()] = spelling
    return OPERATION.format(**parts, b=bool(re.search(r"\bb\b", parts["compute"])))


def run(row: Construct, spelling: str, load: Callable[[str], Any]) -> list[str]:
    """The warnings of it, when it is called. A mistake is raised."""
    device = ttnn.open_device(device_id=0)
    values = torch.rand(64, 64).bfloat16() + 0.5
    shards = ttnn.create_sharded_memory_config((64, 64), ttnn.CoreGrid(x=1, y=1), ttnn.ShardStrategy.HEIGHT)
    memory = shards if row.place == Place.SHARDED else ttnn.DRAM_MEMORY_CONFIG
    x, y, out = (
        ttnn.from_torch(values, layout=ttnn.TILE_LAYOUT, device=device, memory_config=memory) for _ in range(3)
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        load(script_of(row, spelling)).operation(x, y, out)
    return [str(warning.message) for warning in caught]


@pytest.mark.parametrize(("row", "spelling"), CASES, ids=[spelling for _, spelling in CASES])
def test_construct(row: Construct, spelling: str, load: Callable[[str], Any]) -> None:
    if row.kind == Kind.REFUSED:
        with pytest.raises(DiagnosticError) as raised:
            run(row, spelling, load)
        assert row.code in {found.code for found in raised.value.diagnostics}
        return
    warned = run(row, spelling, load)
    if row.kind == Kind.WARNED:
        assert any(row.code in text for text in warned)
    else:
        assert not warned


def test_a_code_belongs_to_what_is_refused_or_warned_of() -> None:
    for row, spelling in CASES:
        assert not row.code or row.kind in (Kind.REFUSED, Kind.WARNED), spelling
        assert row.code or row.kind != Kind.REFUSED, spelling
        assert row.here or row.kind == Kind.SAME, spelling


def test_variables_of_the_environment() -> None:
    known = {variable.name for variable in VARIABLES}
    assert set(ENVIRONMENT) <= known
    assert not known & OF_OTHER_COMPILERS.keys()
    for instead in OF_OTHER_COMPILERS.values():
        assert set(re.findall(r"TTLANG_\w+", instead)) <= known


def test_all_that_is_to_come_is_in_the_table() -> None:
    refused = [spelling for row, spelling in CASES if row.kind == Kind.REFUSED]
    for name in later.__all__:
        assert any(f"ttl.{name}" in spelling for spelling in refused), name
