// ----------------------------------------------------------------------------------------------------
// read (channel_kernels.py:102): data movement kernel of gather_all, on NOC 0

#include <cstdint>

#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr uint32_t cb = 0;  // 2 tiles of bfloat16
    constexpr auto x_args = TensorAccessorArgs<0>();  // 6x7 tiles of bfloat16 in DRAM

    const uint32_t x_address = get_common_arg_val<uint32_t>(0);
    const auto x = TensorAccessor(x_args, x_address);

    // channel_kernels.py:103: i, y = ttl.core()
    const int32_t i = get_absolute_logical_x();
    const int32_t y = get_absolute_logical_y();
    // channel_kernels.py:104: for _ in range(2):
    for (int32_t j = 0; j < 2; ++j) {
        // channel_kernels.py:105: with cb.reserve() as block:
        cb_reserve_back(cb, 1);
        // channel_kernels.py:106: ttl.copy(x[y, i], block).wait()
        const uint32_t cb_ptr = get_write_ptr(cb);
        noc_async_read_page(y * 7 + i, x, cb_ptr);
        noc_async_read_barrier();
        // channel_kernels.py:105: the end of `with`
        cb_push_back(cb, 1);
    }
}

// ----------------------------------------------------------------------------------------------------
// write (channel_kernels.py:109): data movement kernel of gather_all, on NOC 1

#include <cstdint>

#include "api/dataflow/dataflow_api.h"

// Of the firmware: the NOC coordinates of the grid.
extern uint8_t worker_logical_col_to_virtual_col[];
extern uint8_t worker_logical_row_to_virtual_row[];

void kernel_main() {
    constexpr uint32_t cb = 0;  // 2 tiles of bfloat16
    constexpr uint32_t got = 1;  // 2 tiles of bfloat16
    constexpr uint32_t words = 2;  // 1 row of 704 bytes
    constexpr uint32_t started = 0;  // semaphore, from 0
    constexpr auto out_args = TensorAccessorArgs<0>();  // 6x7 tiles of bfloat16 in DRAM

    const int32_t sends = get_arg_val<int32_t>(0);
    const int32_t slot = get_arg_val<int32_t>(1);
    const int32_t data = get_arg_val<int32_t>(2);
    const int32_t receives = get_arg_val<int32_t>(3);
    const uint32_t out_address = get_common_arg_val<uint32_t>(0);
    const auto out = TensorAccessor(out_args, out_address);
    const uint32_t cb_tile_bytes = get_tile_size(cb);
    const uint32_t started_address = get_semaphore(started);
    auto* const started_ptr = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(started_address);
    uint32_t received[44] = {};
    uint32_t pipes_sent = 0;

    const uint32_t got_base = get_write_ptr(got);
    const int32_t y_start = worker_logical_row_to_virtual_row[5];
    const int32_t x_start = worker_logical_col_to_virtual_col[6];
    const int32_t y_end = worker_logical_row_to_virtual_row[0];
    const int32_t x_end = worker_logical_col_to_virtual_col[0];
    const uint32_t words_base = get_write_ptr(words);
    const uint32_t write_flag_address = words_base + 672;
    auto* const write_flag_ptr = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(write_flag_address);
    auto* const pipes_room_ptr = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(words_base);
    // channel_kernels.py:110: i, y = ttl.core()
    const int32_t y = get_absolute_logical_y();
    const int32_t i = get_absolute_logical_x();
    for (int32_t word = 0; word < 43; ++word) {
        auto* const pointer = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(words_base + word * 16);
        noc_semaphore_set(pointer, 0);
    }
    const uint64_t signal_addr = get_noc_addr(x_end, y_end, started_address);
    noc_semaphore_inc(signal_addr, 1);
    if (i == 0 && y == 0) {
        noc_semaphore_wait_min(started_ptr, 42);
        const uint64_t signal_addr_1 = get_noc_multicast_addr(x_start, y_start, x_end, y_end, started_address);
        noc_semaphore_set_multicast(started_address, signal_addr_1, 41);
    }
    noc_semaphore_wait_min(started_ptr, 42);
    // channel_kernels.py:118: for _ in range(2):
    for (int32_t j = 0; j < 2; ++j) {
        // channel_kernels.py:119: with cb.wait() as block:
        cb_wait_front(cb, 1);
        // channel_kernels.py:120: ttl.if_pipe_src(pipes, lambda pipe: ttl.copy(block, pipe).wait())
        if (sends != 0) {
            const uint32_t count = ++pipes_sent;
            noc_semaphore_wait_min(pipes_room_ptr, count);
            const uint32_t cb_ptr = get_read_ptr(cb);
            noc_semaphore_set(write_flag_ptr, count);
            const uint64_t noc_addr = get_noc_addr(x_end, y_end, got_base + (int32_t)(slot + count) % 2 * cb_tile_bytes);
            noc_async_write(cb_ptr, noc_addr, cb_tile_bytes);
            const uint64_t signal_addr_1 = get_noc_addr(x_end, y_end, words_base + data * 16);
            noc_semaphore_set_remote(write_flag_address, signal_addr_1);
            noc_async_writes_flushed();
        }
        // channel_kernels.py:121: if i + y == 0:
        if (i + y == 0) {
            // channel_kernels.py:122: ttl.copy(block, out[0, 0]).wait()
            const uint32_t cb_ptr = get_read_ptr(cb);
            noc_async_write_page(0, out, cb_ptr);
            noc_async_write_barrier();
        }
        // channel_kernels.py:119: the end of `with`
        cb_pop_front(cb, 1);
        // channel_kernels.py:123: ttl.if_pipe_dst(pipes, keep)
        for (int32_t pipe = 0; pipe < receives; ++pipe) {
            // channel_kernels.py:113: with got.reserve() as block:
            cb_reserve_back(got, 1);
            // channel_kernels.py:114: ttl.copy(pipe, block).wait()
            const int32_t src_x = get_arg_val<int32_t>(4 + pipe);
            const int32_t src_y = get_arg_val<int32_t>(45 + pipe);
            const int32_t noc_x = worker_logical_col_to_virtual_col[src_x];
            const int32_t noc_y = worker_logical_row_to_virtual_row[src_y];
            const uint64_t signal_addr_1 = get_noc_addr(noc_x, noc_y, words_base);
            noc_semaphore_inc(signal_addr_1, 1);
            const int32_t number = 1 + pipe;
            const uint32_t count = ++received[number];
            auto* const pointer = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(words_base + number * 16);
            noc_semaphore_wait_min(pointer, count);
            // channel_kernels.py:113: the end of `with`
            cb_push_back(got, 1);
            // channel_kernels.py:115: with got.wait() as block:
            cb_wait_front(got, 1);
            // channel_kernels.py:116: ttl.copy(block, out[pipe.src[1], pipe.src[0]]).wait()
            const uint32_t got_ptr = get_read_ptr(got);
            noc_async_write_page(src_y * 7 + src_x, out, got_ptr);
            noc_async_write_barrier();
            // channel_kernels.py:115: the end of `with`
            cb_pop_front(got, 1);
        }
    }
    noc_async_write_barrier();
    noc_async_atomic_barrier();
}
