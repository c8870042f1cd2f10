// ----------------------------------------------------------------------------------------------------
// compute: compute kernel of matrix_forms, for the kernel API of ttnn 0.81

#include <cstdint>

#include "api/compute/common.h"
#include "api/compute/bcast.h"
#include "api/compute/eltwise_binary.h"
#include "api/compute/matmul.h"
#include "api/compute/reduce.h"

void kernel_main() {
    constexpr uint32_t x_cb = 0;  // 1 tile of bfloat16
    constexpr uint32_t y_cb = 1;  // 1 tile of bfloat16
    constexpr uint32_t out_cb = 2;  // 1 tile of bfloat16

    compute_kernel_hw_startup(x_cb, y_cb, out_cb);
    cb_wait_front(x_cb, 1);
    cb_wait_front(y_cb, 1);
    cb_reserve_back(out_cb, 1);
    tile_regs_acquire();
    add_bcast_rows_init(x_cb, y_cb);
    add_tiles_bcast_rows(x_cb, y_cb, 0, 0, 0);
    add_bcast_cols_init(x_cb, y_cb);
    add_tiles_bcast_cols(x_cb, y_cb, 0, 0, 0);
    add_bcast_scalar_init(x_cb, y_cb);
    add_tiles_bcast_scalar(x_cb, y_cb, 0, 0, 0);
    sub_bcast_cols_init(x_cb, y_cb);
    sub_tiles_bcast_cols(x_cb, y_cb, 0, 0, 0);
    sub_bcast_scalar_init(x_cb, y_cb);
    sub_tiles_bcast_scalar(x_cb, y_cb, 0, 0, 0);
    mul_bcast_rows_init(x_cb, y_cb);
    mul_tiles_bcast_rows(x_cb, y_cb, 0, 0, 0);
    mul_bcast_cols_init(x_cb, y_cb);
    mul_tiles_bcast_cols(x_cb, y_cb, 0, 0, 0);
    mul_bcast_scalar_init(x_cb, y_cb);
    mul_tiles_bcast_scalar(x_cb, y_cb, 0, 0, 0);
    reduce_init<PoolType::SUM, ReduceDim::REDUCE_ROW>(x_cb, y_cb, out_cb);
    reduce_tile<PoolType::SUM, ReduceDim::REDUCE_ROW>(x_cb, y_cb, 0, 0, 0);
    reduce_uninit();
    reduce_init<PoolType::SUM, ReduceDim::REDUCE_COL>(x_cb, y_cb, out_cb);
    reduce_tile<PoolType::SUM, ReduceDim::REDUCE_COL>(x_cb, y_cb, 0, 0, 0);
    reduce_uninit();
    reduce_init<PoolType::SUM, ReduceDim::REDUCE_SCALAR>(x_cb, y_cb, out_cb);
    reduce_tile<PoolType::SUM, ReduceDim::REDUCE_SCALAR>(x_cb, y_cb, 0, 0, 0);
    reduce_uninit();
    reduce_init<PoolType::MAX, ReduceDim::REDUCE_ROW>(x_cb, y_cb, out_cb);
    reduce_tile<PoolType::MAX, ReduceDim::REDUCE_ROW>(x_cb, y_cb, 0, 0, 0);
    reduce_uninit();
    reduce_init<PoolType::MAX, ReduceDim::REDUCE_COL>(x_cb, y_cb, out_cb);
    reduce_tile<PoolType::MAX, ReduceDim::REDUCE_COL>(x_cb, y_cb, 0, 0, 0);
    reduce_uninit();
    reduce_init<PoolType::MAX, ReduceDim::REDUCE_SCALAR>(x_cb, y_cb, out_cb);
    reduce_tile<PoolType::MAX, ReduceDim::REDUCE_SCALAR>(x_cb, y_cb, 0, 0, 0);
    reduce_uninit();
    add_reuse_dest_init<EltwiseBinaryReuseDestType::DEST_TO_SRCA>(x_cb);
    add_reuse_dest_tiles<EltwiseBinaryReuseDestType::DEST_TO_SRCA>(x_cb, 0, 0);
    add_reuse_dest_init<EltwiseBinaryReuseDestType::DEST_TO_SRCB>(x_cb);
    add_reuse_dest_tiles<EltwiseBinaryReuseDestType::DEST_TO_SRCB>(x_cb, 0, 0);
    sub_reuse_dest_init<EltwiseBinaryReuseDestType::DEST_TO_SRCA>(x_cb);
    sub_reuse_dest_tiles<EltwiseBinaryReuseDestType::DEST_TO_SRCA>(x_cb, 0, 0);
    sub_reuse_dest_init<EltwiseBinaryReuseDestType::DEST_TO_SRCB>(x_cb);
    sub_reuse_dest_tiles<EltwiseBinaryReuseDestType::DEST_TO_SRCB>(x_cb, 0, 0);
    mul_reuse_dest_init<EltwiseBinaryReuseDestType::DEST_TO_SRCA>(x_cb);
    mul_reuse_dest_tiles<EltwiseBinaryReuseDestType::DEST_TO_SRCA>(x_cb, 0, 0);
    mul_reuse_dest_init<EltwiseBinaryReuseDestType::DEST_TO_SRCB>(x_cb);
    mul_reuse_dest_tiles<EltwiseBinaryReuseDestType::DEST_TO_SRCB>(x_cb, 0, 0);
    matmul_block_init(x_cb, y_cb, 1, 1, 1, 1);
    matmul_block(x_cb, y_cb, 0, 0, 0, 1, 1, 1, 1);
    tile_regs_commit();
    tile_regs_wait();
    pack_tile<true>(0, out_cb, 0);
    tile_regs_release();
    cb_push_back(out_cb, 1);
    cb_pop_front(x_cb, 1);
    cb_pop_front(y_cb, 1);
}
