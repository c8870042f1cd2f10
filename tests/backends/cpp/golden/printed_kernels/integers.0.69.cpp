// ----------------------------------------------------------------------------------------------------
// compute: compute kernel of integers, for the kernel API of ttnn 0.69

#include <cstdint>

#include "api/compute/common.h"
#include "api/compute/add_int_sfpu.h"
#include "api/compute/binary_comp.h"
#include "api/compute/compute_kernel_api.h"
#include "api/compute/eltwise_unary/binop_with_scalar.h"
#include "api/compute/eltwise_unary/where.h"
#include "api/compute/mul_int_sfpu.h"

void kernel_main() {
    constexpr uint32_t a_cb = 0;  // 2 tiles of int32
    constexpr uint32_t b_cb = 1;  // 2 tiles of uint16
    constexpr uint32_t out_cb = 2;  // 2 tiles of int32

    compute_kernel_hw_startup(a_cb, b_cb, out_cb);
    tile_regs_acquire();
    add_int_tile_init();
    add_int_tile<DataFormat::Int32>(0, 1, 2);
    mul_int_tile_init<DataFormat::UInt16>();
    mul_int_tile<DataFormat::UInt16>(0, 1, 2);
    binop_with_scalar_tile_init();
    add_unary_tile_int32(2, -3);
    lt_int32_tile_init();
    lt_int32_tile(2, 1, 0);
    where_tile_init();
    where_tile<DataFormat::Int32>(0, 1, 2, 0);
    abs_tile_init();
    abs_tile_int32(0);
    tile_regs_commit();
    tile_regs_wait();
    pack_tile(0, out_cb);
    tile_regs_release();
}
