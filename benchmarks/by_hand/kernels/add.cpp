// out = a + b on the FPU, a section of DST at a time.
#include "api/compute/eltwise_binary.h"
#include "api/compute/common.h"

void kernel_main() {
    constexpr uint32_t a_cb = 0, b_cb = 1, out_cb = 16;
    constexpr uint32_t batch = get_compile_time_arg_val(0);
    constexpr uint32_t batches = get_compile_time_arg_val(1);

    compute_kernel_hw_startup(a_cb, b_cb, out_cb);
    add_init(a_cb, b_cb);
    for (uint32_t turn = 0; turn < batches; ++turn) {
        cb_wait_front(a_cb, batch);
        cb_wait_front(b_cb, batch);
        tile_regs_acquire();
        for (uint32_t i = 0; i < batch; ++i) {
            add_tiles(a_cb, b_cb, i, i, i);
        }
        tile_regs_commit();
        cb_pop_front(a_cb, batch);
        cb_pop_front(b_cb, batch);
        cb_reserve_back(out_cb, batch);
        tile_regs_wait();
        pack_block(0, out_cb, batch);
        tile_regs_release();
        cb_push_back(out_cb, batch);
    }
}
