// A block of queries, then block after block of keys, whose tiles go in the order of their transpose, and of values.
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr uint32_t q_cb = 0, k_cb = 1, v_cb = 2, ones_cb = 3;
    constexpr uint32_t rows = get_compile_time_arg_val(0), keys = get_compile_time_arg_val(1);
    constexpr uint32_t depth = get_compile_time_arg_val(2), turns = get_compile_time_arg_val(3);
    constexpr auto q_args = TensorAccessorArgs<4>();
    constexpr auto k_args = TensorAccessorArgs<q_args.next_compile_time_args_offset()>();
    constexpr auto v_args = TensorAccessorArgs<k_args.next_compile_time_args_offset()>();
    const auto q = TensorAccessor(q_args, get_common_arg_val<uint32_t>(0));
    const auto k = TensorAccessor(k_args, get_common_arg_val<uint32_t>(1));
    const auto v = TensorAccessor(v_args, get_common_arg_val<uint32_t>(2));
    const uint32_t q_page = get_arg_val<uint32_t>(0);
    uint32_t page = get_arg_val<uint32_t>(1);
    const uint32_t bytes = get_tile_size(q_cb);

    cb_reserve_back(q_cb, rows * depth);
    uint32_t to = get_write_ptr(q_cb);
    for (uint32_t i = 0; i < rows * depth; ++i, to += bytes) {
        noc_async_read_page(q_page + i, q, to);
    }
    cb_reserve_back(ones_cb, 1);
    auto* words = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_write_ptr(ones_cb));
    for (uint32_t i = 0; i < bytes / 4; ++i) {
        words[i] = 0x3f803f80;
    }
    cb_push_back(ones_cb, 1);
    for (uint32_t turn = 0; turn < turns; ++turn, page += keys * depth) {
        cb_reserve_back(k_cb, keys * depth);
        to = get_write_ptr(k_cb);
        for (uint32_t column = 0; column < depth; ++column) {
            for (uint32_t key = 0; key < keys; ++key, to += bytes) {
                noc_async_read_page(page + key * depth + column, k, to);
            }
        }
        noc_async_read_barrier();
        if (turn == 0) {
            cb_push_back(q_cb, rows * depth);
        }
        cb_push_back(k_cb, keys * depth);
        cb_reserve_back(v_cb, keys * depth);
        to = get_write_ptr(v_cb);
        for (uint32_t i = 0; i < keys * depth; ++i, to += bytes) {
            noc_async_read_page(page + i, v, to);
        }
        noc_async_read_barrier();
        cb_push_back(v_cb, keys * depth);
    }
}
