// compute (uneven_work.py:26): compute kernel of softplus_rows, for the kernel API of ttnn 0.81

#include <cstdint>

#include "api/compute/common.h"
#include "api/compute/eltwise_unary/softplus.h"
#include "api/compute/tile_move_copy.h"

void kernel_main() {
    constexpr uint32_t x_cb = 0;  // 6 tiles of bfloat16
    constexpr uint32_t out_cb = 1;  // 6 tiles of bfloat16

    const int32_t last = get_arg_val<int32_t>(0);
    const int32_t first = get_arg_val<int32_t>(1);

    compute_kernel_hw_startup(x_cb, out_cb);
    // uneven_work.py:27: for _ in range(last - first):
    copy_init(x_cb);
    softplus_tile_init();
    for (int32_t i = 0; i < last - first; ++i) {
        // uneven_work.py:28: with x_cb.wait() as xv, out_cb.reserve() as o:
        cb_wait_front(x_cb, 3);
        cb_reserve_back(out_cb, 3);
        // uneven_work.py:29: o.store(ttl.math.softplus(xv))
        tile_regs_acquire();
        for (int32_t j = 0; j < 3; ++j) {
            copy_tile(x_cb, j, j);
        }
        for (int32_t j = 0; j < 3; ++j) {
            softplus_tile(j, 0x3f800000u, 0x3f800000u, 0x41a00000u);  // beta = 1, reciprocal = 1, threshold = 20
        }
        tile_regs_commit();
        tile_regs_wait();
        pack_block(0, out_cb, 3);
        tile_regs_release();
        // uneven_work.py:28: the end of `with`
        cb_push_back(out_cb, 3);
        cb_pop_front(x_cb, 3);
    }
}
