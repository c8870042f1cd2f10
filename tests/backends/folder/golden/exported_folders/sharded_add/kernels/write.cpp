// write (sharded_add.py:33): data movement kernel of sharded_add, on NOC 1

#include <cstdint>

#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr uint32_t out_dfb = 2;  // 8 tiles of bfloat16
    constexpr auto out_args = TensorAccessorArgs<0>();  // 16x32 tiles of bfloat16 in L1

    const uint32_t out_address = get_common_arg_val<uint32_t>(0);
    const auto out = TensorAccessor(out_args, out_address);

    // sharded_add.py:34: with out_dfb.wait() as block:
    cb_wait_front(out_dfb, 8);
    // sharded_add.py:35: ttl.copy(block, out[ttl.core_linear()]).wait()
    const uint32_t out_ptr = get_read_ptr(out_dfb);
    noc_async_write_shard(get_absolute_logical_y() * 8 + get_absolute_logical_x(), out, out_ptr);
    noc_async_write_barrier();
    // sharded_add.py:34: the end of `with`
    cb_pop_front(out_dfb, 8);
}
