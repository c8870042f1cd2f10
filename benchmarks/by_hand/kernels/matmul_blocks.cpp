// out = left @ right, a block of it on each core, K in steps. The packer adds the steps up in the buffer of the result,
// subblock after subblock; of the last step each subblock is handed on as soon as it is packed. Where sums are wider than
// results (WIDE), they have a buffer of their own, from which the last step goes on.
#include "api/compute/common.h"
#include "api/compute/matmul.h"
#include "api/compute/pack.h"
#if BIAS || WIDE
#include "api/compute/bcast.h"
#include "api/compute/eltwise_unary/gelu.h"
#include "api/compute/reconfig_data_format.h"
#include "api/compute/tile_move_copy.h"
#endif

constexpr uint32_t left_cb = 0, right_cb = 1, bias_cb = 2, out_cb = 16, sum_cb = BIAS || WIDE ? 24 : out_cb;
constexpr uint32_t height = get_compile_time_arg_val(0), width = get_compile_time_arg_val(1);
constexpr uint32_t deep = get_compile_time_arg_val(2), steps = get_compile_time_arg_val(3);
constexpr uint32_t sub_height = get_compile_time_arg_val(4), sub_width = get_compile_time_arg_val(5);
constexpr uint32_t subblock = sub_height * sub_width, tiles = height * width;

void kernel_main() {
    compute_kernel_hw_startup<SrcOrder::Reverse>(left_cb, right_cb, sum_cb);
    matmul_block_init(left_cb, right_cb, 0, sub_width, sub_height, deep);
    cb_reserve_back(sum_cb, tiles);
    for (uint32_t step = 0; step < steps - WIDE; ++step) {
        cb_wait_front(left_cb, height * deep);
        cb_wait_front(right_cb, deep * width);
        uint32_t place = 0;
        for (uint32_t down = 0; down < height; down += sub_height) {
            for (uint32_t right = 0; right < width; right += sub_width) {
                tile_regs_acquire();
                for (uint32_t k = 0; k < deep; ++k) {
                    matmul_block(left_cb, right_cb, down * deep + k, k * width + right, 0, 0, sub_width, sub_height, deep);
                }
                tile_regs_commit();
                tile_regs_wait();
                for (uint32_t i = 0; i < subblock; ++i) {
                    pack_tile<true>(i, sum_cb, place + i);
                }
                tile_regs_release();
                if (step == steps - 1 - WIDE) {
                    cb_push_back(sum_cb, subblock);  // the next place is the first one behind it
                } else {
                    place += subblock;
                }
            }
        }
        if (step == 0 && steps > 1) {
            pack_reconfig_l1_acc(1);
        }
        cb_pop_front(left_cb, height * deep);
        cb_pop_front(right_cb, deep * width);
    }
#if WIDE
    pack_reconfig_l1_acc(0);
    pack_reconfig_data_format(out_cb);
    cb_wait_front(left_cb, height * deep);
    cb_wait_front(right_cb, deep * width);
    for (uint32_t down = 0; down < height; down += sub_height) {
        for (uint32_t right = 0; right < width; right += sub_width) {
            reconfig_data_format_srca(right_cb, sum_cb);
            copy_tile_to_dst_init_short(sum_cb);
            cb_wait_front(sum_cb, subblock);
            tile_regs_acquire();
            for (uint32_t i = 0; i < subblock; ++i) {
                copy_tile(sum_cb, i, i);
            }
            cb_pop_front(sum_cb, subblock);
            reconfig_data_format_srca(sum_cb, right_cb);
            matmul_block_init(left_cb, right_cb, 0, sub_width, sub_height, deep);
            for (uint32_t k = 0; k < deep; ++k) {
                matmul_block(left_cb, right_cb, down * deep + k, k * width + right, 0, 0, sub_width, sub_height, deep);
            }
            tile_regs_commit();
            cb_reserve_back(out_cb, subblock);
            tile_regs_wait();
            pack_block(0, out_cb, subblock);
            tile_regs_release();
            cb_push_back(out_cb, subblock);
        }
    }
    cb_pop_front(left_cb, height * deep);
    cb_pop_front(right_cb, deep * width);
#endif
#if BIAS
    pack_reconfig_l1_acc(0);
    add_bcast_rows_init(sum_cb, bias_cb);
    gelu_tile_init<false>();
    cb_wait_front(bias_cb, width);
    for (uint32_t down = 0; down < height; down += sub_height) {
        for (uint32_t right = 0; right < width; right += sub_width) {
            cb_wait_front(sum_cb, subblock);
            tile_regs_acquire();
            for (uint32_t i = 0; i < subblock; ++i) {
                add_tiles_bcast_rows(sum_cb, bias_cb, i, right + i % sub_width, i);
            }
            for (uint32_t i = 0; i < subblock; ++i) {
                gelu_tile<false>(i);
            }
            tile_regs_commit();
            cb_pop_front(sum_cb, subblock);
            cb_reserve_back(out_cb, subblock);
            tile_regs_wait();
            pack_block(0, out_cb, subblock);
            tile_regs_release();
            cb_push_back(out_cb, subblock);
        }
    }
    cb_pop_front(bias_cb, width);
#endif
}
