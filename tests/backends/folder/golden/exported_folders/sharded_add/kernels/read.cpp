// read (sharded_add.py:24): data movement kernel of sharded_add, on NOC 0

#include <cstdint>

#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr uint32_t a_dfb = 0;  // 8 tiles of bfloat16
    constexpr uint32_t b_dfb = 1;  // 8 tiles of bfloat16
    constexpr auto a_args = TensorAccessorArgs<0>();  // 16x32 tiles of bfloat16 in L1
    constexpr auto b_args = TensorAccessorArgs<a_args.next_compile_time_args_offset()>();  // 16x32 tiles of bfloat16 in L1

    const uint32_t a_address = get_common_arg_val<uint32_t>(0);
    const auto a = TensorAccessor(a_args, a_address);
    const uint32_t b_address = get_common_arg_val<uint32_t>(1);
    const auto b = TensorAccessor(b_args, b_address);

    // sharded_add.py:26: with a_dfb.reserve() as a_block, b_dfb.reserve() as b_block:
    cb_reserve_back(a_dfb, 8);
    cb_reserve_back(b_dfb, 8);
    // sharded_add.py:27: a_transfer = ttl.copy(a[ttl.core_linear()], a_block)
    const int32_t shard = get_absolute_logical_y() * 8 + get_absolute_logical_x();
    const uint32_t a_ptr = get_write_ptr(a_dfb);
    noc_async_read_shard(shard, a, a_ptr);
    // sharded_add.py:28: b_transfer = ttl.copy(b[ttl.core_linear()], b_block)
    const uint32_t b_ptr = get_write_ptr(b_dfb);
    noc_async_read_shard(shard, b, b_ptr);
    // sharded_add.py:29: a_transfer.wait()
    noc_async_read_barrier();
    // sharded_add.py:26: the end of `with`
    cb_push_back(b_dfb, 8);
    cb_push_back(a_dfb, 8);
}
