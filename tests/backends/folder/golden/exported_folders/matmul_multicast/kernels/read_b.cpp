// read_b (matmul_multicast.py:42): data movement kernel of matmul, on NOC 0

#include <cstdint>

#include "api/dataflow/dataflow_api.h"

// Of the firmware: the NOC coordinates of the grid.
extern uint8_t worker_logical_col_to_virtual_col[];
extern uint8_t worker_logical_row_to_virtual_row[];

void kernel_main() {
    constexpr uint32_t b_dfb = 1;  // 32 tiles of bfloat16
    constexpr uint32_t b_net_room = 2;  // semaphore, from 0
    constexpr uint32_t b_net_data = 3;  // semaphore, from 0
    constexpr uint32_t read_b_flag = 4;  // semaphore, from 0
    constexpr auto b_args = TensorAccessorArgs<0>();  // 32x32 tiles of bfloat16 in DRAM

    const uint32_t b_address = get_common_arg_val<uint32_t>(0);
    const auto b = TensorAccessor(b_args, b_address);
    const uint32_t b_tile_bytes = get_tile_size(b_dfb);
    const uint32_t b_net_room_address = get_semaphore(b_net_room);
    auto* const b_net_room_ptr = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(b_net_room_address);
    const uint32_t b_net_data_address = get_semaphore(b_net_data);
    auto* const b_net_data_ptr = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(b_net_data_address);
    const uint32_t read_b_flag_address = get_semaphore(read_b_flag);
    auto* const read_b_flag_ptr = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(read_b_flag_address);
    uint32_t b_net_received = 0;
    uint32_t b_net_sent = 0;

    const int32_t noc_y = worker_logical_row_to_virtual_row[0];
    const int32_t y_end = worker_logical_row_to_virtual_row[7];
    const int32_t y_start = worker_logical_row_to_virtual_row[1];
    const uint32_t b_base = get_write_ptr(b_dfb);
    // matmul_multicast.py:43: core_x, _ = ttl.node()
    const int32_t core_x = get_absolute_logical_x();
    const int32_t noc_x = worker_logical_col_to_virtual_col[core_x];
    const int32_t core_y = get_absolute_logical_y();
    // matmul_multicast.py:44: column = core_x * BLOCK
    const int32_t column = core_x * 4;
    // matmul_multicast.py:45: for inner in range(0, inner_tiles, BLOCK):
    for (int32_t inner = 0; inner < 32; inner += 4) {
        // matmul_multicast.py:46: with b_dfb.reserve() as block:
        cb_reserve_back(b_dfb, 16);
        // matmul_multicast.py:47: if b_net.is_src():
        const bool core_y_is_0 = core_y == 0;
        if (core_y_is_0) {
            // matmul_multicast.py:48: ttl.copy(b[inner : inner + BLOCK, column : column + BLOCK], block).wait()
            const uint32_t b_ptr = get_write_ptr(b_dfb);
            for (int32_t r = 0; r < 4; ++r) {
                for (int32_t c = 0; c < 4; ++c) {
                    noc_async_read_page((inner + r) * 32 + column + c, b, b_ptr + (r * 4 + c) * b_tile_bytes);
                }
            }
            noc_async_read_barrier();
            // matmul_multicast.py:49: b_net.if_src(lambda pipe: ttl.copy(block, pipe).wait())
            if (core_y_is_0) {
                const uint32_t count = ++b_net_sent;
                noc_semaphore_wait_min(b_net_room_ptr, count * 7);
                const uint32_t size = 16 * b_tile_bytes;
                const uint32_t b_ptr_1 = get_write_ptr(b_dfb);
                noc_semaphore_set(read_b_flag_ptr, count);
                const uint64_t multicast_addr = get_noc_multicast_addr(noc_x, y_start, noc_x, y_end, b_base + (int32_t)(1 + count) % 2 * size);
                noc_async_write_multicast(b_ptr_1, multicast_addr, size, 7, true);
                const uint64_t signal_addr = get_noc_multicast_addr(noc_x, y_start, noc_x, y_end, b_net_data_address);
                noc_semaphore_set_multicast(read_b_flag_address, signal_addr, 7);
                noc_async_writes_flushed();
            }
        }
        // matmul_multicast.py:50: b_net.if_dst(lambda pipe: ttl.copy(pipe, block).wait())
        if (core_y != 0) {
            const uint64_t signal_addr = get_noc_addr(noc_x, noc_y, b_net_room_address);
            noc_semaphore_inc(signal_addr, 1);
            const uint32_t count = ++b_net_received;
            noc_semaphore_wait_min(b_net_data_ptr, count);
        }
        // matmul_multicast.py:46: the end of `with`
        cb_push_back(b_dfb, 16);
    }
    noc_async_write_barrier();
    noc_async_atomic_barrier();
}
