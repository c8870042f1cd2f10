// write (uneven_work.py:38): data movement kernel of softplus_rows, on NOC 1

#include <cstdint>

#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr uint32_t out_cb = 1;  // 6 tiles of bfloat16
    constexpr auto out_args = TensorAccessorArgs<0>();  // 13x3 tiles of bfloat16 in DRAM

    const int32_t last = get_arg_val<int32_t>(0);
    const int32_t first = get_arg_val<int32_t>(1);
    const uint32_t out_address = get_common_arg_val<uint32_t>(0);
    const auto out = TensorAccessor(out_args, out_address);
    const uint32_t out_tile_bytes = get_tile_size(out_cb);

    // uneven_work.py:39: for row in range(first, last):
    for (int32_t row = first; row < last; ++row) {
        // uneven_work.py:40: with out_cb.wait() as block:
        cb_wait_front(out_cb, 3);
        // uneven_work.py:41: ttl.copy(block, out[row, :]).wait()
        const uint32_t out_ptr = get_read_ptr(out_cb);
        for (int32_t c = 0; c < 3; ++c) {
            noc_async_write_page(row * 3 + c, out, out_ptr + c * out_tile_bytes);
        }
        noc_async_writes_flushed();
        // uneven_work.py:40: the end of `with`
        cb_pop_front(out_cb, 3);
    }
    noc_async_write_barrier();
}
