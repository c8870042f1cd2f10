// Reads tiles of two tensors.
#include "api/dataflow/dataflow_buffer.h"
#include "api/dataflow/noc.h"
#include "api/tensor/noc_traits.h"

// A host that binds names to buffers declares them so.
namespace dfb {
constexpr DFBBindingToken<> a{0}, b{1};
}

void kernel_main() {
    const uint32_t tiles = get_arg_val<uint32_t>(2);
    constexpr auto a_args = TensorAccessorArgs<0>();
    constexpr auto b_args = TensorAccessorArgs<a_args.next_compile_time_args_offset()>();
    const auto a = TensorAccessor(a_args, get_arg_val<uint32_t>(0));
    const auto b = TensorAccessor(b_args, get_arg_val<uint32_t>(1));
    Noc noc;
    DataflowBuffer to_a(dfb::a), to_b(dfb::b);
    for (uint32_t i = 0; i < tiles; ++i) {
        to_a.reserve_back(1);
        to_b.reserve_back(1);
        noc.async_read(a, to_a, to_a.get_entry_size(), {.page_id = i}, {});
        noc.async_read(b, to_b, to_b.get_tile_size(), {.page_id = i}, {.offset_bytes = 0});
        noc.async_read_barrier();
        to_a.push_back(1);
        to_b.push_back(1);
    }
}
