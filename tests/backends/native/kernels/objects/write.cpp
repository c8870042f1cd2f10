// Writes tiles to a tensor, page by page as its accessor counts them.
#include "api/dataflow/circular_buffer.h"
#include "api/dataflow/noc.h"
#include "api/tensor/noc_traits.h"

void kernel_main() {
    CircularBuffer from(get_compile_time_arg_val(0));
    constexpr auto out_args = TensorAccessorArgs<1>();
    const auto out = TensorAccessor(out_args, get_arg_val<uint32_t>(0));
    const uint32_t tiles = get_arg_val<uint32_t>(1), start = get_arg_val<uint32_t>(2);
    Noc noc;
    for (const auto& page : out.pages(start, start + tiles)) {
        from.wait_front(1);
        noc.async_write(from, page, from.get_tile_size(), {}, {});
        noc.async_writes_flushed();
        from.pop_front(1);
    }
    noc.async_write_barrier();
}
