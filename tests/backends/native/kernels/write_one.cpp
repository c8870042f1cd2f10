// Writes tiles to a tensor with an accessor whose description starts at compile-time argument 1.
#include <stdint.h>
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr uint32_t cb_out = get_compile_time_arg_val(0);
    constexpr auto out_args = TensorAccessorArgs<1>();
    const uint32_t out_address = get_arg_val<uint32_t>(0);
    const uint32_t tiles = get_arg_val<uint32_t>(1);
    const uint32_t start = get_arg_val<uint32_t>(2);
    const auto out = TensorAccessor(out_args, out_address, get_tile_size(cb_out));

    for (uint32_t i = start; i < start + tiles; i++) {
        cb_wait_front(cb_out, 1);
        noc_async_write_page(i, out, get_read_ptr(cb_out));
        noc_async_writes_flushed();
        cb_pop_front(cb_out, 1);
    }
    noc_async_write_barrier();
}
