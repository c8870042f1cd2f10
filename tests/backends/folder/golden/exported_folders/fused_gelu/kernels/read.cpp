// read (fused_gelu.py:37): data movement kernel of fused_gelu, on NOC 0

#include <cstdint>

#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr uint32_t x_dfb = 0;  // 16 tiles of bfloat16
    constexpr uint32_t w_dfb = 1;  // 16 tiles of bfloat16
    constexpr uint32_t b_dfb = 2;  // 16 tiles of bfloat16
    constexpr auto x_args = TensorAccessorArgs<0>();  // 64x64 tiles of bfloat16 in DRAM
    constexpr auto w_args = TensorAccessorArgs<x_args.next_compile_time_args_offset()>();  // 64x64 tiles of bfloat16 in DRAM
    constexpr auto b_args = TensorAccessorArgs<w_args.next_compile_time_args_offset()>();  // 64x64 tiles of bfloat16 in DRAM

    const uint32_t x_address = get_common_arg_val<uint32_t>(0);
    const auto x = TensorAccessor(x_args, x_address);
    const uint32_t w_address = get_common_arg_val<uint32_t>(1);
    const auto w = TensorAccessor(w_args, w_address);
    const uint32_t b_address = get_common_arg_val<uint32_t>(2);
    const auto b = TensorAccessor(b_args, b_address);
    const uint32_t x_tile_bytes = get_tile_size(x_dfb);
    const uint32_t w_tile_bytes = get_tile_size(w_dfb);
    const uint32_t b_tile_bytes = get_tile_size(b_dfb);

    // fused_gelu.py:38: core_x, core_y = ttl.node()
    const int32_t core_x = get_absolute_logical_x();
    const int32_t core_y = get_absolute_logical_y();
    // fused_gelu.py:39: for row in range(core_y * rows_per_core, (core_y + 1) * rows_per_core, rows):
    for (int32_t row = core_y * 8; row < (core_y + 1) * 8; row += 2) {
        // fused_gelu.py:40: for column in range(core_x * columns_per_core, (core_x + 1) * columns_per_core, columns):
        for (int32_t column = core_x * 8; column < (core_x + 1) * 8; column += 4) {
            // fused_gelu.py:41: with x_dfb.reserve() as x_blk, w_dfb.reserve() as w_blk, b_dfb.reserve() as b_blk:
            cb_reserve_back(x_dfb, 8);
            cb_reserve_back(w_dfb, 8);
            cb_reserve_back(b_dfb, 8);
            // fused_gelu.py:43: ttl.copy(x[row : row + rows, column : column + columns], x_blk),
            const uint32_t x_ptr = get_write_ptr(x_dfb);
            for (int32_t r = 0; r < 2; ++r) {
                for (int32_t c = 0; c < 4; ++c) {
                    noc_async_read_page((row + r) * 64 + column + c, x, x_ptr + (r * 4 + c) * x_tile_bytes);
                }
            }
            // fused_gelu.py:44: ttl.copy(w[row : row + rows, column : column + columns], w_blk),
            const uint32_t w_ptr = get_write_ptr(w_dfb);
            for (int32_t r = 0; r < 2; ++r) {
                for (int32_t c = 0; c < 4; ++c) {
                    noc_async_read_page((row + r) * 64 + column + c, w, w_ptr + (r * 4 + c) * w_tile_bytes);
                }
            }
            // fused_gelu.py:45: ttl.copy(b[row : row + rows, column : column + columns], b_blk),
            const uint32_t b_ptr = get_write_ptr(b_dfb);
            for (int32_t r = 0; r < 2; ++r) {
                for (int32_t c = 0; c < 4; ++c) {
                    noc_async_read_page((row + r) * 64 + column + c, b, b_ptr + (r * 4 + c) * b_tile_bytes);
                }
            }
            // fused_gelu.py:48: transfer.wait()
            noc_async_read_barrier();
            // fused_gelu.py:41: the end of `with`
            cb_push_back(b_dfb, 8);
            cb_push_back(w_dfb, 8);
            cb_push_back(x_dfb, 8);
        }
    }
}
