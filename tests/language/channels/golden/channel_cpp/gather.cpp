// ----------------------------------------------------------------------------------------------------
// read (channel_kernels.py:64): data movement kernel of gather, on NOC 0

#include <cstdint>

#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr uint32_t cb = 0;  // 2 tiles of bfloat16
    constexpr auto x_args = TensorAccessorArgs<0>();  // 2x4 tiles of bfloat16 in DRAM

    const uint32_t x_address = get_common_arg_val<uint32_t>(0);
    const auto x = TensorAccessor(x_args, x_address);

    // channel_kernels.py:66: with cb.reserve() as block:
    cb_reserve_back(cb, 1);
    // channel_kernels.py:67: ttl.copy(x[y, i], block).wait()
    const uint32_t cb_ptr = get_write_ptr(cb);
    noc_async_read_page(get_absolute_logical_y() * 4 + get_absolute_logical_x(), x, cb_ptr);
    noc_async_read_barrier();
    // channel_kernels.py:66: the end of `with`
    cb_push_back(cb, 1);
}

// ----------------------------------------------------------------------------------------------------
// write (channel_kernels.py:70): data movement kernel of gather, on NOC 1

#include <cstdint>

#include "api/dataflow/dataflow_api.h"

// Of the firmware: the NOC coordinates of the grid.
extern uint8_t worker_logical_col_to_virtual_col[];
extern uint8_t worker_logical_row_to_virtual_row[];

void kernel_main() {
    constexpr uint32_t cb = 0;  // 2 tiles of bfloat16
    constexpr uint32_t got = 1;  // 2 tiles of bfloat16
    constexpr uint32_t pipes_room = 0;  // semaphore, from 0
    constexpr uint32_t write_flag = 4;  // semaphore, from 0
    constexpr auto out_args = TensorAccessorArgs<0>();  // 2x4 tiles of bfloat16 in DRAM

    const int32_t slot = get_arg_val<int32_t>(0);
    const int32_t receives = get_arg_val<int32_t>(1);
    const uint32_t out_address = get_common_arg_val<uint32_t>(0);
    const auto out = TensorAccessor(out_args, out_address);
    const uint32_t cb_tile_bytes = get_tile_size(cb);
    const uint32_t pipes_room_address = get_semaphore(pipes_room);
    auto* const pipes_room_ptr = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(pipes_room_address);
    const uint32_t write_flag_address = get_semaphore(write_flag);
    auto* const write_flag_ptr = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(write_flag_address);

    const int32_t noc_x = worker_logical_col_to_virtual_col[0];
    const uint32_t got_base = get_write_ptr(got);
    // channel_kernels.py:71: i, y = ttl.core()
    const int32_t i = get_absolute_logical_x();
    const int32_t y = get_absolute_logical_y();
    const int32_t noc_y = worker_logical_row_to_virtual_row[y];
    // channel_kernels.py:72: with cb.wait() as block:
    cb_wait_front(cb, 1);
    // channel_kernels.py:78: ttl.if_pipe_src(pipes, pipe_src)
    if (i != 0) {
        // channel_kernels.py:75: xf = ttl.copy(block, pipe)
        noc_semaphore_wait_min(pipes_room_ptr, 1);
        const uint32_t cb_ptr = get_read_ptr(cb);
        noc_semaphore_set(write_flag_ptr, 1);
        const uint64_t noc_addr = get_noc_addr(noc_x, noc_y, got_base + slot * cb_tile_bytes);
        noc_async_write(cb_ptr, noc_addr, cb_tile_bytes);
        const uint32_t l1_address = get_semaphore(i);
        const uint64_t signal_addr = get_noc_addr(noc_x, noc_y, l1_address);
        noc_semaphore_set_remote(write_flag_address, signal_addr);
        // channel_kernels.py:76: xf.wait()
        noc_async_writes_flushed();
    }
    // channel_kernels.py:79: if i == 0:
    if (i == 0) {
        // channel_kernels.py:80: ttl.copy(block, out[y, 0]).wait()
        const uint32_t cb_ptr = get_read_ptr(cb);
        noc_async_write_page(y * 4, out, cb_ptr);
        noc_async_write_barrier();
    }
    // channel_kernels.py:72: the end of `with`
    cb_pop_front(cb, 1);
    // channel_kernels.py:89: ttl.if_pipe_dst(pipes, pipe_dst)
    for (int32_t pipe = 0; pipe < receives; ++pipe) {
        // channel_kernels.py:83: with got.reserve() as block:
        cb_reserve_back(got, 1);
        // channel_kernels.py:84: xf = ttl.copy(pipe, block)
        const int32_t src_x = 1 + pipe;
        const int32_t noc_x_1 = worker_logical_col_to_virtual_col[src_x];
        const uint64_t signal_addr = get_noc_addr(noc_x_1, noc_y, pipes_room_address);
        noc_semaphore_inc(signal_addr, 1);
        const uint32_t address = get_semaphore(src_x);
        auto* const pointer = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(address);
        // channel_kernels.py:85: xf.wait()
        noc_semaphore_wait_min(pointer, 1);
        // channel_kernels.py:83: the end of `with`
        cb_push_back(got, 1);
        // channel_kernels.py:86: with got.wait() as block:
        cb_wait_front(got, 1);
        // channel_kernels.py:87: ttl.copy(block, out[pipe.src[1], pipe.src[0]]).wait()
        const uint32_t got_ptr = get_read_ptr(got);
        noc_async_write_page(y * 4 + src_x, out, got_ptr);
        noc_async_write_barrier();
        // channel_kernels.py:86: the end of `with`
        cb_pop_front(got, 1);
    }
    noc_async_write_barrier();
    noc_async_atomic_barrier();
}
