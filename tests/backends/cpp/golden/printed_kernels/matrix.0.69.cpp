// ----------------------------------------------------------------------------------------------------
// compute: compute kernel of matrix, for the kernel API of ttnn 0.69

#include <cstdint>

// What the calls below would default to: the header is not complete without.
#define REDUCE_OP PoolType::SUM
#define REDUCE_DIM ReduceDim::REDUCE_ROW

#include "api/compute/common.h"
#include "api/compute/bcast.h"
#include "api/compute/eltwise_binary.h"
#include "api/compute/reduce.h"
#include "api/compute/transpose_wh.h"

void kernel_main() {
    constexpr uint32_t x_cb = 0;  // 8 tiles of bfloat16
    constexpr uint32_t one_cb = 1;  // 1 tile of bfloat16
    constexpr uint32_t row_cb = 2;  // 2 tiles of bfloat16
    constexpr uint32_t out_cb = 3;  // 8 tiles of bfloat16

    compute_kernel_hw_startup(x_cb, one_cb, row_cb);
    cb_wait_front(x_cb, 8);
    cb_wait_front(one_cb, 1);
    cb_reserve_back(row_cb, 2);
    tile_regs_acquire();
    reduce_init<PoolType::MAX, ReduceDim::REDUCE_ROW>(x_cb, one_cb, row_cb);
    for (int32_t i = 0; i < 2; ++i) {
        for (int32_t k = 0; k < 4; ++k) {
            reduce_tile<PoolType::MAX, ReduceDim::REDUCE_ROW>(x_cb, one_cb, i * 4 + k, 0, i);
        }
    }
    reduce_uninit();
    tile_regs_commit();
    tile_regs_wait();
    pack_tile_block(0, row_cb, 2);
    tile_regs_release();
    cb_push_back(row_cb, 2);
    cb_wait_front(row_cb, 2);
    cb_reserve_back(out_cb, 8);
    for (int32_t row = 0; row < 2; ++row) {
        tile_regs_acquire();
        sub_bcast_cols_init_short(x_cb, row_cb);
        for (int32_t i = 0; i < 4; ++i) {
            sub_tiles_bcast_cols(x_cb, row_cb, row * 4 + i, row, i);
        }
        binary_dest_reuse_tiles_init<EltwiseBinaryType::ELWMUL, EltwiseBinaryReuseDestType::DEST_TO_SRCA>(x_cb);
        binary_dest_reuse_tiles<EltwiseBinaryType::ELWMUL, EltwiseBinaryReuseDestType::DEST_TO_SRCA>(x_cb, row, 0);
        binary_dest_reuse_tiles_init<EltwiseBinaryType::ELWSUB, EltwiseBinaryReuseDestType::DEST_TO_SRCB>(one_cb);
        binary_dest_reuse_tiles<EltwiseBinaryType::ELWSUB, EltwiseBinaryReuseDestType::DEST_TO_SRCB>(one_cb, 0, 1);
        binary_dest_reuse_tiles_init<EltwiseBinaryType::ELWADD, EltwiseBinaryReuseDestType::DEST_TO_SRCA>(one_cb);
        binary_dest_reuse_tiles<EltwiseBinaryType::ELWADD, EltwiseBinaryReuseDestType::DEST_TO_SRCA>(one_cb, 0, 2);
        transpose_wh_init_short(x_cb);
        transpose_wh_tile(x_cb, row, 3);
        tile_regs_commit();
        tile_regs_wait();
        pack_tile_block(0, out_cb, 4);
        tile_regs_release();
    }
    cb_push_back(out_cb, 8);
    cb_pop_front(row_cb, 2);
    cb_pop_front(one_cb, 1);
    cb_pop_front(x_cb, 8);
}
