// Writes consecutive tiles of buffer 16, a batch at a time. The batch is given back once its writes have left L1; that
// they have arrived is asked for once, at the end.
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr uint32_t out_cb = 16;
    constexpr uint32_t batch = get_compile_time_arg_val(0);
    constexpr auto out_args = TensorAccessorArgs<1>();
    const uint32_t first = get_arg_val<uint32_t>(0);
    const uint32_t end = first + get_arg_val<uint32_t>(1);
    const auto out = TensorAccessor(out_args, get_common_arg_val<uint32_t>(0));
    constexpr uint32_t bytes = get_tile_size(out_cb);

    for (uint32_t page = first; page < end; page += batch) {
        cb_wait_front(out_cb, batch);
        uint32_t from = get_read_ptr(out_cb);
        for (uint32_t i = 0; i < batch; ++i) {
            noc_async_write_page(page + i, out, from);
            from += bytes;
        }
        noc_async_writes_flushed();
        cb_pop_front(out_cb, batch);
    }
    noc_async_write_barrier();
}
