// The first core of a row reads tiles, and hands them on to the others.
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr uint32_t cb = get_compile_time_arg_val(0);
    constexpr auto in_args = TensorAccessorArgs<1>();
    const auto in = TensorAccessor(in_args, get_arg_val<uint32_t>(0));
    const uint32_t tiles = get_arg_val<uint32_t>(1), receivers = get_arg_val<uint32_t>(2);
    const bool sends = get_arg_val<uint32_t>(3);
    const uint32_t x = get_arg_val<uint32_t>(4), y = get_arg_val<uint32_t>(5);
    const uint32_t first = get_arg_val<uint32_t>(6), last = get_arg_val<uint32_t>(7);
    const uint32_t ready = get_semaphore(0), there = get_semaphore(1);
    volatile tt_l1_ptr uint32_t* ready_word = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(ready);
    volatile tt_l1_ptr uint32_t* there_word = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(there);
    for (uint32_t i = 0; i < tiles; ++i) {
        cb_reserve_back(cb, 1);
        if (sends) {
            noc_async_read_page(i, in, get_write_ptr(cb));
            noc_async_read_barrier();
            noc_semaphore_wait(ready_word, receivers);
            noc_semaphore_set(ready_word, 0);
            const uint32_t address = get_write_ptr(cb);
            noc_async_write_multicast(
                address, get_noc_multicast_addr(first, y, last, y, address), get_tile_size(cb), receivers, true);
#ifdef ARCH_BLACKHOLE
            noc_async_writes_flushed();
#endif
            noc_semaphore_set(there_word, 1);
            noc_semaphore_set_multicast(there, get_noc_multicast_addr(first, y, last, y, there), receivers);
            noc_async_write_barrier();
        } else {
            noc_semaphore_set(there_word, 0);
            noc_semaphore_inc(get_noc_addr(x, y, ready), 1);
            noc_semaphore_wait(there_word, 1);
        }
        cb_push_back(cb, 1);
    }
    noc_async_atomic_barrier();
}
