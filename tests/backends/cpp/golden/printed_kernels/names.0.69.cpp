// ----------------------------------------------------------------------------------------------------
// read: data movement kernel of names, on NOC 0

#include <cstdint>

#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr uint32_t int_1 = 0;  // 8 tiles of bfloat16
    constexpr uint32_t cb_push_back_1 = 1;  // 8 tiles of bfloat16
    constexpr auto page_args = TensorAccessorArgs<0>();  // 8x8 tiles of bfloat16 in DRAM

    const int32_t namespace_1 = get_arg_val<int32_t>(0);
    const int32_t math = get_arg_val<int32_t>(1);
    const int32_t M = get_arg_val<int32_t>(2);
    const uint32_t page_address = get_common_arg_val<uint32_t>(0);
    const auto page = TensorAccessor(page_args, page_address);

    const int32_t for_1 = namespace_1 * math;
    const int32_t page_again = for_1 * M;
    cb_push_back(cb_push_back_1, 1);
    const uint32_t int_2 = get_write_ptr(int_1);
    const uint32_t cb_push_back_ptr = get_write_ptr(cb_push_back_1);
    for (int32_t i = 0; i < for_1; ++i) {
        for (int32_t j = 0; j < page_again; ++j) {
            const int32_t x = i + j;
            noc_async_read_page(x, page, int_2);
            const int32_t page_index = x * page_again;
            noc_async_read_page(page_index, page, cb_push_back_ptr);
            noc_async_read_page(page_index, page, int_2);
        }
        for (int32_t j = 0; j < 4; ++j) {
            const int32_t true_1 = i + j;
            noc_async_read_page(true_1, page, true_1);
        }
    }
}
