// compute (matmul_multicast.py:33): compute kernel of matmul, for the kernel API of ttnn 0.81

#include <cstdint>

#include "api/compute/common.h"
#include "api/compute/matmul.h"

void kernel_main() {
    constexpr uint32_t a_dfb = 0;  // 32 tiles of bfloat16
    constexpr uint32_t b_dfb = 1;  // 32 tiles of bfloat16
    constexpr uint32_t sum_dfb = 2;  // 16 tiles of float32

    compute_kernel_hw_startup(b_dfb, a_dfb, sum_dfb);
    // matmul_multicast.py:36: for _ in range(inner_tiles // BLOCK):
    matmul_block_init(a_dfb, b_dfb, 0, 4, 1, 4);
    // matmul_multicast.py:35: with sum_dfb.reserve() as result:
    cb_reserve_back(sum_dfb, 16);
    // matmul_multicast.py:36: for _ in range(inner_tiles // BLOCK):
    for (int32_t i = 0; i < 8; ++i) {
        // matmul_multicast.py:37: with a_dfb.wait() as av, b_dfb.wait() as bv:
        cb_wait_front(a_dfb, 16);
        cb_wait_front(b_dfb, 16);
        // matmul_multicast.py:38: total += av @ bv
        const bool is_last = i == 7;
        if (i == 1) {
            pack_reconfig_l1_acc(1);
        }
        for (int32_t row = 0; row < 4; ++row) {
            tile_regs_acquire();
            for (int32_t k = 0; k < 4; ++k) {
                matmul_block(a_dfb, b_dfb, row * 4 + k, k * 4, 0, 0, 4, 1, 4);
            }
            tile_regs_commit();
            tile_regs_wait();
            const int32_t place = is_last ? 0 : row * 4;
            for (int32_t j = 0; j < 4; ++j) {
                pack_tile<true>(j, sum_dfb, place + j);
            }
            tile_regs_release();
            if (is_last) {
                cb_push_back(sum_dfb, 4);
            }
        }
        // matmul_multicast.py:37: the end of `with`
        cb_pop_front(b_dfb, 16);
        cb_pop_front(a_dfb, 16);
    }
    // matmul_multicast.py:38: total += av @ bv
    pack_reconfig_l1_acc(0);
}
