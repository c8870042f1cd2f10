"""Descriptions of tensors in place of tensors: kernels are compiled for them, and looked up by them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.one_tile_kernels import one_tile_kernel
from ttlang import host as ttnn
from ttlang.diagnostics import DiagnosticError

PLUS_ONE = "from ttlang import ttl\n\n" + one_tile_kernel("xv + 1")


def cores() -> ttnn.CoreRangeSet:
    return ttnn.CoreRangeSet({ttnn.CoreRange(ttnn.CoreCoord(0, 0), ttnn.CoreCoord(1, 0))})


def test_specs_compile_and_share_with_tensors(load: Callable[[str], Any]) -> None:
    kernel = load(PLUS_ONE).kernel
    spec = ttnn.TensorSpec((64, 64), ttnn.bfloat16, ttnn.TILE_LAYOUT)
    compiled = kernel.compile(spec, spec)
    device = ttnn.open_device(device_id=0)
    tensor = ttnn.zeros((64, 64), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
    other = ttnn.zeros((64, 64), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
    assert kernel.compile(tensor, other).cpp() == compiled.cpp()
    assert kernel.compile(tensor.spec, other.spec) is compiled


@pytest.mark.parametrize(
    "spec",
    [
        ttnn.TensorSpec((64, 64), ttnn.bfloat16, ttnn.TILE_LAYOUT, ttnn.BufferType.L1),
        ttnn.TensorSpec((64, 64), ttnn.float32, ttnn.TILE_LAYOUT),
        ttnn.TensorSpec((64, 128), ttnn.bfloat16, ttnn.TILE_LAYOUT),
        ttnn.TensorSpec(
            (64, 64),
            ttnn.bfloat16,
            ttnn.TILE_LAYOUT,
            ttnn.TensorMemoryLayout.HEIGHT_SHARDED,
            ttnn.ShardSpec(cores(), [32, 64]),
            ttnn.BufferType.L1,
        ),
    ],
)
def test_specs_are_told_apart(spec: Any, load: Callable[[str], Any]) -> None:
    kernel = load(PLUS_ONE).kernel
    plain = ttnn.TensorSpec((64, 64), ttnn.bfloat16, ttnn.TILE_LAYOUT)
    first, second = kernel.compile(plain, plain), kernel.compile(spec, spec)
    assert first is not second
    assert [str(op.type) for op in first.program.tensors] != [str(op.type) for op in second.program.tensors]


def test_memory_is_said_as_in_ttnn() -> None:
    shards = ttnn.ShardSpec(cores(), [32, 64])
    config = ttnn.MemoryConfig(ttnn.TensorMemoryLayout.HEIGHT_SHARDED, ttnn.BufferType.L1, shards)
    head = (64, 64), ttnn.bfloat16, ttnn.TILE_LAYOUT
    expected = ttnn.TensorSpec(*head, config)
    assert ttnn.TensorSpec(*head, config.memory_layout, shards, config.buffer_type) == expected
    named = {"memory_layout": config.memory_layout, "shard_spec": shards, "buffer_type": config.buffer_type}
    assert ttnn.TensorSpec(shape=head[0], dtype=head[1], layout=head[2], **named) == expected
    in_l1 = ttnn.TensorSpec(*head, ttnn.L1_MEMORY_CONFIG)
    assert ttnn.TensorSpec(*head, ttnn.BufferType.L1, ttnn.Tile((32, 32))) == in_l1
    assert ttnn.TensorSpec(*head, buffer_type=ttnn.BufferType.L1) == in_l1
    assert hash(in_l1) == hash(ttnn.TensorSpec(*head, buffer_type=ttnn.BufferType.L1))
    for wrong in ((5,), (ttnn.BufferType.L1, None, 3)):
        with pytest.raises(TypeError):
            ttnn.TensorSpec(*head, *wrong)


def test_a_spec_is_nothing_to_run_on(load: Callable[[str], Any]) -> None:
    first, second = (ttnn.TensorSpec((64, 64), ttnn.bfloat16, ttnn.TILE_LAYOUT) for _ in range(2))
    with pytest.raises(DiagnosticError) as raised:
        load(PLUS_ONE).kernel(first, second)
    assert [found.code for found in raised.value.diagnostics] == ["TTL0205"]


def test_a_tensor_of_any_library_is_read_by_its_description_alone(load: Callable[[str], Any]) -> None:
    """What no program is looked up by is not asked for; what is, once for the look-up and once for the front end."""
    device = ttnn.open_device(device_id=0)
    given = ttnn.zeros((64, 64), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
    asked: list[str] = []

    class Foreign:
        def __getattr__(self, name: str) -> Any:
            asked.append(name)
            return getattr(given, name)

    kernel = load(PLUS_ONE).kernel
    foreign = Foreign()
    compiled = kernel.compile(foreign, foreign)
    assert compiled is kernel.compile(given, given)
    assert set(asked) <= {"shape", "dtype", "layout", "memory_config", "tile", "pad_value"}
    assert asked.count("memory_config") <= 2 * 3 + 2, "for two parameters; the rest asks whether it is there"


def test_where_a_tensor_lies_is_no_part_of_its_description(load: Callable[[str], Any]) -> None:
    """A tensor of the host and one of the device share their description, and no program that asks which."""
    first = "n = 4 if 'DEVICE' in str(x.storage_type()) else 1"
    kernel = load("from ttlang import ttl\n\n" + one_tile_kernel("xv + n", first=first)).kernel
    device = ttnn.open_device(device_id=0)
    there = ttnn.zeros((64, 64), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
    here = ttnn.zeros((64, 64), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT)
    first, second = kernel.compile(here, here), kernel.compile(there, there)
    assert first.cpp() != second.cpp()
