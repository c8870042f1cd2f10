// x * rsqrt(mean(x * x) + eps) * gamma of a row of tiles.
#include "row_steps.h"

constexpr uint32_t x_cb = 0, gamma_cb = 1, scaler_cb = 3, steps_scaler_cb = 4, out_cb = 16;
constexpr uint32_t squares_cb = 24, deviation_cb = 25, normal_cb = 26;
constexpr uint32_t steps_scaler = mixed ? steps_scaler_cb : scaler_cb;

void kernel_main() {
    compute_kernel_hw_startup(x_cb, x_cb, squares_cb);
    binop_with_scalar_tile_init();

    cb_wait_front(x_cb, width);
    mul_init(x_cb, x_cb);
    step(squares_cb, [](uint32_t i, uint32_t slot) { mul_tiles(x_cb, x_cb, i, i, slot); });

    cb_wait_front(steps_scaler, 1);
    reciprocal_deviation(squares_cb, steps_scaler, deviation_cb);

    read_from(x_cb, deviation_cb);
    mul_bcast_cols_init(x_cb, deviation_cb);
    step(normal_cb, [](uint32_t i, uint32_t slot) { mul_tiles_bcast_cols(x_cb, deviation_cb, i, 0, slot); });
    cb_pop_front(x_cb, width);
    cb_pop_front(deviation_cb, 1);

    cb_wait_front(gamma_cb, width);
    read_from(normal_cb, gamma_cb);
    mul_bcast_rows_init(normal_cb, gamma_cb);
    pack_to(out_cb);
    step(out_cb, [](uint32_t i, uint32_t slot) {
        cb_wait_front(normal_cb, i + 1);
        mul_tiles_bcast_rows(normal_cb, gamma_cb, i, i, slot);
    });
    cb_pop_front(normal_cb, width);
    cb_pop_front(gamma_cb, width);
}
