// The kernel API for kernels that run on the host: what the tables of ttlang don't have, written in terms of what they
// have. The other part, one function for each operation of `ttkernel`, is printed from the tables (header.py).
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "fibers.h"

#define tt_l1_ptr
#define tt_reg_ptr
#define ALWI inline
#define FORCE_INLINE inline
#define UNPACK(...) __VA_ARGS__
#define MATH(...) __VA_ARGS__
#define PACK(...) __VA_ARGS__
#define NAMESPACE ttlang_kernel
#define MAIN kernel_main()

enum class DataFormat : uint8_t {
    Float32 = 0, Float16 = 1, Bfp8 = 2, Bfp4 = 3, Tf32 = 4, Float16_b = 5, Bfp8_b = 6, Bfp4_b = 7, Int32 = 8,
    UInt16 = 9, Lf8 = 10, Bfp2 = 11, Int8 = 14, Bfp2_b = 15, UInt32 = 24, UInt8 = 30, Invalid = 0xff
};
enum PoolType { SUM = 0, AVG = 1, MAX = 2, MIN = 3 };
enum ReduceDim { REDUCE_ROW = 0, REDUCE_COL = 1, REDUCE_SCALAR = 2 };
enum BroadcastType { NONE = 0, COL = 1, ROW = 2, SCALAR = 3 };
enum EltwiseBinaryType { ELWMUL = 0, ELWDIV = 1, ELWADD = 2, ELWSUB = 3, ELWLESS = 4 };
enum class EltwiseBinaryReuseDestType { NONE = 0, DEST_TO_SRCA = 1, DEST_TO_SRCB = 2 };
enum class VectorMode : uint8_t { None = 0, R = 1, C = 2, RC = 4 };
enum class InputClamping : uint8_t { None = 0, ClampToNegative = 1 };
enum class SrcOrder { Regular = 0, Reverse = 1 };
enum class MathFidelity : uint8_t { LoFi = 0, HiFi2 = 2, HiFi3 = 3, HiFi4 = 4, Invalid = 0xff };

// Of semaphores that are flags.
constexpr uint32_t INVALID = 0, VALID = 1;

namespace tt {
// Indices of circular buffers.
enum CBIndex : uint8_t {
    c_0 = 0, c_1 = 1, c_2 = 2, c_3 = 3, c_4 = 4, c_5 = 5, c_6 = 6, c_7 = 7,
    c_8 = 8, c_9 = 9, c_10 = 10, c_11 = 11, c_12 = 12, c_13 = 13, c_14 = 14, c_15 = 15,
    c_16 = 16, c_17 = 17, c_18 = 18, c_19 = 19, c_20 = 20, c_21 = 21, c_22 = 22, c_23 = 23,
    c_24 = 24, c_25 = 25, c_26 = 26, c_27 = 27, c_28 = 28, c_29 = 29, c_30 = 30, c_31 = 31,
    c_32 = 32, c_33 = 33, c_34 = 34, c_35 = 35, c_36 = 36, c_37 = 37, c_38 = 38, c_39 = 39,
    c_40 = 40, c_41 = 41, c_42 = 42, c_43 = 43, c_44 = 44, c_45 = 45, c_46 = 46, c_47 = 47,
    c_48 = 48, c_49 = 49, c_50 = 50, c_51 = 51, c_52 = 52, c_53 = 53, c_54 = 54, c_55 = 55,
    c_56 = 56, c_57 = 57, c_58 = 58, c_59 = 59, c_60 = 60, c_61 = 61, c_62 = 62, c_63 = 63,
};
// The same, by what they were used for.
enum CB : uint8_t {
    c_in0 = 0, c_in1 = 1, c_in2 = 2, c_in3 = 3, c_in4 = 4, c_in5 = 5, c_in6 = 6, c_in7 = 7,
    dataflow0 = 8, dataflow1 = 9, dataflow2 = 10, dataflow3 = 11,
    dataflow4 = 12, dataflow5 = 13, dataflow6 = 14, dataflow7 = 15,
    c_out0 = 16, c_out1 = 17, c_out2 = 18, c_out3 = 19, c_out4 = 20, c_out5 = 21, c_out6 = 22, c_out7 = 23,
    c_intermed0 = 24, c_intermed1 = 25, c_intermed2 = 26, c_intermed3 = 27,
    c_intermed4 = 28, c_intermed5 = 29, c_intermed6 = 30, c_intermed7 = 31,
};
}  // namespace tt

#include "program.h"  // of the program that the kernel is compiled for: see toolchain.py

// ------------------------------------------------------------------------------------------------------- calls

namespace ttlang {

// Where a call stands: the default argument of each function of the API.
struct place {
    const char* file;
    int line;
    static constexpr place here(const char* file = __builtin_FILE(), int line = __builtin_LINE()) { return {file, line}; }
};

inline int64_t word(int64_t value) { return value; }
inline int64_t word(uint64_t value) { return value; }
inline int64_t word(int32_t value) { return value; }
inline int64_t word(uint32_t value) { return static_cast<int32_t>(value); }
inline int64_t word(bool value) { return value; }
inline int64_t word(float value) { return word(__builtin_bit_cast(uint32_t, value)); }

// The part of a tile that a function computes. The older generations take its number.
struct vector_mode {
    int64_t number;
    constexpr vector_mode(VectorMode mode) : number(static_cast<int64_t>(mode)) {}
    constexpr vector_mode(int mode) : number(mode) {}
};

template <class... Words>
inline int64_t call(int number, place at, Words... words) {
    static_assert(sizeof...(Words) + 2 <= WORDS);
    int64_t* slot = ttlang_current->words;
    *slot++ = static_cast<int64_t>(number) << 32 | at.line;
    *slot++ = reinterpret_cast<int64_t>(at.file);
    ((*slot++ = word(words)), ...);
    return ttlang_call(number);
}

// The arguments of a template as one number: how many, then 16 bits for each.
template <auto... values>
constexpr int64_t packed = [] {
    int64_t all = sizeof...(values);
    int shift = 4;
    ((all |= (static_cast<int64_t>(values) & 0xffff) << shift, shift += 16), ...);
    return all;
}();

// The number that an init has as its second template argument, a float32's bits; 1 where it has none. Kept for the calls
// behind it.
template <auto... values>
inline uint32_t init_number() {
    constexpr uint32_t all[] = {0, 0x3f800000, static_cast<uint32_t>(values)...};
    return ttlang_current->number = sizeof...(values) > 1 ? all[sizeof...(values) > 1 ? 3 : 1] : 0x3f800000;
}

// An address as the machine counts: a kernel has pointers into the host's memory.
inline uint32_t l1(uint32_t address) {
    const uint32_t offset = address - ttlang_current->l1;
    return ttlang_current->l1 != 0 && offset < ttlang_current->l1_bytes ? offset : address;
}
inline uint32_t l1(const volatile void* pointer) { return l1(static_cast<uint32_t>(reinterpret_cast<uintptr_t>(pointer))); }
inline uint32_t host(int64_t address) { return static_cast<uint32_t>(address) + ttlang_current->l1; }

}  // namespace ttlang

#define TTLANG_AT ttlang::place at = ttlang::place::here()

#include "table.h"  // the functions of the tables, and the numbers of the calls below

namespace ckernel {

using ttlang::place;

// --------------------------------------------------------------------------------------------------- arguments

template <uint32_t index>
constexpr uint32_t compile_time_arg() {
    static_assert(index < ttlang::COMPILE_TIME_ARGS, "the kernel is given fewer compile-time arguments");
    return ttlang::compile_time_args[index];
}
#define get_compile_time_arg_val(index) ckernel::compile_time_arg<(index)>()

constexpr bool same_name(const char* a, const char* b) {
    for (; *a && *a == *b; ++a, ++b) {}
    return *a == *b;
}
void the_kernel_is_given_no_compile_time_argument_of_this_name();
consteval uint32_t get_named_compile_time_arg_val(const char* name) {
    for (const auto& each : ttlang::named_args)
        if (same_name(each.name, name)) return each.value;
    the_kernel_is_given_no_compile_time_argument_of_this_name();
    return 0;
}

inline uintptr_t get_arg_addr(int index, TTLANG_AT) {
    if (static_cast<uint32_t>(index) >= ttlang_current->arg_count)
        ttlang::call(ttlang::NO_ARGUMENT, at, index, ttlang_current->arg_count, 0);
    return reinterpret_cast<uintptr_t>(ttlang_current->args + index);
}
inline uintptr_t get_common_arg_addr(int index, TTLANG_AT) {
    if (static_cast<uint32_t>(index) >= ttlang_current->common_arg_count)
        ttlang::call(ttlang::NO_ARGUMENT, at, index, ttlang_current->common_arg_count, 1);
    return reinterpret_cast<uintptr_t>(ttlang_current->common_args + index);
}
template <class T>
inline T get_arg_val(int index, TTLANG_AT) {
    static_assert(sizeof(T) == 4, "arguments have 4 bytes");
    T value;
    memcpy(&value, reinterpret_cast<const void*>(get_arg_addr(index, at)), 4);
    return value;
}
template <class T>
inline T get_common_arg_val(int index, TTLANG_AT) {
    static_assert(sizeof(T) == 4, "arguments have 4 bytes");
    T value;
    memcpy(&value, reinterpret_cast<const void*>(get_common_arg_addr(index, at)), 4);
    return value;
}

inline uint8_t get_absolute_logical_x() { return ttlang_current->column; }
inline uint8_t get_absolute_logical_y() { return ttlang_current->row; }
inline uint8_t get_relative_logical_x() { return ttlang_current->column; }
inline uint8_t get_relative_logical_y() { return ttlang_current->row; }

#define my_x (ttlang_current->x)
#define my_y (ttlang_current->y)
constexpr uint8_t noc_index = NOC_INDEX;

constexpr int32_t get_tile_size(int32_t cb, TTLANG_AT) {
    if (cb < 0 || cb >= 64 || ttlang::tile_bytes[cb] == 0) ttlang::call(ttlang::NO_BUFFER, at, cb);
    return ttlang::tile_bytes[cb];
}
constexpr DataFormat get_dataformat(int32_t cb) { return static_cast<DataFormat>(ttlang::formats[cb & 63]); }
constexpr uint32_t get_tile_hw(int32_t) { return 1024; }
constexpr uint32_t get_tile_num_faces(int32_t) { return 4; }

// --------------------------------------------------------------------------------------- buffers and their memory

inline uint32_t get_write_ptr(uint32_t cb, TTLANG_AT) { return ttlang::host(ttlang::call(ttlang::WRITE_POINTER, at, cb)); }
inline volatile uint32_t* get_cb_tiles_received_ptr(int cb, TTLANG_AT) {
    static volatile uint32_t pages;
    pages = static_cast<uint32_t>(ttlang::call(ttlang::RECEIVED, at, cb));
    return &pages;
}
inline volatile uint32_t* get_cb_tiles_acked_ptr(int cb, TTLANG_AT) {
    static volatile uint32_t pages;
    pages = static_cast<uint32_t>(ttlang::call(ttlang::ACKED, at, cb));
    return &pages;
}
inline uint32_t get_read_ptr(uint32_t cb, TTLANG_AT) { return ttlang::host(ttlang::call(ttlang::READ_POINTER, at, cb)); }
inline bool cb_pages_available_at_front(int32_t cb, int32_t pages, TTLANG_AT) {
    return ttlang::call(ttlang::AVAILABLE, at, cb, pages);
}
inline bool cb_pages_reservable_at_back(int32_t cb, int32_t pages, TTLANG_AT) {
    return ttlang::call(ttlang::RESERVABLE, at, cb, pages);
}
inline uint32_t get_semaphore(uint32_t id) { return ttlang::host(ttlang::SEMAPHORE_BASE + ttlang::SEMAPHORE_BYTES * id); }
inline void invalidate_l1_cache() {}

}  // namespace ckernel

#include "kernel_noc.h"
#include "kernel_compute.h"
#include "kernel_prints.h"

using namespace ckernel;

void kernel_main();
