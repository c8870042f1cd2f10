// compute (matmul_bias_gelu.py:29): compute kernel of linear_gelu, for the kernel API of ttnn 0.81

#include <cstdint>

#define INP_FLOAT32  // DST holds 32 bits: erf and its kin compute to the accuracy of float32

#include "api/compute/common.h"
#include "api/compute/bcast.h"
#include "api/compute/eltwise_binary_sfpu.h"
#include "api/compute/eltwise_unary/fill.h"
#include "api/compute/eltwise_unary/gelu.h"
#include "api/compute/matmul.h"
#include "api/compute/tile_move_copy.h"

void kernel_main() {
    constexpr uint32_t x_dfb = 0;  // 32 tiles of bfloat16
    constexpr uint32_t w_dfb = 1;  // 32 tiles of bfloat16
    constexpr uint32_t bias_dfb = 2;  // 4 tiles of float32
    constexpr uint32_t sum_dfb = 3;  // 16 tiles of float32
    constexpr uint32_t out_dfb = 4;  // 32 tiles of bfloat16
    constexpr uint32_t zeros_cb = 5;  // 1 tile of float32

    compute_kernel_hw_startup(w_dfb, x_dfb, zeros_cb);
    // matmul_bias_gelu.py:35: o.store(ttl.math.gelu(total + ttl.block.broadcast(bias_row, dims=[0])))
    fill_tile_init();
    cb_reserve_back(zeros_cb, 1);
    tile_regs_acquire();
    fill_tile(0, 0.0f);
    tile_regs_commit();
    tile_regs_wait();
    pack_tile(0, zeros_cb);
    tile_regs_release();
    cb_push_back(zeros_cb, 1);
    // matmul_bias_gelu.py:31: for _ in range(inner_tiles // BLOCK_K):
    matmul_block_init(x_dfb, w_dfb, 0, 4, 1, 4);
    // matmul_bias_gelu.py:35: o.store(ttl.math.gelu(total + ttl.block.broadcast(bias_row, dims=[0])))
    cb_wait_front(zeros_cb, 1);
    // matmul_bias_gelu.py:30: with sum_dfb.reserve() as total:
    cb_reserve_back(sum_dfb, 16);
    // matmul_bias_gelu.py:31: for _ in range(inner_tiles // BLOCK_K):
    for (int32_t i = 0; i < 4; ++i) {
        // matmul_bias_gelu.py:32: with x_dfb.wait() as xv, w_dfb.wait() as wv:
        cb_wait_front(x_dfb, 16);
        cb_wait_front(w_dfb, 16);
        // matmul_bias_gelu.py:33: total += xv @ wv
        const bool is_last = i == 3;
        if (i == 1) {
            pack_reconfig_l1_acc(1);
        }
        for (int32_t row = 0; row < 4; ++row) {
            tile_regs_acquire();
            for (int32_t k = 0; k < 4; ++k) {
                matmul_block(x_dfb, w_dfb, row * 4 + k, k * 4, 0, 0, 4, 1, 4);
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
        // matmul_bias_gelu.py:32: the end of `with`
        cb_pop_front(w_dfb, 16);
        cb_pop_front(x_dfb, 16);
    }
    // matmul_bias_gelu.py:33: total += xv @ wv
    pack_reconfig_l1_acc(0);
    // matmul_bias_gelu.py:35: o.store(ttl.math.gelu(total + ttl.block.broadcast(bias_row, dims=[0])))
    reconfig_data_format_srcb(bias_dfb);
    pack_reconfig_data_format(out_dfb);
    // matmul_bias_gelu.py:34: with sum_dfb.wait() as total, bias_dfb.wait() as bias_row, out_dfb.reserve() as o:
    cb_wait_front(bias_dfb, 4);
    cb_reserve_back(out_dfb, 16);
    // matmul_bias_gelu.py:35: o.store(ttl.math.gelu(total + ttl.block.broadcast(bias_row, dims=[0])))
    for (int32_t row = 0; row < 4; ++row) {
        for (int32_t col = 0; col < 4; col += 2) {
            reconfig_data_format_srca(sum_dfb);
            copy_init(sum_dfb);
            add_binary_tile_init();
            tile_regs_acquire();
            const int32_t product = row * 4;
            cb_wait_front(sum_dfb, product + col + 2);
            for (int32_t i = 0; i < 2; ++i) {
                copy_tile(sum_dfb, product + col + i, i);
            }
            reconfig_data_format_srca(zeros_cb);
            add_bcast_rows_init(zeros_cb, bias_dfb);
            for (int32_t i = 0; i < 2; ++i) {
                add_tiles_bcast_rows(zeros_cb, bias_dfb, 0, col + i, i + 2);
            }
            for (int32_t i = 0; i < 2; ++i) {
                add_binary_tile(i, i + 2, i);
            }
            gelu_tile_init<false>();
            for (int32_t i = 0; i < 2; ++i) {
                gelu_tile<false>(i);
            }
            tile_regs_commit();
            tile_regs_wait();
            pack_block(0, out_dfb, 2);
            tile_regs_release();
            cb_push_back(out_dfb, 2);
        }
    }
    // matmul_bias_gelu.py:34: the end of `with`
    cb_pop_front(bias_dfb, 4);
    cb_pop_front(sum_dfb, 16);
    // matmul_bias_gelu.py:35: o.store(ttl.math.gelu(total + ttl.block.broadcast(bias_row, dims=[0])))
    cb_pop_front(zeros_cb, 1);
}
