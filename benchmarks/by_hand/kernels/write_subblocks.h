// Writes a block of the result, a subblock at a time as it is packed.
#pragma once

#include "api/dataflow/dataflow_api.h"

template <uint32_t cb, uint32_t height, uint32_t width, uint32_t sub_height, uint32_t sub_width, class Tensor>
void write_subblocks(const Tensor& out, uint32_t first, uint32_t across) {
    const uint32_t bytes = get_tile_size(cb);
    for (uint32_t down = 0; down < height; down += sub_height) {
        for (uint32_t right = 0; right < width; right += sub_width) {
            cb_wait_front(cb, sub_height * sub_width);
            uint32_t from = get_read_ptr(cb);
            uint32_t page = first + down * across + right;
            for (uint32_t i = 0; i < sub_height; ++i, page += across) {
                for (uint32_t j = 0; j < sub_width; ++j, from += bytes) {
                    noc_async_write_page(page + j, out, from);
                }
            }
            noc_async_writes_flushed();
            cb_pop_front(cb, sub_height * sub_width);
        }
    }
    noc_async_write_barrier();
}
