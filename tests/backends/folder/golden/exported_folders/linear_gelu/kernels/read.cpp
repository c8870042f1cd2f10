// read (matmul_bias_gelu.py:38): data movement kernel of linear_gelu, on NOC 0

#include <cstdint>

#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr uint32_t x_dfb = 0;  // 32 tiles of bfloat16
    constexpr uint32_t w_dfb = 1;  // 32 tiles of bfloat16
    constexpr uint32_t bias_dfb = 2;  // 4 tiles of float32
    constexpr auto x_args = TensorAccessorArgs<0>();  // 8x16 tiles of bfloat16 in DRAM
    constexpr auto w_args = TensorAccessorArgs<x_args.next_compile_time_args_offset()>();  // 16x16 tiles of bfloat16 in DRAM
    constexpr auto bias_args = TensorAccessorArgs<w_args.next_compile_time_args_offset()>();  // 1x16 tiles of float32 in DRAM

    const uint32_t x_address = get_common_arg_val<uint32_t>(0);
    const auto x = TensorAccessor(x_args, x_address);
    const uint32_t w_address = get_common_arg_val<uint32_t>(1);
    const auto w = TensorAccessor(w_args, w_address);
    const uint32_t bias_address = get_common_arg_val<uint32_t>(2);
    const auto bias = TensorAccessor(bias_args, bias_address);
    const uint32_t x_tile_bytes = get_tile_size(x_dfb);
    const uint32_t w_tile_bytes = get_tile_size(w_dfb);
    const uint32_t bias_tile_bytes = get_tile_size(bias_dfb);

    // matmul_bias_gelu.py:40: row, column = core_y * BLOCK_M, core_x * BLOCK_N
    const int32_t row = get_absolute_logical_y() * 4;
    const int32_t column = get_absolute_logical_x() * 4;
    // matmul_bias_gelu.py:41: for inner in range(0, inner_tiles, BLOCK_K):
    for (int32_t inner = 0; inner < 16; inner += 4) {
        // matmul_bias_gelu.py:42: with x_dfb.reserve() as x_block, w_dfb.reserve() as w_block:
        cb_reserve_back(x_dfb, 16);
        cb_reserve_back(w_dfb, 16);
        // matmul_bias_gelu.py:43: x_transfer = ttl.copy(x[row : row + BLOCK_M, inner : inner + BLOCK_K], x_block)
        const uint32_t x_ptr = get_write_ptr(x_dfb);
        for (int32_t r = 0; r < 4; ++r) {
            for (int32_t c = 0; c < 4; ++c) {
                noc_async_read_page((row + r) * 16 + inner + c, x, x_ptr + (r * 4 + c) * x_tile_bytes);
            }
        }
        // matmul_bias_gelu.py:44: w_transfer = ttl.copy(w[inner : inner + BLOCK_K, column : column + BLOCK_N], w_block)
        const uint32_t w_ptr = get_write_ptr(w_dfb);
        for (int32_t r = 0; r < 4; ++r) {
            for (int32_t c = 0; c < 4; ++c) {
                noc_async_read_page((inner + r) * 16 + column + c, w, w_ptr + (r * 4 + c) * w_tile_bytes);
            }
        }
        // matmul_bias_gelu.py:45: x_transfer.wait()
        noc_async_read_barrier();
        // matmul_bias_gelu.py:42: the end of `with`
        cb_push_back(w_dfb, 16);
        cb_push_back(x_dfb, 16);
    }
    // matmul_bias_gelu.py:47: with bias_dfb.reserve() as bias_block:
    cb_reserve_back(bias_dfb, 4);
    // matmul_bias_gelu.py:48: ttl.copy(bias[0, column : column + BLOCK_N], bias_block).wait()
    const uint32_t bias_ptr = get_write_ptr(bias_dfb);
    for (int32_t c = 0; c < 4; ++c) {
        noc_async_read_page(column + c, bias, bias_ptr + c * bias_tile_bytes);
    }
    noc_async_read_barrier();
    // matmul_bias_gelu.py:47: the end of `with`
    cb_push_back(bias_dfb, 4);
}
