// Blocks of both operands of a product, a step of K at a time, all reads of a step under way together.
#include "api/dataflow/dataflow_api.h"

template <class Tensor>
void read_block(uint32_t cb, const Tensor& tensor, uint32_t page, uint32_t rows, uint32_t columns, uint32_t across) {
    const uint32_t bytes = get_tile_size(cb);
    uint32_t to = get_write_ptr(cb);
    for (uint32_t i = 0; i < rows; ++i, page += across) {
        for (uint32_t j = 0; j < columns; ++j, to += bytes) {
            noc_async_read_page(page + j, tensor, to);
        }
    }
}

void kernel_main() {
    constexpr uint32_t left_cb = 0, right_cb = 1;
    constexpr uint32_t height = get_compile_time_arg_val(0), width = get_compile_time_arg_val(1);
    constexpr uint32_t deep = get_compile_time_arg_val(2), steps = get_compile_time_arg_val(3);
    constexpr uint32_t inner = get_compile_time_arg_val(4), across = get_compile_time_arg_val(5);
    constexpr auto left_args = TensorAccessorArgs<6>();
    constexpr auto right_args = TensorAccessorArgs<left_args.next_compile_time_args_offset()>();
    const auto left = TensorAccessor(left_args, get_common_arg_val<uint32_t>(0));
    const auto right = TensorAccessor(right_args, get_common_arg_val<uint32_t>(1));
    uint32_t left_page = get_arg_val<uint32_t>(0), right_page = get_arg_val<uint32_t>(1);

    for (uint32_t step = 0; step < steps; ++step, left_page += deep, right_page += deep * across) {
        cb_reserve_back(left_cb, height * deep);
        cb_reserve_back(right_cb, deep * width);
        read_block(left_cb, left, left_page, height, deep, inner);
        read_block(right_cb, right, right_page, deep, width, across);
        noc_async_read_barrier();
        cb_push_back(left_cb, height * deep);
        cb_push_back(right_cb, deep * width);
    }
}
