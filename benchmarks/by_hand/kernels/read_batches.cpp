// Reads the tiles of up to three operands, a batch at a time: all reads of a batch are under way together, and the
// next batch is read while this one is computed with. Buffers 0, 1, 2 have room for two batches.
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr uint32_t batch = get_compile_time_arg_val(0);
    constexpr auto a_args = TensorAccessorArgs<1>();
    constexpr auto b_args = TensorAccessorArgs<a_args.next_compile_time_args_offset()>();
    const uint32_t first = get_arg_val<uint32_t>(0);
    const uint32_t end = first + get_arg_val<uint32_t>(1);
    const auto a = TensorAccessor(a_args, get_common_arg_val<uint32_t>(0));
    const auto b = TensorAccessor(b_args, get_common_arg_val<uint32_t>(1));
    constexpr uint32_t a_bytes = get_tile_size(0), b_bytes = get_tile_size(1);
#if OPERANDS == 3
    constexpr auto c_args = TensorAccessorArgs<b_args.next_compile_time_args_offset()>();
    const auto c = TensorAccessor(c_args, get_common_arg_val<uint32_t>(2));
    constexpr uint32_t c_bytes = get_tile_size(2);
#endif

    for (uint32_t page = first; page < end; page += batch) {
        cb_reserve_back(0, batch);
        cb_reserve_back(1, batch);
        uint32_t to_a = get_write_ptr(0), to_b = get_write_ptr(1);
#if OPERANDS == 3
        cb_reserve_back(2, batch);
        uint32_t to_c = get_write_ptr(2);
#endif
        for (uint32_t i = 0; i < batch; ++i) {
            noc_async_read_page(page + i, a, to_a);
            noc_async_read_page(page + i, b, to_b);
            to_a += a_bytes;
            to_b += b_bytes;
#if OPERANDS == 3
            noc_async_read_page(page + i, c, to_c);
            to_c += c_bytes;
#endif
        }
        noc_async_read_barrier();
        cb_push_back(0, batch);
        cb_push_back(1, batch);
#if OPERANDS == 3
        cb_push_back(2, batch);
#endif
    }
}
