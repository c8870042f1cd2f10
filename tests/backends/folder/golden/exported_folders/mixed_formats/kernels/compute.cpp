// compute (mixed_formats.py:23): compute kernel of scaled, for the kernel API of ttnn 0.81

#include <cstdint>

#include "api/compute/common.h"
#include "api/compute/compute_kernel_api.h"
#include "api/compute/eltwise_binary_sfpu.h"
#include "api/compute/eltwise_unary/binop_with_scalar.h"
#include "api/compute/tile_move_copy.h"

void kernel_main() {
    constexpr uint32_t x_cb = 0;  // 6 tiles of bfloat16
    constexpr uint32_t w_cb = 1;  // 6 tiles of bfloat8_b
    constexpr uint32_t out_cb = 2;  // 6 tiles of float32

    compute_kernel_hw_startup(x_cb, out_cb);
    // mixed_formats.py:24: for _ in range(rows):
    for (int32_t i = 0; i < 4; ++i) {
        // mixed_formats.py:26: o.store(ttl.math.tanh(xv) * wv + 0.25)
        reconfig_data_format_srca(x_cb);
        copy_init(x_cb);
        tanh_tile_init();
        // mixed_formats.py:25: with x_cb.wait() as xv, w_cb.wait() as wv, out_cb.reserve() as o:
        cb_wait_front(x_cb, 3);
        cb_wait_front(w_cb, 3);
        cb_reserve_back(out_cb, 3);
        // mixed_formats.py:26: o.store(ttl.math.tanh(xv) * wv + 0.25)
        tile_regs_acquire();
        for (int32_t j = 0; j < 2; ++j) {
            copy_tile(x_cb, j, j);
        }
        for (int32_t j = 0; j < 2; ++j) {
            tanh_tile(j);
        }
        reconfig_data_format_srca(w_cb);
        copy_init(w_cb);
        for (int32_t j = 0; j < 2; ++j) {
            copy_tile(w_cb, j, j + 2);
        }
        mul_binary_tile_init();
        for (int32_t j = 0; j < 2; ++j) {
            mul_binary_tile(j, j + 2, j);
        }
        binop_with_scalar_tile_init();
        for (int32_t j = 0; j < 2; ++j) {
            add_unary_tile(j, 0x3e800000u);  // value = 0.25
        }
        tile_regs_commit();
        tile_regs_wait();
        pack_block(0, out_cb, 2);
        tile_regs_release();
        reconfig_data_format_srca(x_cb);
        copy_init(x_cb);
        tanh_tile_init();
        tile_regs_acquire();
        copy_tile(x_cb, 2, 0);
        tanh_tile(0);
        reconfig_data_format_srca(w_cb);
        copy_init(w_cb);
        copy_tile(w_cb, 2, 1);
        mul_binary_tile_init();
        mul_binary_tile(0, 1, 0);
        binop_with_scalar_tile_init();
        add_unary_tile(0, 0x3e800000u);  // value = 0.25
        tile_regs_commit();
        tile_regs_wait();
        pack_tile(0, out_cb);
        tile_regs_release();
        // mixed_formats.py:25: the end of `with`
        cb_push_back(out_cb, 3);
        cb_pop_front(w_cb, 3);
        cb_pop_front(x_cb, 3);
    }
}
