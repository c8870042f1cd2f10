"""The files that kernels include in each generation of the kernel API: what is in them, one header has."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from ttlang.dialects import ttkernel
from ttlang.tables.functions import FUNCTIONS
from ttlang.tables.kernel_api import GENERATIONS, TTNN_0_81, Generation

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
_COMPUTE = """
    add_int_sfpu addcdiv atan2 binary_bitwise_sfpu binary_fmod binary_shift blank clamped_silu_glu cumsum
    div_int32_floor div_int32_sfpu eltwise_unary/addcdiv eltwise_unary/addcmul eltwise_unary/cbrt eltwise_unary/digamma
    eltwise_unary/dropout eltwise_unary/hardmish eltwise_unary/i0 eltwise_unary/i1 eltwise_unary/identity
    eltwise_unary/lerp eltwise_unary/lgamma eltwise_unary/logical_not eltwise_unary/mac eltwise_unary/rand
    eltwise_unary/sfpu_int_sum eltwise_unary/snake_beta eltwise_unary/tanh_derivative ema
    experimental/fast_untilize experimental/indexer_mul_custom experimental/layernorm experimental/matmul_custom
    experimental/reg_api experimental/sdpa_sub_custom experimental/topk_xl gcd isclose layernorm lcm logaddexp
    logaddexp2 logsigmoid mask nextafter quantization reduce_custom reshuffle sfpu_binary_bcast situ_glu softmax topk
    transpose_dest transpose_wh_dest triangle_solve welford xlogy
"""
"""Of `api/compute/`, files whose calls the tables have none of, or not all."""
_UNITS = """
    ckernel ckernel_defs ckernel_sfpu_copy_dest_values llk_defs llk_math_eltwise_binary_sfpu_macros risc_attribs
    risc_common tensix_types
"""
"""Files of the units' own functions, of which a few are known."""
_OTHER = (
    "dataflow_api.h",
    "api/dataflow/dataflow_api.h",
    "api/tensor/tensor_accessor.h",
    "api/tensor/tensor_accessor_args.h",
    "api/tensor/page.h",
    "tensor/tensor_accessor.h",
    "api/compile_time_args.h",
    "hostdevcommon/common_values.hpp",
    "hostdevcommon/kernel_structs.h",
    "api/alignment.h",
    "api/debug/dprint_tensix.h",
    "api/debug/dprint_tile.h",
    "api/debug/ring_buffer.h",
    "api/kernel_thread_globals.h",
    "api/remote_circular_buffer.h",
    "internal/circular_buffer_interface.h",
    "internal/dataflow/dataflow_api_addrgen.h",
    "internal/risc_attribs.h",
    "internal/scoped_lock_cache_ops.h",
    "internal/tt-1xx/risc_common.h",
    "noc/noc_parameters.h",
    *sorted({generation.profiler_header for generation in GENERATIONS.values()}),
    *(f"{root}debug/{name}.h" for root in ("", "api/") for name in ("dprint", "assert", "waypoint", "pause")),
)
"""Files whose functions every kernel has, or that have none."""
_OBJECTS = """
    api/core_local_mem.h api/dataflow/circular_buffer.h api/dataflow/dataflow_buffer.h api/dataflow/dfb_access.h
    api/dataflow/dfb_binding_token.h api/dataflow/endpoints.h api/dataflow/noc.h api/dataflow/noc_semaphore.h
    api/lock.h api/scratchpad.h api/semaphore.h api/tensor/local_tensor_accessor.h api/tensor/noc_traits.h
    experimental/kernel_args.h
"""
"""Those that have the object interface."""
_OLDER_OBJECTS = """
    experimental/circular_buffer.h experimental/core_local_mem.h experimental/dataflow_buffer.h experimental/endpoints.h
    experimental/lock.h experimental/noc.h experimental/noc_semaphore.h experimental/tensor.h
"""
"""What they were before 0.81."""
_CONTENTS = {
    "kernel_numbers.h": "api/numeric/bfloat16.h api/numeric/float32.h api/numeric/int32.h internal/mod_div_lib.h",
    "kernel_host_types.h": """
        tt-metalium/constants.hpp tt-metalium/buffer_types.hpp tt-metalium/circular_buffer_constants.h
    """,
    "kernel_page_prints.h": "api/debug/dprint_pages.h debug/dprint_pages.h",
}
"""Others that only kernels that include them have, by what has them here."""
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
def includes_of(generation: Generation) -> dict[str, str]:
    """The files that a kernel of a generation may include, and what is in them beyond what every kernel has."""
    compute = {*_COMMON, *_tables(generation), *(f"{name}.h" for name in _COMPUTE.split())} - {""}
    plain = (*_OTHER, "compute_kernel_api.h", *sorted(root + name for root in _ROOTS for name in compute))
    found = dict.fromkeys([*plain, *(f"{name}.h" for name in _UNITS.split())], "")
    for here, names in _CONTENTS.items():
        found |= dict.fromkeys(names.split(), f'#include "{here}"\n')
    if generation < TTNN_0_81:
        found |= dict.fromkeys(_OLDER_OBJECTS.split(), '#include "kernel_older_objects.h"\n')
    else:
        found |= dict.fromkeys(_OBJECTS.split(), '#include "kernel_objects.h"\n')
    return found
