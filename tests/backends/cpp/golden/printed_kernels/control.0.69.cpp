// ----------------------------------------------------------------------------------------------------
// carried: data movement kernel of control, on NOC 0

#include <cstdint>

#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr uint32_t x_cb = 0;  // 8 tiles of bfloat16
    constexpr auto x_args = TensorAccessorArgs<0>();  // 8x8 tiles of bfloat16 in DRAM

    const int32_t n = get_arg_val<int32_t>(0);
    const uint32_t x_address = get_common_arg_val<uint32_t>(0);
    const auto x = TensorAccessor(x_args, x_address);

    const uint32_t ptr = get_write_ptr(x_cb);
    const int32_t limit0 = n * 2;
    int32_t a = 0;
    int32_t b = 1;
    int32_t count = 0;
    int32_t limit = limit0;
    for (int32_t i = 0; i < limit0; i += 2) {
        if (a % 2 == 0) {
            ++count;
        } else if (b > n) {
            noc_async_read_page(count * 3, x, ptr);
            count -= 2;
        }
        limit -= i;
        const int32_t next_a = b;
        b += (uint32_t)a;
        a = next_a;
    }
    noc_async_read_page((uint32_t)a + b, x, ptr);
    noc_async_read_page(count, x, ptr);
    noc_async_read_page(limit, x, ptr);
    noc_async_read_barrier();
}

// ----------------------------------------------------------------------------------------------------
// loops: data movement kernel of control, on NOC 1

#include <cstdint>

#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr uint32_t x_cb = 0;  // 8 tiles of bfloat16
    constexpr auto x_args = TensorAccessorArgs<0>();  // 8x8 tiles of bfloat16 in DRAM

    const int32_t n = get_arg_val<int32_t>(0);
    const uint32_t x_address = get_common_arg_val<uint32_t>(0);
    const auto x = TensorAccessor(x_args, x_address);

    const uint32_t ptr = get_read_ptr(x_cb);
    int32_t half = n;
    bool found = false;
    while (half > 0 && !found) {
        half >>= 1;
        found = half == 2;
    }
    noc_async_write_page(found, x, ptr);
    int32_t step = 0;
    int32_t other = n;
    int32_t step_1;
    while (true) {
        step_1 = (uint32_t)step + 1;
        noc_async_write_page(step_1, x, ptr);
        if (step >= other) {
            break;
        }
        noc_async_write_barrier();
        step = other;
        other = step_1;
    }
    noc_async_write_page(step_1, x, ptr);
    noc_async_write_page(other, x, ptr);
    noc_async_write_barrier();
}

// ----------------------------------------------------------------------------------------------------
// bounds: data movement kernel of control, on NOC 0

#include <cstdint>

#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr uint32_t x_cb = 0;  // 8 tiles of bfloat16
    constexpr auto x_args = TensorAccessorArgs<0>();  // 8x8 tiles of bfloat16 in DRAM

    const int32_t n = get_arg_val<int32_t>(0);
    const uint32_t x_address = get_common_arg_val<uint32_t>(0);
    const auto x = TensorAccessor(x_args, x_address);

    const uint32_t ptr = get_write_ptr(x_cb);
    int32_t start = 1;
    for (int32_t i = 0; i < 3; ++i) {
        int32_t new_1 = 0;
        for (int32_t j = (int32_t)((uint32_t)start + 1); j < n; ++j) {
            new_1 = (uint32_t)new_1 + j;
        }
        noc_async_read_page(new_1, x, ptr);
        start = new_1;
    }
    int32_t end = n;
    for (int32_t i = 0; i < n; ++i) {
        int32_t new_1 = end;
        for (int32_t j = 0; j < end; j += 3) {
            new_1 = (uint32_t)new_1 - 1;
        }
        noc_async_read_page(new_1, x, ptr);
        end = new_1;
    }
    int32_t sum = end;
    for (int32_t i = 0; i < n; ++i) {
        int32_t acc = sum;
        for (int32_t j = 0; j < i; ++j) {
            acc += (uint32_t)(i * j);
        }
        sum = acc;
    }
    noc_async_read_page(sum, x, ptr);
    noc_async_read_page(start, x, ptr);
    noc_async_read_barrier();
}
