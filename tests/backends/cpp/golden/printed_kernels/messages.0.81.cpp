// ----------------------------------------------------------------------------------------------------
// compute: compute kernel of messages, for the kernel API of ttnn 0.81

#include <cstdint>

#include "api/compute/common.h"
#include "api/compute/tile_move_copy.h"
#include "api/debug/assert.h"
#include "api/debug/dprint.h"

void kernel_main() {
    constexpr uint32_t in_cb = 0;  // 2 tiles of bfloat16
    constexpr uint32_t out_cb = 1;  // 2 tiles of bfloat16

    const int32_t n = get_arg_val<int32_t>(0);

    compute_kernel_hw_startup(in_cb, out_cb);
    copy_init(in_cb);
    for (int32_t i = 0; i < n; ++i) {
        cb_wait_front(in_cb, 1);
        DPRINT_UNPACK("turn {} of {}\n", i, n);
        ASSERT(i != 0);  // "turn {i}"
        cb_reserve_back(out_cb, 1);
        tile_regs_acquire();
        copy_tile(in_cb, 0, 0);
        tile_regs_commit();
        tile_regs_wait();
        pack_tile(0, out_cb);
        tile_regs_release();
        cb_push_back(out_cb, 1);
        cb_pop_front(in_cb, 1);
    }
    DPRINT_UNPACK("done\n");
}

// ----------------------------------------------------------------------------------------------------
// read: data movement kernel of messages, on NOC 0

#include <cstdint>

#include "api/dataflow/dataflow_api.h"
#include "api/debug/assert.h"
#include "api/debug/dprint.h"

void kernel_main() {
    const int32_t a = get_arg_val<int32_t>(0);
    const int32_t b = get_arg_val<int32_t>(1);

    const bool less = a < b;
    const bool p = a == 2;
    DPRINT("\n");
    DPRINT("a \"quoted\" back\\slash, a tab\t, a bell\0071, {{}} and é\n");
    DPRINT("two\nlines\n\n");
    DPRINT("{} {:4}{:12}|{}, ", a, b, a + b, (int32_t)get_absolute_logical_x());
    DPRINT("{}{} {} {}\n", less ? CTSTR("True") : CTSTR("False"), (int32_t)p, less ? a : b, false ? CTSTR("True") : CTSTR("False"));
    ASSERT(p || b > 2);
    ASSERT(p);  // "{a} + 2 is {a + 2}, not\n{2}\\"
    ASSERT(false);  // "never here"
}
