// The product of two buffers' tiles.
#include "api/compute/common.h"
#include "api/compute/eltwise_binary.h"
#include "api/dataflow/circular_buffer.h"

void kernel_main() {
    const uint32_t tiles = get_arg_val<uint32_t>(0);
    CircularBuffer a(0), b(1), out(16);
    compute_kernel_hw_startup(a.get_cb_id(), b.get_cb_id(), out.get_cb_id());
    mul_init(a.get_cb_id(), b.get_cb_id());
    for (uint32_t i = 0; i < tiles; ++i) {
        a.wait_front(1);
        b.wait_front(1);
        tile_regs_acquire();
        mul_tiles(a.get_cb_id(), b.get_cb_id(), 0, 0, 0);
        tile_regs_commit();
        a.pop_front(1);
        b.pop_front(1);
        out.reserve_back(1);
        tile_regs_wait();
        pack_tile(0, out.get_cb_id());
        tile_regs_release();
        out.push_back(1);
    }
}
