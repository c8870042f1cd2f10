// ----------------------------------------------------------------------------------------------------
// compute: compute kernel of formats, for the kernel API of ttnn 0.69

#include <cstdint>

#define INP_FLOAT32  // DST holds 32 bits: erf and its kin compute to the accuracy of float32

#include "api/compute/common.h"
#include "api/compute/copy_dest_values.h"
#include "api/compute/eltwise_binary.h"
#include "api/compute/eltwise_binary_sfpu.h"
#include "api/compute/eltwise_unary/erf_erfc.h"
#include "api/compute/eltwise_unary/typecast.h"
#include "api/compute/tile_move_copy.h"

void kernel_main() {
    constexpr uint32_t x_cb = 0;  // 4 tiles of float32
    constexpr uint32_t y_cb = 1;  // 4 tiles of bfloat8_b
    constexpr uint32_t n_cb = 2;  // 4 tiles of int32
    constexpr uint32_t sum_cb = 3;  // 4 tiles of float32
    constexpr uint32_t erf_cb = 4;  // 4 tiles of bfloat16

    compute_kernel_hw_startup(x_cb, sum_cb);
    cb_wait_front(x_cb, 1);
    cb_wait_front(y_cb, 1);
    cb_wait_front(n_cb, 1);
    tile_regs_acquire();
    copy_tile_init(x_cb);
    copy_tile(x_cb, 0, 0);
    reconfig_data_format_srca(n_cb);
    copy_tile_init(n_cb);
    copy_tile(n_cb, 0, 1);
    typecast_tile_init<(uint32_t)DataFormat::Int32, (uint32_t)DataFormat::Float32>();
    typecast_tile<(uint32_t)DataFormat::Int32, (uint32_t)DataFormat::Float32>(1);
    reconfig_data_format(y_cb, y_cb);
    reconfig_data_format_srcb(y_cb);
    mul_tiles_init(y_cb, y_cb);
    mul_tiles(y_cb, y_cb, 0, 0, 2);
    add_binary_tile_init();
    add_binary_tile(0, 1, 0);
    copy_dest_values_init();
    copy_dest_values<DataFormat::Float32>(0, 1);
    erf_tile_init<false>();
    erf_tile<false>(1);
    tile_regs_commit();
    cb_reserve_back(sum_cb, 1);
    cb_reserve_back(erf_cb, 1);
    tile_regs_wait();
    pack_tile(0, sum_cb);
    pack_reconfig_data_format(erf_cb);
    pack_tile(1, erf_cb);
    tile_regs_release();
    cb_push_back(sum_cb, 1);
    cb_push_back(erf_cb, 1);
    cb_pop_front(x_cb, 1);
    cb_pop_front(y_cb, 1);
    cb_pop_front(n_cb, 1);
}
