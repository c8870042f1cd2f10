// ----------------------------------------------------------------------------------------------------
// add (channel_kernels.py:170): compute kernel of scatter_gather, for the kernel API of ttnn 0.81

#include <cstdint>

#include "api/compute/common.h"
#include "api/compute/tile_move_copy.h"

void kernel_main() {
    constexpr uint32_t got = 1;  // 2 tiles of bfloat16
    constexpr uint32_t total = 2;  // 1 tile of bfloat16

    compute_kernel_hw_startup(got, total);
    // channel_kernels.py:172: for _ in range(grid_y):
    copy_init(got);
    // channel_kernels.py:171: with total.reserve() as t:
    cb_reserve_back(total, 1);
    // channel_kernels.py:172: for _ in range(grid_y):
    for (int32_t i = 0; i < 3; ++i) {
        // channel_kernels.py:173: with got.wait() as g:
        cb_wait_front(got, 1);
        // channel_kernels.py:174: t.store(g, acc=True)
        if (i == 1) {
            pack_reconfig_l1_acc(1);
        }
        tile_regs_acquire();
        copy_tile(got, 0, 0);
        tile_regs_commit();
        tile_regs_wait();
        pack_tile<true>(0, total, 0);
        tile_regs_release();
        // channel_kernels.py:173: the end of `with`
        cb_pop_front(got, 1);
    }
    // channel_kernels.py:174: t.store(g, acc=True)
    pack_reconfig_l1_acc(0);
    // channel_kernels.py:171: the end of `with`
    cb_push_back(total, 1);
}

// ----------------------------------------------------------------------------------------------------
// read (channel_kernels.py:177): data movement kernel of scatter_gather, on NOC 0

#include <cstdint>

#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr uint32_t cb = 0;  // 2 tiles of bfloat16
    constexpr auto x_args = TensorAccessorArgs<0>();  // 3x2 tiles of bfloat16 in DRAM

    const uint32_t x_address = get_common_arg_val<uint32_t>(0);
    const auto x = TensorAccessor(x_args, x_address);

    // channel_kernels.py:179: with cb.reserve() as block:
    cb_reserve_back(cb, 1);
    // channel_kernels.py:180: ttl.copy(x[y, i], block).wait()
    const uint32_t cb_ptr = get_write_ptr(cb);
    noc_async_read_page(get_absolute_logical_y() * 2 + get_absolute_logical_x(), x, cb_ptr);
    noc_async_read_barrier();
    // channel_kernels.py:179: the end of `with`
    cb_push_back(cb, 1);
}

// ----------------------------------------------------------------------------------------------------
// talk (channel_kernels.py:183): data movement kernel of scatter_gather, on NOC 1

#include <cstdint>

#include "api/dataflow/dataflow_api.h"

// Of the firmware: the NOC coordinates of the grid.
extern uint8_t worker_logical_col_to_virtual_col[];
extern uint8_t worker_logical_row_to_virtual_row[];

void kernel_main() {
    constexpr uint32_t cb = 0;  // 2 tiles of bfloat16
    constexpr uint32_t got = 1;  // 2 tiles of bfloat16
    constexpr uint32_t total = 2;  // 1 tile of bfloat16
    constexpr uint32_t landing3 = 3;  // 3 tiles of bfloat16
    constexpr uint32_t talk_flag = 3;  // semaphore, from 0
    constexpr auto out_args = TensorAccessorArgs<0>();  // 3x2 tiles of bfloat16 in DRAM

    const uint32_t out_address = get_common_arg_val<uint32_t>(0);
    const auto out = TensorAccessor(out_args, out_address);
    const uint32_t cb_tile_bytes = get_tile_size(cb);
    const uint32_t got_tile_bytes = get_tile_size(got);
    const uint32_t talk_flag_address = get_semaphore(talk_flag);
    auto* const talk_flag_ptr = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(talk_flag_address);

    const int32_t y_start = worker_logical_row_to_virtual_row[2];
    const int32_t y_end = worker_logical_row_to_virtual_row[0];
    const uint32_t landing3_base = get_write_ptr(landing3);
    // channel_kernels.py:184: i, y = ttl.core()
    const int32_t i = get_absolute_logical_x();
    const int32_t noc_x = worker_logical_col_to_virtual_col[i];
    const int32_t y = get_absolute_logical_y();
    // channel_kernels.py:185: with cb.wait() as block:
    cb_wait_front(cb, 1);
    // channel_kernels.py:186: ttl.if_pipe_src(pipes, lambda pipe: ttl.copy(block, pipe).wait())
    const uint32_t cb_ptr = get_read_ptr(cb);
    noc_semaphore_set(talk_flag_ptr, 1);
    const uint64_t multicast_addr = get_noc_multicast_addr(noc_x, y_start, noc_x, y_end, landing3_base + y * cb_tile_bytes);
    noc_async_write_multicast_loopback_src(cb_ptr, multicast_addr, cb_tile_bytes, 3, true);
    const uint32_t l1_address = get_semaphore(y);
    const uint64_t signal_addr = get_noc_multicast_addr(noc_x, y_start, noc_x, y_end, l1_address);
    noc_semaphore_set_multicast_loopback_src(talk_flag_address, signal_addr, 3);
    noc_async_writes_flushed();
    // channel_kernels.py:185: the end of `with`
    cb_pop_front(cb, 1);
    // channel_kernels.py:192: ttl.if_pipe_dst(pipes, pipe_dst)
    for (int32_t pipe = 0; pipe < 3; ++pipe) {
        // channel_kernels.py:189: with got.reserve() as block:
        cb_reserve_back(got, 1);
        const uint32_t address = get_semaphore(pipe);
        auto* const pointer = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(address);
        // channel_kernels.py:190: ttl.copy(pipe, block).wait()
        noc_semaphore_wait_min(pointer, 1);
        const uint32_t got_ptr = get_write_ptr(got);
        noc_async_read(get_noc_addr(landing3_base + pipe * got_tile_bytes), got_ptr, got_tile_bytes);
        noc_async_read_barrier();
        // channel_kernels.py:189: the end of `with`
        cb_push_back(got, 1);
    }
    // channel_kernels.py:193: with total.wait() as block:
    cb_wait_front(total, 1);
    // channel_kernels.py:194: ttl.copy(block, out[y, i]).wait()
    const uint32_t total_ptr = get_read_ptr(total);
    noc_async_write_page(y * 2 + i, out, total_ptr);
    noc_async_write_barrier();
    // channel_kernels.py:193: the end of `with`
    cb_pop_front(total, 1);
}
