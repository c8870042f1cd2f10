// ----------------------------------------------------------------------------------------------------
// dm (channel_kernels.py:474): data movement kernel of repeated_barrier, on NOC 0

#include <cstdint>

#include "api/dataflow/dataflow_api.h"

// Of the firmware: the NOC coordinates of the grid.
extern uint8_t worker_logical_col_to_virtual_col[];
extern uint8_t worker_logical_row_to_virtual_row[];

void kernel_main() {
    constexpr uint32_t cb = 0;  // 2 tiles of bfloat16
    constexpr uint32_t arrived = 0;  // semaphore, from 0
    constexpr uint32_t go = 1;  // semaphore, from 5
    constexpr auto x_args = TensorAccessorArgs<0>();  // 2x4 tiles of bfloat16 in DRAM
    constexpr auto out_args = TensorAccessorArgs<x_args.next_compile_time_args_offset()>();  // 2x4 tiles of bfloat16 in DRAM

    const uint32_t x_address = get_common_arg_val<uint32_t>(0);
    const auto x = TensorAccessor(x_args, x_address);
    const uint32_t out_address = get_common_arg_val<uint32_t>(1);
    const auto out = TensorAccessor(out_args, out_address);
    const uint32_t arrived_address = get_semaphore(arrived);
    auto* const arrived_ptr = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(arrived_address);
    const uint32_t go_address = get_semaphore(go);
    auto* const go_ptr = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(go_address);

    // channel_kernels.py:475: i, y = ttl.core()
    const int32_t i = get_absolute_logical_x();
    const int32_t y = get_absolute_logical_y();
    const int32_t x_end = worker_logical_col_to_virtual_col[3];
    const int32_t y_end = worker_logical_row_to_virtual_row[1];
    const int32_t y_start = worker_logical_row_to_virtual_row[0];
    const int32_t x_start = worker_logical_col_to_virtual_col[0];
    // channel_kernels.py:477: for step in range(3):
    for (int32_t step = 0; step < 3; ++step) {
        // channel_kernels.py:478: with cb.reserve() as block:
        cb_reserve_back(cb, 1);
        // channel_kernels.py:479: ttl.copy(x[y, i], block).wait()
        const uint32_t cb_ptr = get_write_ptr(cb);
        const int32_t page = y * 4 + i;
        noc_async_read_page(page, x, cb_ptr);
        noc_async_read_barrier();
        // channel_kernels.py:478: the end of `with`
        cb_push_back(cb, 1);
        // channel_kernels.py:480: with cb.wait() as block:
        cb_wait_front(cb, 1);
        // channel_kernels.py:481: ttl.copy(block, out[y, i]).wait()
        const uint32_t cb_ptr_1 = get_read_ptr(cb);
        noc_async_write_page(page, out, cb_ptr_1);
        noc_async_write_barrier();
        // channel_kernels.py:480: the end of `with`
        cb_pop_front(cb, 1);
        // channel_kernels.py:482: if ttl.core_linear() == 0:
        if (page == 0) {
            // channel_kernels.py:483: arrived.wait_ge(others * (step + 1))
            noc_semaphore_wait_min(arrived_ptr, 7 * (step + 1));
            // channel_kernels.py:484: go.get_remote_multicast((slice(0, 4), slice(0, 2))).set(step + 6)
            noc_semaphore_set(go_ptr, step + 6);
            const uint64_t signal_addr = get_noc_multicast_addr(x_start, y_start, x_end, y_end, go_address);
            noc_semaphore_set_multicast(go_address, signal_addr, 7);
            noc_async_write_barrier();
        } else {
            // channel_kernels.py:486: arrived.get_remote((0, 0)).inc(1)
            const uint64_t signal_addr = get_noc_addr(x_start, y_start, arrived_address);
            noc_semaphore_inc(signal_addr, 1);
            // channel_kernels.py:487: go.wait_ge(step + 6)
            noc_semaphore_wait_min(go_ptr, step + 6);
        }
    }
    noc_async_atomic_barrier();
}
