// read_a_and_write (matmul_multicast.py:53): data movement kernel of matmul, on NOC 1

#include <cstdint>

#include "api/dataflow/dataflow_api.h"

// Of the firmware: the NOC coordinates of the grid.
extern uint8_t worker_logical_col_to_virtual_col[];
extern uint8_t worker_logical_row_to_virtual_row[];

void kernel_main() {
    constexpr uint32_t a_dfb = 0;  // 32 tiles of bfloat16
    constexpr uint32_t sum_dfb = 2;  // 16 tiles of float32
    constexpr uint32_t a_net_room = 0;  // semaphore, from 0
    constexpr uint32_t a_net_data = 1;  // semaphore, from 0
    constexpr uint32_t read_a_and_write_flag = 5;  // semaphore, from 0
    constexpr auto a_args = TensorAccessorArgs<0>();  // 32x32 tiles of bfloat16 in DRAM
    constexpr auto out_args = TensorAccessorArgs<a_args.next_compile_time_args_offset()>();  // 32x32 tiles of float32 in DRAM

    const uint32_t a_address = get_common_arg_val<uint32_t>(0);
    const auto a = TensorAccessor(a_args, a_address);
    const uint32_t out_address = get_common_arg_val<uint32_t>(1);
    const auto out = TensorAccessor(out_args, out_address);
    const uint32_t a_tile_bytes = get_tile_size(a_dfb);
    const uint32_t sum_tile_bytes = get_tile_size(sum_dfb);
    const uint32_t a_net_room_address = get_semaphore(a_net_room);
    auto* const a_net_room_ptr = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(a_net_room_address);
    const uint32_t a_net_data_address = get_semaphore(a_net_data);
    auto* const a_net_data_ptr = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(a_net_data_address);
    const uint32_t read_a_and_write_flag_address = get_semaphore(read_a_and_write_flag);
    auto* const read_a_and_write_flag_ptr = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(read_a_and_write_flag_address);
    uint32_t a_net_received = 0;
    uint32_t a_net_sent = 0;

    const int32_t noc_x = worker_logical_col_to_virtual_col[0];
    const int32_t x_start = worker_logical_col_to_virtual_col[7];
    const int32_t x_end = worker_logical_col_to_virtual_col[1];
    const uint32_t a_base = get_write_ptr(a_dfb);
    // matmul_multicast.py:54: core_x, core_y = ttl.node()
    const int32_t core_x = get_absolute_logical_x();
    const int32_t core_y = get_absolute_logical_y();
    const int32_t noc_y = worker_logical_row_to_virtual_row[core_y];
    // matmul_multicast.py:55: row, column = core_y * BLOCK, core_x * BLOCK
    const int32_t row = core_y * 4;
    const int32_t column = core_x * 4;
    // matmul_multicast.py:56: for inner in range(0, inner_tiles, BLOCK):
    for (int32_t inner = 0; inner < 32; inner += 4) {
        // matmul_multicast.py:57: with a_dfb.reserve() as block:
        cb_reserve_back(a_dfb, 16);
        // matmul_multicast.py:58: if a_net.is_src():
        const bool core_x_is_0 = core_x == 0;
        if (core_x_is_0) {
            // matmul_multicast.py:59: ttl.copy(a[row : row + BLOCK, inner : inner + BLOCK], block).wait()
            const uint32_t a_ptr = get_write_ptr(a_dfb);
            for (int32_t r = 0; r < 4; ++r) {
                for (int32_t c = 0; c < 4; ++c) {
                    noc_async_read_page((row + r) * 32 + inner + c, a, a_ptr + (r * 4 + c) * a_tile_bytes);
                }
            }
            noc_async_read_barrier();
            // matmul_multicast.py:60: a_net.if_src(lambda pipe: ttl.copy(block, pipe).wait())
            if (core_x_is_0) {
                const uint32_t count = ++a_net_sent;
                noc_semaphore_wait_min(a_net_room_ptr, count * 7);
                const uint32_t size = 16 * a_tile_bytes;
                const uint32_t a_ptr_1 = get_write_ptr(a_dfb);
                noc_semaphore_set(read_a_and_write_flag_ptr, count);
                const uint64_t multicast_addr = get_noc_multicast_addr(x_start, noc_y, x_end, noc_y, a_base + (int32_t)(1 + count) % 2 * size);
                noc_async_write_multicast(a_ptr_1, multicast_addr, size, 7, true);
                const uint64_t signal_addr = get_noc_multicast_addr(x_start, noc_y, x_end, noc_y, a_net_data_address);
                noc_semaphore_set_multicast(read_a_and_write_flag_address, signal_addr, 7);
                noc_async_writes_flushed();
            }
        }
        // matmul_multicast.py:61: a_net.if_dst(lambda pipe: ttl.copy(pipe, block).wait())
        if (core_x != 0) {
            const uint64_t signal_addr = get_noc_addr(noc_x, noc_y, a_net_room_address);
            noc_semaphore_inc(signal_addr, 1);
            const uint32_t count = ++a_net_received;
            noc_semaphore_wait_min(a_net_data_ptr, count);
        }
        // matmul_multicast.py:57: the end of `with`
        cb_push_back(a_dfb, 16);
    }
    // matmul_multicast.py:63: ttl.copy(total, out[row : row + BLOCK, column : column + BLOCK]).wait()
    const uint32_t sum_ptr = get_read_ptr(sum_dfb);
    for (int32_t part = 0; part < 4; ++part) {
        const int32_t product = part * 4;
        cb_wait_front(sum_dfb, product + 4);
        for (int32_t c = 0; c < 4; ++c) {
            noc_async_write_page((row + part) * 32 + column + c, out, sum_ptr + (product + c) * sum_tile_bytes);
        }
    }
    noc_async_write_barrier();
    // matmul_multicast.py:62: the end of `with`
    cb_pop_front(sum_dfb, 16);
    noc_async_atomic_barrier();
}
