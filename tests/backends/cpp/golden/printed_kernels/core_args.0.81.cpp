// ----------------------------------------------------------------------------------------------------
// read: data movement kernel of spread, on NOC 0

#include <cstdint>

#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr uint32_t table_cb = 0;  // 2 tiles of float32
    constexpr auto lambda_args = TensorAccessorArgs<0>();  // 4x4 tiles of bfloat16 in DRAM
    constexpr auto table_args = TensorAccessorArgs<lambda_args.next_compile_time_args_offset()>();  // 4x4 tiles of float32 in L1

    const int32_t first = get_arg_val<int32_t>(0);
    const int32_t n_tiles = get_arg_val<int32_t>(1);
    const uint32_t table_address = get_common_arg_val<uint32_t>(1);
    const auto table = TensorAccessor(table_args, table_address);

    for (int32_t page = first; page < first + n_tiles; ++page) {
        cb_reserve_back(table_cb, 1);
        const uint32_t table_ptr = get_write_ptr(table_cb);
        noc_async_read_page(page, table, table_ptr);
        noc_async_read_barrier();
        cb_push_back(table_cb, 1);
    }
}

// ----------------------------------------------------------------------------------------------------
// write: data movement kernel of spread, on NOC 1

#include <cstdint>

#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr uint32_t t = 7;  // 1 tile of bfloat16
    constexpr auto lambda_args = TensorAccessorArgs<0>();  // 4x4 tiles of bfloat16 in DRAM
    constexpr auto cores_args = TensorAccessorArgs<lambda_args.next_compile_time_args_offset()>();  // 2x4x4 tiles of int32 in DRAM

    const int32_t offset = get_arg_val<int32_t>(0);
    const uint32_t lambda_address = get_common_arg_val<uint32_t>(0);
    const auto lambda = TensorAccessor(lambda_args, lambda_address);
    const uint32_t cores_address = get_common_arg_val<uint32_t>(1);
    const auto cores = TensorAccessor(cores_args, cores_address);

    const int32_t core_x = get_absolute_logical_x();
    const int32_t page = core_x + get_absolute_logical_y() - offset;
    cb_wait_front(t, 1);
    const uint32_t t_ptr = get_read_ptr(t);
    noc_async_write_page(page, lambda, t_ptr);
    noc_async_write_page(page, cores, t_ptr);
    noc_async_write_page(core_x, cores, t_ptr);
    noc_async_write_barrier();
    cb_pop_front(t, 1);
}
