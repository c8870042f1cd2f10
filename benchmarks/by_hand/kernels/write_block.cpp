// The block of the result that belongs to this core.
#include "write_subblocks.h"

void kernel_main() {
    constexpr uint32_t out_cb = 16;
    constexpr uint32_t height = get_compile_time_arg_val(0), width = get_compile_time_arg_val(1);
    constexpr uint32_t sub_height = get_compile_time_arg_val(2), sub_width = get_compile_time_arg_val(3);
    constexpr uint32_t across = get_compile_time_arg_val(4);
    constexpr auto out_args = TensorAccessorArgs<5>();
    const auto out = TensorAccessor(out_args, get_common_arg_val<uint32_t>(0));
    write_subblocks<out_cb, height, width, sub_height, sub_width>(out, get_arg_val<uint32_t>(0), across);
}
