"""The files that kernels include in each generation of the kernel API: what is in them, one header has."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from ttlang.dialects import ttkernel
from ttlang.tables.functions import FUNCTIONS
from ttlang.tables.kernel_api import GENERATIONS, Generation

_COMMON = (
    "common.h",
    "common_globals.h",
    "compute_kernel_api.h",
    "compute_kernel_hw_startup.h",
    "cb_api.h",
    "pack.h",
    "pack_untilize.h",
    "reconfig_data_format.h",
    "reg_api.h",
    "tilize.h",
    "untilize.h",
    "eltwise_unary/eltwise_unary.h",
    "eltwise_unary/sfpu_split_includes.h",
)
_OTHER = (
    "dataflow_api.h",
    "api/dataflow/dataflow_api.h",
    "api/tensor/tensor_accessor.h",
    "api/tensor/tensor_accessor_args.h",
    "tensor/tensor_accessor.h",
    "api/compile_time_args.h",
    "hostdevcommon/common_values.hpp",
    "hostdevcommon/kernel_structs.h",
    "api/alignment.h",
    *sorted({generation.profiler_header for generation in GENERATIONS.values()}),
    *(f"{root}debug/{name}.h" for root in ("", "api/") for name in ("dprint", "assert", "waypoint", "pause")),
)
_ROOTS = ("api/compute/", "compute_kernel_api/")
"""The older one was the only one before releases were numbered."""


def _tables(generation: Generation) -> Iterator[str]:
    """What the tables name, below `api/compute/`."""
    for kind in ttkernel.ttkernel_dialect().operations:
        if issubclass(kind, ttkernel.CallOp):
            spelling = kind.SPELLING.at(generation)
            yield (spelling.header if spelling else "") or kind.HEADER
    for row in FUNCTIONS:
        for format in ("", *row.integer_formats):
            if row.call is not None and (call := row.call_in(generation, format)):
                yield call.header


@cache
def includes_of(generation: Generation) -> tuple[str, ...]:
    """The files that a kernel of a generation may include."""
    compute = {*_COMMON, *_tables(generation)} - {""}
    return (*_OTHER, "compute_kernel_api.h", *sorted(root + name for root in _ROOTS for name in compute))
