// Prints of whole pages and tiles.
#pragma once

#include "kernel_api.h"

inline void print_cb_details(uint32_t, TTLANG_AT) { ttlang::refuse(TTLANG_REFUSED "print_cb_details", at); }
namespace tt::data_movement::common {
inline void print_bf16_pages(uint32_t, uint32_t, uint32_t, uint32_t = 0, TTLANG_AT) { ttlang::refuse(TTLANG_REFUSED "print_bf16_pages", at); }
inline void print_f32_pages(uint32_t, uint32_t, uint32_t, uint32_t = 0, TTLANG_AT) { ttlang::refuse(TTLANG_REFUSED "print_f32_pages", at); }
inline void print_u8_pages(uint32_t, uint32_t, uint32_t, uint32_t = 0, TTLANG_AT) { ttlang::refuse(TTLANG_REFUSED "print_u8_pages", at); }
inline void print_u16_pages(uint32_t, uint32_t, uint32_t, uint32_t = 0, TTLANG_AT) { ttlang::refuse(TTLANG_REFUSED "print_u16_pages", at); }
inline void print_u32_pages(uint32_t, uint32_t, uint32_t, uint32_t = 0, TTLANG_AT) { ttlang::refuse(TTLANG_REFUSED "print_u32_pages", at); }
}  // namespace tt::data_movement::common
namespace tt::compute::common {
inline void print_tile_rows(uint32_t, uint32_t, bool = false, uint16_t = 0, uint16_t = 32, uint8_t = 0, uint8_t = 32, TTLANG_AT) { ttlang::refuse(TTLANG_REFUSED "print_tile_rows", at); }
inline void print_full_tile(uint32_t, uint32_t = 0, bool = false, TTLANG_AT) { ttlang::refuse(TTLANG_REFUSED "print_full_tile", at); }
}  // namespace tt::compute::common
