// What functions of rows are made of: steps over a row of tiles, each of which leaves its result in a buffer, which the next one
// reads while the packer still fills it.
#pragma once

#include "api/compute/bcast.h"
#include "api/compute/common.h"
#include "api/compute/eltwise_binary.h"
#include "api/compute/eltwise_unary/binop_with_scalar.h"
#include "api/compute/eltwise_unary/rsqrt.h"
#include "api/compute/reconfig_data_format.h"
#include "api/compute/reduce.h"

constexpr uint32_t width = get_compile_time_arg_val(0);
constexpr uint32_t section = get_compile_time_arg_val(1);
constexpr uint32_t eps = get_compile_time_arg_val(2);
constexpr bool mixed = get_compile_time_arg_val(3);  // steps leave float32, and the tensors are bfloat16

ALWI void read_from(uint32_t a, uint32_t b) {
    if constexpr (mixed) {
        reconfig_data_format(a, b);
    }
}

ALWI void pack_to(uint32_t target) {
    if constexpr (mixed) {
        pack_reconfig_data_format(target);
    }
}

// A step over the row: `tile` computes tile `i` of the row in slot `slot`.
template <class Tile>
ALWI void step(uint32_t target, Tile tile) {
    for (uint32_t first = 0; first < width; first += section) {
        tile_regs_acquire();
        for (uint32_t slot = 0; slot < section; ++slot) {
            tile(first + slot, slot);
        }
        tile_regs_commit();
        cb_reserve_back(target, section);
        tile_regs_wait();
        pack_block(0, target, section);
        tile_regs_release();
        cb_push_back(target, section);
    }
}

template <PoolType pool = PoolType::SUM>
ALWI void reduce_row(uint32_t source, uint32_t scaler, uint32_t target) {
    reduce_init<pool, ReduceDim::REDUCE_ROW>(source, scaler, target);
    for (uint32_t i = 0; i < width; ++i) {
        cb_wait_front(source, i + 1);
        reduce_tile<pool, ReduceDim::REDUCE_ROW>(source, scaler, i, 0, 0);
    }
}

ALWI void pack_column(uint32_t target) {
    tile_regs_commit();
    cb_reserve_back(target, 1);
    tile_regs_wait();
    pack_tile(0, target);
    reduce_uninit();
    tile_regs_release();
    cb_push_back(target, 1);
    cb_wait_front(target, 1);
}

// rsqrt of the mean of a row of squares and eps.
ALWI void reciprocal_deviation(uint32_t squares, uint32_t scaler, uint32_t target) {
    read_from(squares, scaler);
    tile_regs_acquire();
    reduce_row(squares, scaler, target);
    add_unary_tile(0, eps);
    rsqrt_tile_init();
    rsqrt_tile(0);
    pack_column(target);
    cb_pop_front(squares, width);
}
