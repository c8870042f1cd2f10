// A product whose partial sums lie where the result does. Each step but the last adds to what the packer left of the
// step before, whose pages have been popped and are reserved anew; the last one takes the sums to DST and adds them there.
#include "api/compute/matmul.h"
#include "api/compute/pack.h"
#include "api/compute/tile_move_copy.h"

void kernel_main() {
    constexpr uint32_t left = 0, right = 1, out = 16, partials = 24;
    constexpr uint32_t height = 2, width = 2, steps = get_compile_time_arg_val(0);

    mm_block_init(left, right, partials, 0, width, 1, 1);
    for (uint32_t step = 0; step < steps; ++step) {
        const bool last = step == steps - 1;
        cb_wait_front(left, height);
        cb_wait_front(right, width);
        if (last) {
            pack_reconfig_l1_acc(0);
        }
        for (uint32_t row = 0; row < height; ++row) {
            tile_regs_acquire();
            if (last) {
                copy_tile_to_dst_init_short(partials);
                cb_wait_front(partials, width);
                copy_block_matmul_partials(partials, 0, 0, width);
                cb_pop_front(partials, width);
                mm_block_init_short(left, right, 0, width, 1, 1);
            }
            matmul_block(left, right, row, 0, 0, 0, width, 1, 1);
            tile_regs_commit();
            if (step == 0) {
                cb_reserve_back(out, (row + 1) * width);  // the result before has gone from where the sums will lie
            }
            cb_reserve_back(last ? out : partials, width);
            tile_regs_wait();
            if (step == 1 && row == 0 && !last) {
                pack_reconfig_l1_acc(1);
            }
            pack_tile_block(0, last ? out : partials, width);
            tile_regs_release();
            cb_push_back(last ? out : partials, width);
        }
        if (step < steps - 2) {
            cb_wait_front(partials, height * width);
            cb_pop_front(partials, height * width);
        }
        cb_pop_front(left, height);
        cb_pop_front(right, width);
    }
}
