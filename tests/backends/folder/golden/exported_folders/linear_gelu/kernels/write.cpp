// write (matmul_bias_gelu.py:51): data movement kernel of linear_gelu, on NOC 1

#include <cstdint>

#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr uint32_t out_dfb = 4;  // 32 tiles of bfloat16
    constexpr auto out_args = TensorAccessorArgs<0>();  // 8x16 tiles of bfloat16 in DRAM

    const uint32_t out_address = get_common_arg_val<uint32_t>(0);
    const auto out = TensorAccessor(out_args, out_address);
    const uint32_t out_tile_bytes = get_tile_size(out_dfb);

    // matmul_bias_gelu.py:53: row, column = core_y * BLOCK_M, core_x * BLOCK_N
    const int32_t row = get_absolute_logical_y() * 4;
    const int32_t column = get_absolute_logical_x() * 4;
    // matmul_bias_gelu.py:55: ttl.copy(o, out[row : row + BLOCK_M, column : column + BLOCK_N]).wait()
    const uint32_t out_ptr = get_read_ptr(out_dfb);
    for (int32_t r = 0; r < 4; ++r) {
        for (int32_t part = 0; part < 4; part += 2) {
            const int32_t product = r * 4;
            cb_wait_front(out_dfb, product + part + 2);
            for (int32_t i = 0; i < 2; ++i) {
                const int32_t c = part + i;
                noc_async_write_page((row + r) * 16 + column + c, out, out_ptr + (product + c) * out_tile_bytes);
            }
        }
    }
    noc_async_write_barrier();
    // matmul_bias_gelu.py:54: the end of `with`
    cb_pop_front(out_dfb, 16);
}
