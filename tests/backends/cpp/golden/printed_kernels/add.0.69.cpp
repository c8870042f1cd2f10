// ----------------------------------------------------------------------------------------------------
// compute (add.py:12): compute kernel of add, for the kernel API of ttnn 0.69

#include <cstdint>

#include "api/compute/common.h"
#include "api/compute/eltwise_binary.h"

void kernel_main() {
    constexpr uint32_t x_cb = 0;  // 8 tiles of bfloat16
    constexpr uint32_t y_cb = 1;  // 8 tiles of bfloat16
    constexpr uint32_t out_cb = 2;  // 8 tiles of bfloat16

    compute_kernel_hw_startup(x_cb, y_cb, out_cb);
    add_tiles_init(x_cb, y_cb);
    // add.py:13: for _ in range(4):
    for (int32_t i = 0; i < 4; ++i) {
        // add.py:14: with x_cb.wait() as xb, y_cb.wait() as yb, out_cb.reserve() as ob:
        cb_wait_front(x_cb, 4);
        cb_wait_front(y_cb, 4);
        cb_reserve_back(out_cb, 4);
        // add.py:15: ob.store(xb + yb)
        tile_regs_acquire();
        for (int32_t j = 0; j < 4; ++j) {
            add_tiles(x_cb, y_cb, j, j, j);
        }
        tile_regs_commit();
        tile_regs_wait();
        pack_tile_block(0, out_cb, 4);
        tile_regs_release();
        // add.py:14: the end of `with`
        cb_push_back(out_cb, 4);
        cb_pop_front(y_cb, 4);
        cb_pop_front(x_cb, 4);
    }
}

// ----------------------------------------------------------------------------------------------------
// read (add.py:18): data movement kernel of add, on NOC 0

#include <cstdint>

#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr uint32_t x_cb = 0;  // 8 tiles of bfloat16
    constexpr uint32_t y_cb = 1;  // 8 tiles of bfloat16
    constexpr auto x_args = TensorAccessorArgs<0>();  // 16x64 tiles of bfloat16 in DRAM
    constexpr auto y_args = TensorAccessorArgs<x_args.next_compile_time_args_offset()>();  // 16x64 tiles of bfloat16 in DRAM

    const uint32_t x_address = get_common_arg_val<uint32_t>(0);
    const auto x = TensorAccessor(x_args, x_address);
    const uint32_t y_address = get_common_arg_val<uint32_t>(1);
    const auto y = TensorAccessor(y_args, y_address);
    const uint32_t bytes = get_tile_size(x_cb);
    const uint32_t y_bytes = get_tile_size(y_cb);

    // add.py:19: core_x, core_y = ttl.core()
    const int32_t core_x = get_absolute_logical_x();
    // add.py:20: row = core_y * rows
    const int32_t row = get_absolute_logical_y() * 2;
    // add.py:21: for step in range(4):
    for (int32_t step = 0; step < 4; ++step) {
        // add.py:22: column = (core_x * 4 + step) * columns
        const int32_t column = (core_x * 4 + step) * 2;
        // add.py:23: with x_cb.reserve() as xb, y_cb.reserve() as yb:
        cb_reserve_back(x_cb, 4);
        cb_reserve_back(y_cb, 4);
        // add.py:24: ttl.copy(x[row : row + rows, column : column + columns], xb).wait()
        const uint32_t x_ptr = get_write_ptr(x_cb);
        for (int32_t r = 0; r < 2; ++r) {
            for (int32_t c = 0; c < 2; ++c) {
                noc_async_read_page((row + r) * 64 + column + c, x, x_ptr + (r * 2 + c) * bytes);
            }
        }
        noc_async_read_barrier();
        // add.py:25: ttl.copy(y[row : row + rows, column : column + columns], yb).wait()
        const uint32_t y_ptr = get_write_ptr(y_cb);
        for (int32_t r = 0; r < 2; ++r) {
            for (int32_t c = 0; c < 2; ++c) {
                noc_async_read_page((row + r) * 64 + column + c, y, y_ptr + (r * 2 + c) * y_bytes);
            }
        }
        noc_async_read_barrier();
        // add.py:23: the end of `with`
        cb_push_back(y_cb, 4);
        cb_push_back(x_cb, 4);
    }
}

// ----------------------------------------------------------------------------------------------------
// write (add.py:28): data movement kernel of add, on NOC 1

#include <cstdint>

#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr uint32_t out_cb = 2;  // 8 tiles of bfloat16
    constexpr auto out_args = TensorAccessorArgs<0>();  // 16x64 tiles of bfloat16 in DRAM

    const uint32_t out_address = get_common_arg_val<uint32_t>(0);
    const auto out = TensorAccessor(out_args, out_address);

    // add.py:29: core_x, core_y = ttl.core()
    const int32_t core_x = get_absolute_logical_x();
    // add.py:30: row = core_y * rows
    const int32_t row = get_absolute_logical_y() * 2;
    // add.py:31: for step in range(4):
    for (int32_t step = 0; step < 4; ++step) {
        // add.py:32: column = (core_x * 4 + step) * columns
        const int32_t column = (core_x * 4 + step) * 2;
        // add.py:33: with out_cb.wait() as ob:
        cb_wait_front(out_cb, 4);
        // add.py:34: ttl.copy(ob, out[row : row + rows, column : column + columns]).wait()
        const uint32_t ptr = get_read_ptr(out_cb);
        const uint32_t bytes = get_tile_size(out_cb);
        for (int32_t r = 0; r < 2; ++r) {
            for (int32_t c = 0; c < 2; ++c) {
                noc_async_write_page((row + r) * 64 + column + c, out, ptr + (r * 2 + c) * bytes);
            }
        }
        noc_async_write_barrier();
        // add.py:33: the end of `with`
        cb_pop_front(out_cb, 4);
    }
}
