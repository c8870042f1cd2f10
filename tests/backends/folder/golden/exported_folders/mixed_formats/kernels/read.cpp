// read (mixed_formats.py:29): data movement kernel of scaled, on NOC 0

#include <cstdint>

#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr uint32_t x_cb = 0;  // 6 tiles of bfloat16
    constexpr uint32_t w_cb = 1;  // 6 tiles of bfloat8_b
    constexpr auto x_args = TensorAccessorArgs<0>();  // 4x6 tiles of bfloat16 in DRAM
    constexpr auto w_args = TensorAccessorArgs<x_args.next_compile_time_args_offset()>();  // 4x6 tiles of bfloat8_b in DRAM

    const uint32_t x_address = get_common_arg_val<uint32_t>(0);
    const auto x = TensorAccessor(x_args, x_address);
    const uint32_t w_address = get_common_arg_val<uint32_t>(1);
    const auto w = TensorAccessor(w_args, w_address);
    const uint32_t x_tile_bytes = get_tile_size(x_cb);
    const uint32_t w_tile_bytes = get_tile_size(w_cb);

    // mixed_formats.py:30: column, _ = ttl.core()
    const int32_t column = get_absolute_logical_x();
    // mixed_formats.py:31: for row in range(rows):
    for (int32_t row = 0; row < 4; ++row) {
        // mixed_formats.py:32: with x_cb.reserve() as x_block, w_cb.reserve() as w_block:
        cb_reserve_back(x_cb, 3);
        cb_reserve_back(w_cb, 3);
        // mixed_formats.py:33: x_transfer = ttl.copy(x[row, column * half : (column + 1) * half], x_block)
        const int32_t first_column = column * 3;
        const uint32_t x_ptr = get_write_ptr(x_cb);
        for (int32_t c = 0; c < 3; ++c) {
            noc_async_read_page(row * 6 + first_column + c, x, x_ptr + c * x_tile_bytes);
        }
        // mixed_formats.py:34: w_transfer = ttl.copy(w[row, column * half : (column + 1) * half], w_block)
        const uint32_t w_ptr = get_write_ptr(w_cb);
        for (int32_t c = 0; c < 3; ++c) {
            noc_async_read_page(row * 6 + first_column + c, w, w_ptr + c * w_tile_bytes);
        }
        // mixed_formats.py:35: x_transfer.wait()
        noc_async_read_barrier();
        // mixed_formats.py:32: the end of `with`
        cb_push_back(w_cb, 3);
        cb_push_back(x_cb, 3);
    }
}
