// (x - mean) * rsqrt(variance + eps) * gamma + beta of a row of tiles.
#include "row_steps.h"

constexpr uint32_t x_cb = 0, gamma_cb = 1, beta_cb = 2, scaler_cb = 3, steps_scaler_cb = 4, out_cb = 16;
constexpr uint32_t mean_cb = 24, centred_cb = 25, squares_cb = 26, deviation_cb = 27, normal_cb = 28, scaled_cb = 29;
constexpr uint32_t steps_scaler = mixed ? steps_scaler_cb : scaler_cb;

void kernel_main() {
    compute_kernel_hw_startup(x_cb, scaler_cb, mean_cb);
    binop_with_scalar_tile_init();
    cb_wait_front(scaler_cb, 1);
    cb_wait_front(steps_scaler, 1);

    cb_wait_front(x_cb, width);
    tile_regs_acquire();
    reduce_row(x_cb, scaler_cb, mean_cb);
    pack_column(mean_cb);

    read_from(x_cb, mean_cb);
    sub_bcast_cols_init(x_cb, mean_cb);
    step(centred_cb, [](uint32_t i, uint32_t slot) { sub_tiles_bcast_cols(x_cb, mean_cb, i, 0, slot); });
    cb_pop_front(x_cb, width);
    cb_pop_front(mean_cb, 1);

    read_from(centred_cb, centred_cb);
    mul_init(centred_cb, centred_cb);
    step(squares_cb, [](uint32_t i, uint32_t slot) {
        cb_wait_front(centred_cb, i + 1);
        mul_tiles(centred_cb, centred_cb, i, i, slot);
    });

    reciprocal_deviation(squares_cb, steps_scaler, deviation_cb);

    read_from(centred_cb, deviation_cb);
    mul_bcast_cols_init(centred_cb, deviation_cb);
    step(normal_cb, [](uint32_t i, uint32_t slot) { mul_tiles_bcast_cols(centred_cb, deviation_cb, i, 0, slot); });
    cb_pop_front(centred_cb, width);
    cb_pop_front(deviation_cb, 1);

    cb_wait_front(gamma_cb, width);
    read_from(normal_cb, gamma_cb);
    mul_bcast_rows_init(normal_cb, gamma_cb);
    step(scaled_cb, [](uint32_t i, uint32_t slot) {
        cb_wait_front(normal_cb, i + 1);
        mul_tiles_bcast_rows(normal_cb, gamma_cb, i, i, slot);
    });
    cb_pop_front(normal_cb, width);

    cb_wait_front(beta_cb, width);
    add_bcast_rows_init(scaled_cb, beta_cb);
    pack_to(out_cb);
    step(out_cb, [](uint32_t i, uint32_t slot) {
        cb_wait_front(scaled_cb, i + 1);
        add_tiles_bcast_rows(scaled_cb, beta_cb, i, i, slot);
    });
    cb_pop_front(scaled_cb, width);
    cb_pop_front(gamma_cb, width);
    cb_pop_front(beta_cb, width);
    cb_pop_front(scaler_cb, 1);
}
