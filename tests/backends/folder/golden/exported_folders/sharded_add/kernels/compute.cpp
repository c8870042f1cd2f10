// compute (sharded_add.py:19): compute kernel of sharded_add, for the kernel API of ttnn 0.81

#include <cstdint>

#include "api/compute/common.h"
#include "api/compute/eltwise_binary.h"

void kernel_main() {
    constexpr uint32_t a_dfb = 0;  // 8 tiles of bfloat16
    constexpr uint32_t b_dfb = 1;  // 8 tiles of bfloat16
    constexpr uint32_t out_dfb = 2;  // 8 tiles of bfloat16

    compute_kernel_hw_startup(a_dfb, b_dfb, out_dfb);
    // sharded_add.py:21: o.store(av + bv)
    add_init(a_dfb, b_dfb);
    // sharded_add.py:20: with a_dfb.wait() as av, b_dfb.wait() as bv, out_dfb.reserve() as o:
    cb_wait_front(a_dfb, 8);
    cb_wait_front(b_dfb, 8);
    cb_reserve_back(out_dfb, 8);
    // sharded_add.py:21: o.store(av + bv)
    tile_regs_acquire();
    for (int32_t i = 0; i < 8; ++i) {
        add_tiles(a_dfb, b_dfb, i, i, i);
    }
    tile_regs_commit();
    tile_regs_wait();
    pack_block(0, out_dfb, 8);
    tile_regs_release();
    // sharded_add.py:20: the end of `with`
    cb_push_back(out_dfb, 8);
    cb_pop_front(b_dfb, 8);
    cb_pop_front(a_dfb, 8);
}
