// ----------------------------------------------------------------------------------------------------
// compute: compute kernel of matmul, for the kernel API of ttnn 0.81

#include <cstdint>

#include "api/compute/common.h"
#include "api/compute/matmul.h"

void kernel_main() {
    constexpr uint32_t a_cb = 0;  // 32 tiles of bfloat16
    constexpr uint32_t b_cb = 1;  // 32 tiles of bfloat16
    constexpr uint32_t sum_cb = 2;  // 16 tiles of float32

    compute_kernel_hw_startup(b_cb, a_cb, sum_cb);
    matmul_block_init(a_cb, b_cb, 0, 2, 2, 4);
    cb_reserve_back(sum_cb, 16);
    for (int32_t turn = 0; turn < 8; ++turn) {
        cb_wait_front(a_cb, 16);
        cb_wait_front(b_cb, 16);
        pack_reconfig_l1_acc(turn != 0);
        for (int32_t row = 0; row < 4; row += 2) {
            for (int32_t col = 0; col < 4; col += 2) {
                tile_regs_acquire();
                for (int32_t k = 0; k < 4; ++k) {
                    matmul_block(a_cb, b_cb, row * 4 + k, k * 4 + col, 0, 0, 2, 2, 4);
                }
                tile_regs_commit();
                tile_regs_wait();
                for (int32_t r = 0; r < 2; ++r) {
                    for (int32_t c = 0; c < 2; ++c) {
                        pack_tile<true>(r * 2 + c, sum_cb, (row + r) * 4 + col + c);
                    }
                }
                tile_regs_release();
            }
        }
        cb_pop_front(b_cb, 16);
        cb_pop_front(a_cb, 16);
    }
    pack_reconfig_l1_acc(0);
    cb_push_back(sum_cb, 16);
}
