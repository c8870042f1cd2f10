// Reads the row of tiles of x that belongs to this core, and while it comes fills a tile with the scaler of sums, in
// buffer 3, and another one of float32 in buffer 4 if that is wanted; then what vectors there are, gamma and beta,
// which are needed later.
#include "api/dataflow/dataflow_api.h"

template <class Tensor>
void read_row(uint32_t cb, const Tensor& tensor, uint32_t first, uint32_t tiles) {
    cb_reserve_back(cb, tiles);
    uint32_t to = get_write_ptr(cb);
    for (uint32_t i = 0; i < tiles; ++i) {
        noc_async_read_page(first + i, tensor, to);
        to += get_tile_size(cb);
    }
}

void fill(uint32_t cb, uint32_t word) {
    cb_reserve_back(cb, 1);
    auto* words = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_write_ptr(cb));
    for (int32_t i = 0; i < get_tile_size(cb) / 4; ++i) {
        words[i] = word;
    }
    cb_push_back(cb, 1);
}

void kernel_main() {
    constexpr uint32_t x_cb = 0, gamma_cb = 1, beta_cb = 2, scaler_cb = 3, float32_scaler_cb = 4;
    constexpr uint32_t width = get_compile_time_arg_val(0);
    constexpr uint32_t scaler = get_compile_time_arg_val(1);
    constexpr auto x_args = TensorAccessorArgs<2>();
    const uint32_t row = get_arg_val<uint32_t>(0);

    read_row(x_cb, TensorAccessor(x_args, get_common_arg_val<uint32_t>(0)), row * width, width);
    fill(scaler_cb, scaler & 0xffff0000 | scaler >> 16);
#if FLOAT32
    fill(float32_scaler_cb, scaler);
#endif
    noc_async_read_barrier();
    cb_push_back(x_cb, width);

#if VECTORS > 0
    constexpr auto gamma_args = TensorAccessorArgs<x_args.next_compile_time_args_offset()>();
    read_row(gamma_cb, TensorAccessor(gamma_args, get_common_arg_val<uint32_t>(1)), 0, width);
#endif
#if VECTORS > 1
    constexpr auto beta_args = TensorAccessorArgs<gamma_args.next_compile_time_args_offset()>();
    read_row(beta_cb, TensorAccessor(beta_args, get_common_arg_val<uint32_t>(2)), 0, width);
#endif
#if VECTORS > 0
    noc_async_read_barrier();
    cb_push_back(gamma_cb, width);
#endif
#if VECTORS > 1
    cb_push_back(beta_cb, width);
#endif
}
