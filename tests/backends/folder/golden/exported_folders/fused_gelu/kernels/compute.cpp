// compute (fused_gelu.py:31): compute kernel of fused_gelu, for the kernel API of ttnn 0.81

#include <cstdint>

#include "api/compute/common.h"
#include "api/compute/eltwise_binary.h"
#include "api/compute/eltwise_unary/gelu.h"

void kernel_main() {
    constexpr uint32_t x_dfb = 0;  // 16 tiles of bfloat16
    constexpr uint32_t w_dfb = 1;  // 16 tiles of bfloat16
    constexpr uint32_t b_dfb = 2;  // 16 tiles of bfloat16
    constexpr uint32_t out_dfb = 3;  // 16 tiles of bfloat16

    compute_kernel_hw_startup(x_dfb, w_dfb, out_dfb);
    // fused_gelu.py:32: for _ in range((rows_per_core // rows) * (columns_per_core // columns)):
    gelu_tile_init<false>();
    for (int32_t i = 0; i < 8; ++i) {
        // fused_gelu.py:34: o.store(ttl.math.gelu(xv * wv + bv))
        mul_init(x_dfb, w_dfb);
        // fused_gelu.py:33: with x_dfb.wait() as xv, w_dfb.wait() as wv, b_dfb.wait() as bv, out_dfb.reserve() as o:
        cb_wait_front(x_dfb, 8);
        cb_wait_front(w_dfb, 8);
        cb_wait_front(b_dfb, 8);
        cb_reserve_back(out_dfb, 8);
        // fused_gelu.py:34: o.store(ttl.math.gelu(xv * wv + bv))
        tile_regs_acquire();
        for (int32_t j = 0; j < 8; ++j) {
            mul_tiles(x_dfb, w_dfb, j, j, j);
        }
        add_reuse_dest_init<EltwiseBinaryReuseDestType::DEST_TO_SRCA>(b_dfb);
        for (int32_t j = 0; j < 8; ++j) {
            add_reuse_dest_tiles<EltwiseBinaryReuseDestType::DEST_TO_SRCA>(b_dfb, j, j);
        }
        for (int32_t j = 0; j < 8; ++j) {
            gelu_tile<false>(j);
        }
        tile_regs_commit();
        tile_regs_wait();
        pack_block(0, out_dfb, 8);
        tile_regs_release();
        // fused_gelu.py:33: the end of `with`
        cb_push_back(out_dfb, 8);
        cb_pop_front(b_dfb, 8);
        cb_pop_front(w_dfb, 8);
        cb_pop_front(x_dfb, 8);
    }
}
