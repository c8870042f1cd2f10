// The first core reads tiles and multicasts them to the others of its row; each writes what it has to its own place.
// A flag tells the receivers that a tile is there, as in the matmuls of tt-metal.
#include <stdint.h>
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr uint32_t cb = get_compile_time_arg_val(0);
    constexpr auto in_args = TensorAccessorArgs<1>();
    const uint32_t in_address = get_arg_val<uint32_t>(0);
    const uint32_t tiles = get_arg_val<uint32_t>(1);
    const uint32_t receivers = get_arg_val<uint32_t>(2);
    const uint32_t is_sender = get_arg_val<uint32_t>(3);
    const uint32_t sender_x = get_arg_val<uint32_t>(4), sender_y = get_arg_val<uint32_t>(5);
    const uint32_t first_x = get_arg_val<uint32_t>(6), last_x = get_arg_val<uint32_t>(7);

    const uint32_t ready = get_semaphore(get_named_compile_time_arg_val("ready"));
    const uint32_t there = get_semaphore(get_named_compile_time_arg_val("there"));
    volatile tt_l1_ptr uint32_t* ready_ptr = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(ready);
    volatile tt_l1_ptr uint32_t* there_ptr = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(there);
    const auto in = TensorAccessor(in_args, in_address);
    const uint32_t bytes = get_tile_size(cb);
    if (is_sender) *(there_ptr) = VALID;

    for (uint32_t i = 0; i < tiles; ++i) {
        cb_reserve_back(cb, 1);
        const uint32_t l1_address = get_write_ptr(cb);
        if (is_sender) {
            noc_async_read_page(i, in, l1_address);
            noc_async_read_barrier();
            noc_semaphore_wait(ready_ptr, receivers);
            noc_semaphore_set(ready_ptr, 0);
            const uint64_t others = get_noc_multicast_addr(first_x, sender_y, last_x, sender_y, l1_address);
            noc_async_write_multicast(l1_address, others, bytes, receivers);
            noc_async_write_barrier();
            noc_semaphore_set_multicast(there, get_noc_multicast_addr(first_x, sender_y, last_x, sender_y, there), receivers);
            noc_async_write_barrier();
        } else {
            *there_ptr = INVALID;
            noc_semaphore_inc(get_noc_addr(sender_x, sender_y, ready), 1);
            noc_semaphore_wait(there_ptr, VALID);
        }
        cb_push_back(cb, 1);
    }
    noc_async_atomic_barrier();
}
