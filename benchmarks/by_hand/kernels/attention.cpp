// Attention without the matrix of scores, as in FlashAttention: a block of queries, and block after block of keys and
// values, with the maximum, the sum and the output so far in buffers.
//
// The output so far, faded, stands in DST when the product of powers and values is added to it. Sums are added up by the
// packer, tile by tile; what a tile's columns add up to is asked for once, at the end. The scale is a matter of exp.
#include "api/compute/bcast.h"
#include "api/compute/binary_max_min.h"
#include "api/compute/common.h"
#include "api/compute/eltwise_binary.h"
#include "api/compute/eltwise_unary/exp.h"
#include "api/compute/eltwise_unary/recip.h"
#include "api/compute/matmul.h"
#include "api/compute/pack.h"
#include "api/compute/reduce.h"
#include "api/compute/tile_move_copy.h"

#include <utility>

constexpr uint32_t q_cb = 0, k_cb = 1, v_cb = 2, ones_cb = 3, out_cb = 16;
constexpr uint32_t scores_cb = 24, powers_cb = 25, fade_cb = 30, sum_cb = 28, so_far_cb = 29;
constexpr uint32_t rows = get_compile_time_arg_val(0), keys = get_compile_time_arg_val(1);  // of blocks, in tiles
constexpr uint32_t depth = get_compile_time_arg_val(2), turns = get_compile_time_arg_val(3);
constexpr uint32_t scale = get_compile_time_arg_val(4);  // as bfloat16

ALWI void pack_all(uint32_t target, uint32_t tiles) {
    tile_regs_commit();
    cb_reserve_back(target, tiles);
    tile_regs_wait();
    pack_block(0, target, tiles);
    tile_regs_release();
    cb_push_back(target, tiles);
}

// Scores of the queries and of a block of keys, whose tiles come in the order of their transpose.
ALWI void compute_scores() {
    cb_wait_front(k_cb, keys * depth);
    matmul_block_init(q_cb, k_cb, 1, keys, rows, depth);
    tile_regs_acquire();
    for (uint32_t i = 0; i < depth; ++i) {
        matmul_block(q_cb, k_cb, i, i * keys, 0, 1, keys, rows, depth);
    }
    cb_pop_front(k_cb, keys * depth);
    pack_all(scores_cb, rows * keys);
    cb_wait_front(scores_cb, rows * keys);
}

// The largest score of each row, and of the blocks before.
ALWI void compute_largest(bool is_first, uint32_t before, uint32_t largest) {
    tile_regs_acquire();
    reduce_init<PoolType::MAX, ReduceDim::REDUCE_ROW>(scores_cb, ones_cb, largest);
    for (uint32_t row = 0; row < rows; ++row) {
        for (uint32_t key = 0; key < keys; ++key) {
            reduce_tile<PoolType::MAX, ReduceDim::REDUCE_ROW>(scores_cb, ones_cb, row * keys + key, 0, row);
        }
    }
    if (!is_first) {
        copy_init(before);
        binary_max_tile_init();
        for (uint32_t row = 0; row < rows; ++row) {
            copy_tile(before, row, rows + row);
            binary_max_tile(row, rows + row, row, VectorMode::C);
        }
        exp_tile_init();
    }
    tile_regs_commit();
    cb_reserve_back(largest, rows);
    tile_regs_wait();
    reduce_uninit();
    pack_block(0, largest, rows);
    tile_regs_release();
    cb_push_back(largest, rows);
}

// exp(scale * (largest before - largest)), which the sum and the output so far are multiplied by.
ALWI void compute_fade(uint32_t before, uint32_t largest) {
    cb_wait_front(largest, rows);
    sub_init(before, largest);
    tile_regs_acquire();
    for (uint32_t row = 0; row < rows; ++row) {
        sub_tiles(before, largest, row, row, row);
        exp_tile<false, true>(row, VectorMode::C, scale);
    }
    cb_pop_front(before, rows);
    pack_all(fade_cb, rows);
}

// exp(scale * (score - largest)), and their sums: the packer adds up the tiles of each row in `sum_cb`.
ALWI void compute_powers(uint32_t largest) {
    cb_wait_front(largest, rows);
    sub_bcast_cols_init(scores_cb, largest);
    tile_regs_acquire();
    for (uint32_t row = 0; row < rows; ++row) {
        for (uint32_t key = 0; key < keys; ++key) {
            const uint32_t tile = row * keys + key;
            sub_tiles_bcast_cols(scores_cb, largest, tile, row, tile);
            exp_tile<false, true>(tile, VectorMode::RC, scale);
        }
    }
    cb_pop_front(scores_cb, rows * keys);
    tile_regs_commit();
    cb_reserve_back(powers_cb, rows * keys);
    cb_reserve_back(sum_cb, rows);
    tile_regs_wait();
    pack_block(0, powers_cb, rows * keys);
    for (uint32_t key = 0; key < keys; ++key) {
        if (key == 1) {
            pack_reconfig_l1_acc(1);
        }
        for (uint32_t row = 0; row < rows; ++row) {
            pack_tile<true>(row * keys + key, sum_cb, row);
        }
    }
    tile_regs_release();
    cb_push_back(powers_cb, rows * keys);
}

// The output so far, faded, and the values by their powers; the sum so far, faded, which the packer adds to the new one.
ALWI void compute_output(bool is_first) {
    tile_regs_acquire();
    if (!is_first) {
        cb_wait_front(fade_cb, rows);
        cb_wait_front(sum_cb, rows);
        cb_wait_front(so_far_cb, rows * depth);
        mul_bcast_cols_init(so_far_cb, fade_cb);
        for (uint32_t row = 0; row < rows; ++row) {
            for (uint32_t column = 0; column < depth; ++column) {
                mul_tiles_bcast_cols(so_far_cb, fade_cb, row * depth + column, row, row * depth + column);
            }
            mul_tiles_bcast_cols(sum_cb, fade_cb, row, row, rows * depth + row);
        }
        cb_pop_front(so_far_cb, rows * depth);
        cb_pop_front(sum_cb, rows);
        cb_pop_front(fade_cb, rows);
    }
    cb_wait_front(powers_cb, rows * keys);
    cb_wait_front(v_cb, keys * depth);
    matmul_block_init(powers_cb, v_cb, 0, depth, rows, keys);
    for (uint32_t key = 0; key < keys; ++key) {
        matmul_block(powers_cb, v_cb, key, key * depth, 0, 0, depth, rows, keys);
    }
    cb_pop_front(powers_cb, rows * keys);
    cb_pop_front(v_cb, keys * depth);
    tile_regs_commit();
    tile_regs_wait();
    if (!is_first) {
        for (uint32_t row = 0; row < rows; ++row) {
            pack_tile<true>(rows * depth + row, sum_cb, row);
        }
    }
    pack_reconfig_l1_acc(0);
    cb_push_back(sum_cb, rows);
    cb_reserve_back(so_far_cb, rows * depth);
    pack_block(0, so_far_cb, rows * depth);
    tile_regs_release();
    cb_push_back(so_far_cb, rows * depth);
}

// The output by the reciprocal of the sum.
ALWI void finish(uint32_t largest) {
    cb_wait_front(sum_cb, rows);
    reduce_init<PoolType::SUM, ReduceDim::REDUCE_ROW>(sum_cb, ones_cb, fade_cb);
    recip_tile_init();
    tile_regs_acquire();
    for (uint32_t row = 0; row < rows; ++row) {
        reduce_tile<PoolType::SUM, ReduceDim::REDUCE_ROW>(sum_cb, ones_cb, row, 0, row);
        recip_tile(row, VectorMode::C);
    }
    tile_regs_commit();
    cb_reserve_back(fade_cb, rows);
    tile_regs_wait();
    pack_block(0, fade_cb, rows);
    reduce_uninit();
    tile_regs_release();
    cb_push_back(fade_cb, rows);

    cb_wait_front(fade_cb, rows);
    cb_wait_front(so_far_cb, rows * depth);
    mul_bcast_cols_init(so_far_cb, fade_cb);
    tile_regs_acquire();
    for (uint32_t row = 0; row < rows; ++row) {
        for (uint32_t column = 0; column < depth; ++column) {
            mul_tiles_bcast_cols(so_far_cb, fade_cb, row * depth + column, row, row * depth + column);
        }
    }
    pack_all(out_cb, rows * depth);
    cb_pop_front(fade_cb, rows);
    cb_pop_front(so_far_cb, rows * depth);
    cb_pop_front(sum_cb, rows);
    cb_pop_front(largest, rows);
}

void kernel_main() {
    compute_kernel_hw_startup<SrcOrder::Reverse>(q_cb, k_cb, scores_cb);
    exp_tile_init();
    cb_wait_front(ones_cb, 1);
    cb_wait_front(q_cb, rows * depth);
    uint32_t before = 26, largest = 27;
    for (uint32_t turn = 0; turn < turns; ++turn) {
        compute_scores();
        compute_largest(turn == 0, before, largest);
        if (turn > 0) {
            compute_fade(before, largest);
        }
        compute_powers(largest);
        compute_output(turn == 0);
        std::swap(before, largest);
    }
    finish(before);
    cb_pop_front(q_cb, rows * depth);
    cb_pop_front(ones_cb, 1);
}
