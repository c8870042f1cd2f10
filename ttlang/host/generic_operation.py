"""`ttnn.generic_op`: runs a program of kernels in C++."""

from __future__ import annotations

from collections.abc import Sequence

from ttlang.host.descriptors import ProgramDescriptor, check_type
from ttlang.host.tensor import Tensor

__all__ = ["generic_op"]


def generic_op(io_tensors: Sequence[Tensor], program_descriptor: ProgramDescriptor) -> Tensor:
    """
    Runs a program of kernels in C++ and returns the last tensor. The kernels are compiled for this machine; what they
    call, the simulator carries out. Outputs are written in place. Raises a DiagnosticError for a mistake of a kernel.
    """
    check_type(io_tensors, list, tuple)
    if len(io_tensors) < 2:
        raise RuntimeError("generic_op takes an input and an output tensor at least")
    for tensor in io_tensors:
        check_type(tensor, Tensor)
    check_type(program_descriptor, ProgramDescriptor)
    # The simulator is loaded by who runs a program on it alone.
    from ttlang.host.simulated_programs import run_program

    run_program(io_tensors, program_descriptor)
    return io_tensors[-1]
