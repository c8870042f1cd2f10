// ----------------------------------------------------------------------------------------------------
// read: data movement kernel of expressions, on NOC 0

#include <algorithm>
#include <cstdint>

#include "api/dataflow/dataflow_api.h"

// Division that rounds down, as `//` of Python does.
inline int32_t floor_div(int32_t a, int32_t b) {
    const int32_t quotient = a / b;
    return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}

void kernel_main() {
    constexpr uint32_t x_cb = 0;  // 8 tiles of bfloat16
    constexpr auto x_args = TensorAccessorArgs<0>();  // 8x8 tiles of bfloat16 in DRAM

    const int32_t a = get_arg_val<int32_t>(0);
    const int32_t b = get_arg_val<int32_t>(1);
    const int32_t c = get_arg_val<int32_t>(2);
    const uint32_t x_address = get_common_arg_val<uint32_t>(0);
    const auto x = TensorAccessor(x_args, x_address);

    const uint32_t ptr = get_write_ptr(x_cb);
    noc_async_read_page(a * (b + c), x, a - (b - c));
    noc_async_read_page(a + b - c, x, a * (b / c));
    noc_async_read_page(a - 1, x, a + 1);
    noc_async_read_page(a * -1, x, a + INT32_MIN);
    noc_async_read_page(floor_div(a, b) % c, x, std::max<int32_t>(std::min<int32_t>(a, 8), 1));
    noc_async_read_page(((a << 2) & 8) | b, x, (b ^ c) >> 1);
    noc_async_read_page(ptr + a, x, (int32_t)ptr / 2);
    const bool condition = (int32_t)ptr < a || ptr < (uint32_t)a;
    noc_async_read_page(condition ? (int32_t)ptr : a, x, condition ? b : c);
    if (!((a < b && b >= c) || a == c)) {
        noc_async_read_barrier();
    }
    noc_async_read_page((a == b) + a, x, (b <= c ? 8 : 2) * a);
    if ((a > b) == (b > c)) {
        noc_async_read_barrier();
    }
}
