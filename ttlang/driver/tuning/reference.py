"""Whether a configuration computes what it should: it runs in the simulator, on the tensors as they were."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from ttlang.diagnostics import error
from ttlang.driver.compiler import CompiledKernel
from ttlang.driver.launch import simulate
from ttlang.driver.tuning.records import Comparison
from ttlang.host import to_numpy
from ttlang.host.each_chip import by_chip
from ttlang.host.tensor import Tensor
from ttlang.language.call_sites import caller_span
from ttlang.language.python_objects import is_sequence
from ttlang.tables.dtypes import SIGNIFICAND_BITS, DType, find_dtype
from ttlang.testing import compare

CODE = "TTL0712"
_TF32_BITS = 11
"""Of a significand, the leading one included: the FPU takes float32 so (docs/hardware.md, "Formats")."""
_ROUNDINGS = 8
"""
Of the largest result: sums in another order, and of other parts, are rounded at other places. A block in the wrong
place is off by the size of the values.
"""

Reference = Callable[..., object] | object
"""What the results should be: arrays, or a function of the call's tensors that returns them; one, or one for each."""


class Checker:
    """Compares configurations with one reference."""

    def __init__(self, tensors: Sequence[Tensor], numbers: Sequence[int], reference: Reference, first: CompiledKernel):
        """`first`: the program whose results are the reference where there is none."""
        self._tensors = tensors
        self._numbers = numbers
        self._expected = self._run(first) if reference is None else self._given(reference, first)

    def check(self, compiled: CompiledKernel) -> Comparison:
        """Runs a program and compares its results. Raises a DiagnosticError for a run that fails."""
        found = [self._compare(*pair) for pair in zip(self._run(compiled), self._expected, strict=True)]
        return Comparison(
            min(each.pcc for each in found), max(each.largest_error for each in found), all(each.ok for each in found)
        )

    def _run(self, compiled: CompiledKernel) -> list[Any]:
        """What it writes. The tensors are as before then."""
        with _kept(self._tensors):
            for there in by_chip(self._tensors):
                simulate(compiled, there, self._numbers)
            return [np.array(to_numpy(tensor), np.float64) for tensor in self._written(compiled)]

    def _written(self, compiled: CompiledKernel) -> list[Tensor]:
        by_name = {op.sym_name.data: self._tensors[op.index.value.data] for op in compiled.program.tensors}
        return [tensor for name, tensor in by_name.items() if name in compiled.outputs]

    def _given(self, reference: Any, first: CompiledKernel) -> list[Any]:
        found: object = reference(*self._tensors) if callable(reference) else reference
        expected = [_array(each) for each in (found if is_sequence(found) else [found])]
        written = self._written(first)
        shapes = [tuple(tensor.shape) for tensor in written]
        if [each.shape for each in expected] != shapes:
            message = f"the reference is of shapes {[each.shape for each in expected]}, and the results of {shapes}"
            raise error(CODE, message, caller_span(), hint="return an array for each tensor that the kernel writes")
        return expected

    def _compare(self, actual: Any, expected: Any) -> Comparison:
        dtypes = [find_dtype(tensor.dtype) for tensor in self._tensors]
        scale = float(np.max(np.abs(expected), initial=0.0, where=np.isfinite(expected)))
        bits = min(_bits(dtype) for dtype in dtypes)
        found = compare(actual, expected, roundings=0, absolute=_ROUNDINGS * scale * 2.0**-bits)
        return Comparison(found.pcc, found.absolute[-1], found.ok)


def _bits(dtype: DType) -> int:
    return min(SIGNIFICAND_BITS.get(dtype.name, _TF32_BITS), _TF32_BITS)


def _array(value: Any) -> Any:
    if isinstance(value, Tensor):
        return np.array(to_numpy(value), np.float64)
    if hasattr(value, "detach"):
        value = value.detach().cpu().double().numpy()
    return np.asarray(value, np.float64)


@contextmanager
def _kept(tensors: Sequence[Tensor]) -> Generator[None]:
    """Whatever is written while this lasts is undone."""
    there = [tensor for chip in by_chip(tensors) for tensor in chip]
    before = [tensor.pages.copy() for tensor in there]
    try:
        yield
    finally:
        for tensor, pages in zip(there, before, strict=True):
            tensor.pages[...] = pages
