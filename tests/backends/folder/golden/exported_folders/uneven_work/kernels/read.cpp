// read (uneven_work.py:32): data movement kernel of softplus_rows, on NOC 0

#include <cstdint>

#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr uint32_t x_cb = 0;  // 6 tiles of bfloat16
    constexpr auto x_args = TensorAccessorArgs<0>();  // 13x3 tiles of bfloat16 in DRAM

    const int32_t last = get_arg_val<int32_t>(0);
    const int32_t first = get_arg_val<int32_t>(1);
    const uint32_t x_address = get_common_arg_val<uint32_t>(0);
    const auto x = TensorAccessor(x_args, x_address);
    const uint32_t x_tile_bytes = get_tile_size(x_cb);

    // uneven_work.py:33: for row in range(first, last):
    for (int32_t row = first; row < last; ++row) {
        // uneven_work.py:34: with x_cb.reserve() as block:
        cb_reserve_back(x_cb, 3);
        // uneven_work.py:35: ttl.copy(x[row, :], block).wait()
        const uint32_t x_ptr = get_write_ptr(x_cb);
        for (int32_t c = 0; c < 3; ++c) {
            noc_async_read_page(row * 3 + c, x, x_ptr + c * x_tile_bytes);
        }
        noc_async_read_barrier();
        // uneven_work.py:34: the end of `with`
        cb_push_back(x_cb, 3);
    }
}
