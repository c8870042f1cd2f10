// exp(x - max) / sum(exp(x - max)) of a row of tiles.
#include "api/compute/eltwise_unary/exp.h"
#include "api/compute/eltwise_unary/recip.h"
#include "row_steps.h"

constexpr uint32_t x_cb = 0, ones_cb = 3, steps_ones_cb = 4, out_cb = 16;
constexpr uint32_t largest_cb = 24, powers_cb = 25, reciprocal_cb = 26;
constexpr uint32_t steps_ones = mixed ? steps_ones_cb : ones_cb;

void kernel_main() {
    compute_kernel_hw_startup(x_cb, ones_cb, largest_cb);
    exp_tile_init();
    cb_wait_front(ones_cb, 1);
    cb_wait_front(steps_ones, 1);

    cb_wait_front(x_cb, width);
    tile_regs_acquire();
    reduce_row<PoolType::MAX>(x_cb, ones_cb, largest_cb);
    pack_column(largest_cb);

    read_from(x_cb, largest_cb);
    sub_bcast_cols_init(x_cb, largest_cb);
    step(powers_cb, [](uint32_t i, uint32_t slot) {
        sub_tiles_bcast_cols(x_cb, largest_cb, i, 0, slot);
        exp_tile(slot);
    });
    cb_pop_front(x_cb, width);
    cb_pop_front(largest_cb, 1);

    read_from(powers_cb, steps_ones);
    tile_regs_acquire();
    reduce_row(powers_cb, steps_ones, reciprocal_cb);
    recip_tile_init();
    recip_tile(0, VectorMode::C);
    pack_column(reciprocal_cb);

    read_from(powers_cb, reciprocal_cb);
    mul_bcast_cols_init(powers_cb, reciprocal_cb);
    pack_to(out_cb);
    step(out_cb, [](uint32_t i, uint32_t slot) { mul_tiles_bcast_cols(powers_cb, reciprocal_cb, i, 0, slot); });
    cb_pop_front(powers_cb, width);
    cb_pop_front(reciprocal_cb, 1);
}
