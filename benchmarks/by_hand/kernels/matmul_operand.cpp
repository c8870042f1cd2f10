// Blocks of one operand: the first core of a line reads them and sends them along the line; then those of the bias, if
// this operand comes with it. The kernel with OUT also writes the block of the result.
#include "multicast.h"
#include "write_subblocks.h"

constexpr uint32_t operand_cb = get_compile_time_arg_val(0), bias_cb = 2, out_cb = 16;
constexpr uint32_t rows = get_compile_time_arg_val(1), columns = get_compile_time_arg_val(2);  // of a block
constexpr uint32_t across = get_compile_time_arg_val(3);  // tiles from a row of the operand to the next one
constexpr uint32_t steps = get_compile_time_arg_val(4), stride = get_compile_time_arg_val(5);  // from step to step
constexpr uint32_t room_id = get_compile_time_arg_val(6), there_id = get_compile_time_arg_val(7);
constexpr uint32_t tensors = 12;  // where their descriptions begin
constexpr uint32_t tiles = rows * columns;

#if SENDS
template <class Tensor>
void read_block(uint32_t cb, const Tensor& tensor, uint32_t page, uint32_t rows) {
    const uint32_t bytes = get_tile_size(cb);
    uint32_t to = get_write_ptr(cb);
    for (uint32_t i = 0; i < rows; ++i, page += across) {
        for (uint32_t j = 0; j < columns; ++j, to += bytes) {
            noc_async_read_page(page + j, tensor, to);
        }
    }
    noc_async_read_barrier();
}
#endif

void kernel_main() {
    const Handshake handshake(room_id, there_id);
    const uint32_t first_of_result = get_arg_val<uint32_t>(0);
#if SENDS
    constexpr auto operand_args = TensorAccessorArgs<tensors>();
    const auto operand = TensorAccessor(operand_args, get_common_arg_val<uint32_t>(0));
    uint32_t page = get_arg_val<uint32_t>(1);
    const Line line{get_arg_val<uint32_t>(2), get_arg_val<uint32_t>(3), get_arg_val<uint32_t>(4),
                    get_arg_val<uint32_t>(5), get_arg_val<uint32_t>(6)};
    noc_semaphore_set(handshake.there, VALID);
    for (uint32_t step = 0; step < steps; ++step, page += stride) {
        cb_reserve_back(operand_cb, tiles);
        read_block(operand_cb, operand, page, rows);
        handshake.send(line, get_write_ptr(operand_cb), tiles * get_tile_size(operand_cb));
        cb_push_back(operand_cb, tiles);
    }
#if BIAS
    constexpr auto bias_args = TensorAccessorArgs<operand_args.next_compile_time_args_offset()>();
    cb_reserve_back(bias_cb, columns);
    read_block(bias_cb, TensorAccessor(bias_args, get_common_arg_val<uint32_t>(1)), get_arg_val<uint32_t>(1), 1);
    handshake.send(line, get_write_ptr(bias_cb), columns * get_tile_size(bias_cb));
    cb_push_back(bias_cb, columns);
#endif
#else
    const uint64_t sender = get_noc_addr(get_arg_val<uint32_t>(1), get_arg_val<uint32_t>(2), handshake.room_address);
    for (uint32_t step = 0; step < steps; ++step) {
        cb_reserve_back(operand_cb, tiles);
        handshake.receive(sender);
        cb_push_back(operand_cb, tiles);
    }
#if BIAS
    cb_reserve_back(bias_cb, columns);
    handshake.receive(sender);
    cb_push_back(bias_cb, columns);
#endif
#endif
#if OUT
    constexpr uint32_t height = get_compile_time_arg_val(8), width = get_compile_time_arg_val(9);
    constexpr uint32_t sub_height = get_compile_time_arg_val(10), sub_width = get_compile_time_arg_val(11);
    constexpr auto out_args = TensorAccessorArgs<OUT_ARGUMENTS>();
    const auto out = TensorAccessor(out_args, get_common_arg_val<uint32_t>(OUT_ADDRESS));
    write_subblocks<out_cb, height, width, sub_height, sub_width>(out, first_of_result, OUT_ACROSS);
#endif
    noc_async_write_barrier();
    noc_async_atomic_barrier();
}
