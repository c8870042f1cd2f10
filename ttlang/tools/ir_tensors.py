"""Tensors for a program whose script is not at hand: made from their types, and told after a run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ttlang.analysis.locations import span_of
from ttlang.backends.ttnn.tensor_uses import Role, TensorUse, tensor_uses
from ttlang.diagnostics import DiagnosticError, error
from ttlang.diagnostics.json_form import SCHEMA
from ttlang.driver.compiler import CompiledKernel
from ttlang.host.cores import CoreCoord, CoreRange, CoreRangeSet
from ttlang.host.device import Device
from ttlang.host.memory import BufferType, MemoryConfig, ShardOrientation, ShardSpec, TensorMemoryLayout
from ttlang.host.spec import TensorSpec
from ttlang.host.tensor import Tensor
from ttlang.host.types import DataType, Layout

Values = Mapping[str, NDArray[Any]]
"""By the names of tensors."""

_SHOWN = 4
_LARGEST_INTEGER = 100


def read_values(path: str, values: str | None) -> Values:
    """The arrays of an .npz, by the names of the tensors. Raises a TTL0205 for a file that is none."""
    if values is None:
        return {}
    try:
        with np.load(values, allow_pickle=False) as arrays:
            return dict(arrays.items())
    except (OSError, ValueError, TypeError, AttributeError, EOFError) as cause:
        hint = f"numpy.savez({values!r}, x=...) writes one, an array for each tensor of {path} that gets values"
        raise error("TTL0205", f"{values} has no values for tensors: {cause}", hint=hint) from None


def make_tensors(compiled: CompiledKernel, values: Values) -> list[Tensor]:
    """
    A tensor of the host library for each of the program's, in the order of its call, on a device of its chip. Without
    values for it, one that is read is random, the same at each run: [0, 1) for floats, below 100 for integers; one that
    is only written is zero. Raises a TTL0205 for tensors that no device can hold, and values that do not fit.
    """
    uses = tensor_uses(compiled.program)
    integers = {argument.sym_name.data for argument in compiled.program.runtime_arguments}
    if unknown := sorted(values.keys() - integers - {use.name for use in uses}):
        raise error("TTL0205", f"{compiled.name} has no tensor {unknown[0]}", hint=_names(uses))
    device = Device(0, compiled.target.chip)
    by_index: dict[int, Tensor] = {}
    for op in compiled.program.tensors:
        use = next(use for use in uses if use.name == op.sym_name.data)
        try:
            by_index[op.index.value.data] = _tensor(use, op.index.value.data, device, values.get(use.name))
        except DiagnosticError:
            raise
        except (ValueError, TypeError, MemoryError, IndexError) as cause:
            raise error("TTL0205", f"{use.name} ({use.describe()}): {cause}", span_of(op)) from None
    return [by_index[i] if i in by_index else _unused(device) for i in range(max(by_index, default=-1) + 1)]


def make_integers(compiled: CompiledKernel, values: Values) -> list[int]:
    """The program's integers that are no constants, in the order of its call: 0 without a value for it."""
    found: list[int] = []
    for argument in compiled.program.runtime_arguments:
        given = values.get(name := argument.sym_name.data, np.zeros((), np.int64))
        if given.size != 1 or given.dtype.kind not in "iu":
            raise error(
                "TTL0205", f"{name} is an integer, and the value given for it is {given.dtype}{list(given.shape)}"
            )
        found.append(int(given.item()))
    return found


def _unused(device: Device) -> Tensor:
    """Stands for a tensor of the call that the program does not have, and never looks at."""
    return Tensor.from_values(np.zeros((1, 1), np.float32), DataType.FLOAT32, Layout.ROW_MAJOR, device)


def _tensor(use: TensorUse, index: int, device: Device, given: NDArray[Any] | None) -> Tensor:
    spec = _spec(use)
    array = _values(use, index) if given is None else given
    if array.size != spec.shape.volume:
        raise ValueError(f"the values given for it have the shape {list(array.shape)}")
    kept = np.int64 if use.dtype.is_integer else np.float32
    return Tensor.from_values(
        array.reshape(tuple(spec.shape)).astype(kept), spec.dtype, spec.layout, device, spec.memory_config
    )


def _spec(use: TensorUse) -> TensorSpec:
    layout = Layout.TILE if use.is_tiled else Layout.ROW_MAJOR
    return TensorSpec(use.shape, use.dtype, layout, _memory(use))


def _memory(use: TensorUse) -> MemoryConfig:
    kind = BufferType[use.type.memory.data.name]
    if use.shards is None:
        return MemoryConfig(buffer_type=kind)
    ranges = [CoreRange(CoreCoord(x, y), CoreCoord(last_x, last_y)) for x, y, last_x, last_y in use.shards.core_ranges]
    orientation = ShardOrientation[use.shards.orientation.data.upper()]
    shards = ShardSpec(CoreRangeSet(ranges), use.shard_shape, orientation)
    return MemoryConfig(TensorMemoryLayout[f"{use.shards.sharding.data.upper()}_SHARDED"], kind, shards)


def _values(use: TensorUse, index: int) -> NDArray[Any]:
    if use.role in (Role.OUTPUT, Role.UNUSED):
        return np.zeros(use.shape)
    random = np.random.default_rng(index)
    return random.integers(0, _LARGEST_INTEGER, use.shape) if use.dtype.is_integer else random.random(use.shape)


def _names(uses: Sequence[TensorUse]) -> str:
    return f"its tensors are {', '.join(use.name for use in uses)}"


def told(compiled: CompiledKernel, tensors: Sequence[Tensor]) -> str:
    """What a run left in the tensors that it wrote, a line for each: two runs are the same if these are."""
    lines = [f"{compiled.name}:"]
    for use, tensor in _written(compiled, tensors):
        first = ", ".join(f"{value:.6g}" for value in _first(tensor))
        lines.append(f"  {use.name}: {use.describe()}: {first}, ... (sha256 {_digest(tensor)[:16]})")
    return "\n".join(lines)


def told_as_json(compiled: CompiledKernel, tensors: Sequence[Tensor]) -> str:
    """The same as a JSON line."""
    written = [
        {
            "name": use.name,
            "shape": list(use.shape),
            "format": use.dtype.ttnn,
            "described": use.describe(),
            "first": [value if np.isfinite(value) else str(value) for value in _first(tensor)],
            "sha256": _digest(tensor),
        }
        for use, tensor in _written(compiled, tensors)
    ]
    return json.dumps({"schema": SCHEMA, "kind": "result", "kernel": compiled.name, "tensors": written})


def _written(compiled: CompiledKernel, tensors: Sequence[Tensor]) -> list[tuple[TensorUse, Tensor]]:
    places = {op.sym_name.data: op.index.value.data for op in compiled.program.tensors}
    return [(use, tensors[places[use.name]]) for use in tensor_uses(compiled.program) if use.is_written]


def _first(tensor: Tensor) -> list[float]:
    return [float(value) for value in tensor.values.reshape(-1)[:_SHOWN]]


def _digest(tensor: Tensor) -> str:
    return hashlib.sha256(tensor.pages.tobytes()).hexdigest()
