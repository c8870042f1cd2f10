// Fills a tile of scalers by itself, through a pointer, and counts in a variable of its own.
#include <stdint.h>
#include "api/dataflow/dataflow_api.h"

uint32_t written = 0;

inline void fill(uint32_t cb, uint32_t pair) {
    cb_reserve_back(cb, 1);
    volatile tt_l1_ptr uint32_t* words = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_write_ptr(cb));
    for (uint32_t i = 0; i < get_tile_size(cb) / 4; ++i) {
        words[i] = pair;
    }
    ++written;
    cb_push_back(cb, 1);
}

void kernel_main() {
    for (uint32_t i = 0; i < get_arg_val<uint32_t>(0); ++i) {
        fill(0, get_arg_val<uint32_t>(1) + written);
    }
}
