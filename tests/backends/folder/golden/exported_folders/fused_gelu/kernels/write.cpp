// write (fused_gelu.py:51): data movement kernel of fused_gelu, on NOC 1

#include <cstdint>

#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr uint32_t out_dfb = 3;  // 16 tiles of bfloat16
    constexpr auto out_args = TensorAccessorArgs<0>();  // 64x64 tiles of bfloat16 in DRAM

    const uint32_t out_address = get_common_arg_val<uint32_t>(0);
    const auto out = TensorAccessor(out_args, out_address);
    const uint32_t out_tile_bytes = get_tile_size(out_dfb);

    // fused_gelu.py:52: core_x, core_y = ttl.node()
    const int32_t core_x = get_absolute_logical_x();
    const int32_t core_y = get_absolute_logical_y();
    // fused_gelu.py:53: for row in range(core_y * rows_per_core, (core_y + 1) * rows_per_core, rows):
    for (int32_t row = core_y * 8; row < (core_y + 1) * 8; row += 2) {
        // fused_gelu.py:54: for column in range(core_x * columns_per_core, (core_x + 1) * columns_per_core, columns):
        for (int32_t column = core_x * 8; column < (core_x + 1) * 8; column += 4) {
            // fused_gelu.py:55: with out_dfb.wait() as o:
            cb_wait_front(out_dfb, 8);
            // fused_gelu.py:56: ttl.copy(o, out[row : row + rows, column : column + columns]).wait()
            const uint32_t out_ptr = get_read_ptr(out_dfb);
            for (int32_t r = 0; r < 2; ++r) {
                for (int32_t c = 0; c < 4; ++c) {
                    noc_async_write_page((row + r) * 64 + column + c, out, out_ptr + (r * 4 + c) * out_tile_bytes);
                }
            }
            noc_async_writes_flushed();
            // fused_gelu.py:55: the end of `with`
            cb_pop_front(out_dfb, 8);
        }
    }
    noc_async_write_barrier();
}
