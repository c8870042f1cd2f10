// The first core of a row reads tiles, and hands them on to the others.
#include "api/core_local_mem.h"
#include "api/dataflow/circular_buffer.h"
#include "api/dataflow/endpoints.h"
#include "api/dataflow/noc.h"
#include "api/dataflow/noc_semaphore.h"
#include "api/tensor/noc_traits.h"

void kernel_main() {
    CircularBuffer to(get_compile_time_arg_val(0));
    constexpr auto in_args = TensorAccessorArgs<1>();
    const auto in = TensorAccessor(in_args, get_arg_val<uint32_t>(0));
    const uint32_t tiles = get_arg_val<uint32_t>(1), receivers = get_arg_val<uint32_t>(2);
    const bool sends = get_arg_val<uint32_t>(3);
    const uint32_t x = get_arg_val<uint32_t>(4), y = get_arg_val<uint32_t>(5);
    const uint32_t first = get_arg_val<uint32_t>(6), last = get_arg_val<uint32_t>(7);
    Noc noc;
    Semaphore<> ready(0), there(1);
    for (uint32_t i = 0; i < tiles; ++i) {
        to.reserve_back(1);
        if (sends) {
            noc.async_read(in, to, to.get_tile_size(), {.page_id = i}, {});
            noc.async_read_barrier();
            ready.wait(receivers);
            ready.set(0);
            const CoreLocalMem<uint32_t> tile(to.get_write_ptr());
            noc.async_write_multicast(
                tile,
                MulticastEndpoint{},
                to.get_tile_size(),
                receivers,
                {},
                {.noc_x_start = first, .noc_y_start = y, .noc_x_end = last, .noc_y_end = y, .addr = to.get_write_ptr()},
                true);
#ifdef ARCH_BLACKHOLE
            noc.async_writes_flushed();
#endif
            there.set(1);
            there.set_multicast(noc, first, y, last, y, receivers);
            noc.async_write_barrier();
        } else {
            there.set(0);
            ready.up(noc, x, y, 1);
            there.wait(1);
        }
        to.push_back(1);
    }
    noc.async_atomic_barrier();
}
