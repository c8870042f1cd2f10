"""
float32 has two formats in a source register: whole, on its way to DST, and tf32, for the FPU. The compiler brings the
unit from one to the other, and the simulator has a state of its own, which reports where it was not brought.
"""

from __future__ import annotations

from typing import Any

import pytest
import torch

from tests.support.both_ways import run_cpp
from tests.support.row_kernels import row_kernel, row_tensors
from ttlang import ttl, ttnn
from ttlang.backends.simulator import run
from ttlang.diagnostics import DiagnosticError
from ttlang.dialects import ttkernel
from ttlang.tables.kernel_api import GENERATIONS

RECONFIGURATIONS = (
    ttkernel.ReconfigDataFormatOp,
    ttkernel.ReconfigDataFormatSrcAOp,
    ttkernel.ReconfigDataFormatSrcBOp,
)


normalize = row_kernel(lambda x: ttl.math.exp(x - ttl.math.broadcast(ttl.math.reduce_max(x, dims=[0]), dims=[1])))
"""Rows less their largest: the FPU reads a copy of x, and moves to DST read x itself."""


def tensors() -> list[Any]:
    return row_tensors(torch.randn(64, 64, generator=torch.Generator().manual_seed(0)), 64, ttnn.float32)


def modes_of(program: ttkernel.ProgramOp) -> dict[str, bool]:
    return {cb.sym_name.data: bool(cb.unpack_to_dest_fp32) for cb in program.circular_buffers}


def reconfigurations(program: ttkernel.ProgramOp) -> list[Any]:
    return [op for op in program.walk() if isinstance(op, RECONFIGURATIONS)]


def without(program: ttkernel.ProgramOp, number: int) -> ttkernel.ProgramOp:
    """The program of a compiler that forgets one of the reconfigurations."""
    changed = program.clone()
    op = reconfigurations(changed)[number]
    op.detach()
    op.erase()
    return changed


def test_the_compiler_goes_from_one_mode_to_the_other():
    given = tensors()
    program = normalize.compile(*given).program
    modes = modes_of(program)
    assert set(modes.values()) == {True, False}, "the kernel has buffers of both modes"
    assert reconfigurations(program)
    run(program, given)
    x, out = (ttnn.to_torch(each) for each in given)
    expected = torch.exp(x - x.amax(dim=1, keepdim=True))
    # The maximum and what is subtracted of it went through tf32, of 11 significant bits.
    assert torch.allclose(out, expected, rtol=x.abs().max().item() * 2**-10, atol=0)


def test_the_simulator_reports_each_missing_one():
    given = tensors()
    program = normalize.compile(*given).program
    for number in range(len(reconfigurations(program))):
        with pytest.raises(DiagnosticError) as found:
            run(without(program, number), given)
        (diagnostic,) = found.value.diagnostics
        assert diagnostic.code == "TTL0805"
        assert diagnostic.message.count("f32 for DST") == diagnostic.message.count("f32 for the FPU") == 1


@pytest.mark.parametrize("generation", GENERATIONS)
def test_so_it_does_for_kernels_in_cpp(generation: str):
    given = tensors()
    program = without(normalize.compile(*given).program, 0)
    with pytest.raises(DiagnosticError, match="f32 for the FPU") as found:
        run_cpp(program, given, generation=generation, numerics="fast", seed=None)
    assert found.value.diagnostics[0].code == "TTL0805"
