"""The way from `generic_op` to the simulator. Nothing else of the host library needs it, or is slowed down by it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ttlang.backends.native.addressed_tensors import read_tensor
from ttlang.backends.native.generic_op import run_descriptor
from ttlang.diagnostics.session import called
from ttlang.host.descriptors import ProgramDescriptor, TensorAccessorArgs
from ttlang.host.tensor import Tensor
from ttlang.settings import variables as env

if TYPE_CHECKING:
    from ttlang.backends.simulator import RunResult


def run_program(tensors: Sequence[Tensor], descriptor: ProgramDescriptor) -> RunResult:
    """Runs a program on device tensors, and shows its warnings and what was counted."""
    distinct = list(dict.fromkeys(tensors))
    device = distinct[0].device()
    if device is None or any(tensor.device() is not device for tensor in distinct):
        raise RuntimeError("generic_op takes tensors of one device; to_device(tensor, device) places them there")
    words = [TensorAccessorArgs(tensor).get_compile_time_args() for tensor in distinct]
    described = [
        read_tensor(number, tensor, own) for number, (tensor, own) in enumerate(zip(distinct, words, strict=True))
    ]
    called("generic_op", None)
    result = run_descriptor(device.chip, descriptor, distinct, described, statistics=env.STATS.is_set())
    result.show(json=env.STATS.get() == "json")
    return result
