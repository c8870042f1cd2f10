// write (mixed_formats.py:39): data movement kernel of scaled, on NOC 1

#include <cstdint>

#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr uint32_t out_cb = 2;  // 6 tiles of float32
    constexpr auto out_args = TensorAccessorArgs<0>();  // 4x6 tiles of float32 in DRAM

    const uint32_t out_address = get_common_arg_val<uint32_t>(0);
    const auto out = TensorAccessor(out_args, out_address);
    const uint32_t out_tile_bytes = get_tile_size(out_cb);

    // mixed_formats.py:40: column, _ = ttl.core()
    const int32_t column = get_absolute_logical_x();
    // mixed_formats.py:41: for row in range(rows):
    for (int32_t row = 0; row < 4; ++row) {
        // mixed_formats.py:42: with out_cb.wait() as o:
        cb_wait_front(out_cb, 3);
        // mixed_formats.py:43: ttl.copy(o, out[row, column * half : (column + 1) * half]).wait()
        const int32_t first_column = column * 3;
        const uint32_t out_ptr = get_read_ptr(out_cb);
        for (int32_t c = 0; c < 3; ++c) {
            noc_async_write_page(row * 6 + first_column + c, out, out_ptr + c * out_tile_bytes);
        }
        noc_async_writes_flushed();
        // mixed_formats.py:42: the end of `with`
        cb_pop_front(out_cb, 3);
    }
    noc_async_write_barrier();
}
