"""The text of an argument says what a program may depend on, whichever library a tensor is of."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ttlang.driver.tuning.argument_texts import argument_texts
from ttlang.host import L1_MEMORY_CONFIG, ROW_MAJOR_LAYOUT, TILE_LAYOUT, open_device, zeros
from ttlang.tables.dtypes import BF16, F32


def tensor(*shape: int, **given: Any) -> Any:
    return zeros(
        shape or (64, 32), **{"dtype": BF16, "layout": TILE_LAYOUT, "device": open_device(device_id=0), **given}
    )


def text(value: object) -> str:
    (found,) = argument_texts({"x": value})
    return found


def test_a_tensor_by_its_description() -> None:
    assert text(tensor()) == text(tensor())
    others = [
        tensor(32, 64),
        tensor(64, 31),
        tensor(dtype=F32),
        tensor(layout=ROW_MAJOR_LAYOUT),
        tensor(memory_config=L1_MEMORY_CONFIG),
    ]
    assert len({text(each) for each in (tensor(), *others)}) == 6


def test_a_tensor_of_another_library() -> None:
    """As ttnn's binding spells what it has."""
    memory = SimpleNamespace(
        buffer_type="BufferType.DRAM", memory_layout="TensorMemoryLayout.INTERLEAVED", shard_spec=None
    )
    other = SimpleNamespace(
        shape=[64, 32],
        dtype="DataType.BFLOAT16",
        layout="Layout.TILE",
        memory_config=lambda: memory,
        tile=SimpleNamespace(tile_shape=[32, 32]),
    )
    assert text(other) == text(tensor())


@pytest.mark.parametrize(("one", "other"), [(1, True), (1, 1.0), (0.0, -0.0), ((1,), [1]), ("1", 1), (None, "None")])
def test_constants_by_class_and_value(one: object, other: object) -> None:
    assert text(one) != text(other)
    assert text({"a": one}) != text({"a": other})


def test_what_has_fields_by_its_class() -> None:
    assert text(SimpleNamespace(a=1)) == text(SimpleNamespace(a=2)) == "x: a types.SimpleNamespace"
