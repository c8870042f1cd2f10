// ----------------------------------------------------------------------------------------------------
// compute: compute kernel of chain, for the kernel API of ttnn 0.69

#include <cstdint>

#include "api/compute/common.h"
#include "api/compute/eltwise_binary.h"
#include "api/compute/eltwise_unary/binop_with_scalar.h"
#include "api/compute/eltwise_unary/exp.h"

void kernel_main() {
    constexpr uint32_t x_cb = 0;  // 38 tiles of bfloat16
    constexpr uint32_t w_cb = 1;  // 38 tiles of bfloat16
    constexpr uint32_t out_cb = 3;  // 38 tiles of bfloat16

    compute_kernel_hw_startup(x_cb, w_cb, out_cb);
    cb_wait_front(x_cb, 19);
    cb_wait_front(w_cb, 19);
    cb_reserve_back(out_cb, 19);
    for (int32_t tile = 0; tile < 16; tile += 8) {
        tile_regs_acquire();
        mul_tiles_init(x_cb, w_cb);
        for (int32_t i = 0; i < 8; ++i) {
            const int32_t tile_index = tile + i;
            mul_tiles(x_cb, w_cb, tile_index, tile_index, i);
        }
        binop_with_scalar_tile_init();
        for (int32_t i = 0; i < 8; ++i) {
            add_unary_tile(i, 0x3fc00000u);  // value = 1.5
        }
        exp_tile_init();
        for (int32_t i = 0; i < 8; ++i) {
            exp_tile(i);
        }
        tile_regs_commit();
        tile_regs_wait();
        pack_tile_block(0, out_cb, 8);
        tile_regs_release();
    }
    tile_regs_acquire();
    mul_tiles_init(x_cb, w_cb);
    for (int32_t i = 0; i < 3; ++i) {
        mul_tiles(x_cb, w_cb, 16 + i, 16 + i, i);
    }
    binop_with_scalar_tile_init();
    for (int32_t i = 0; i < 3; ++i) {
        add_unary_tile(i, 0x3fc00000u);  // value = 1.5
    }
    exp_tile_init();
    for (int32_t i = 0; i < 3; ++i) {
        exp_tile(i);
    }
    tile_regs_commit();
    tile_regs_wait();
    pack_tile_block(0, out_cb, 3);
    tile_regs_release();
    cb_push_back(out_cb, 19);
    cb_pop_front(w_cb, 19);
    cb_pop_front(x_cb, 19);
}
