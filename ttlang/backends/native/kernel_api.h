// The kernel API for kernels that run on the host: what the tables of ttlang don't have, written in terms of what they
// have. The other part, one function for each operation of `ttkernel`, is printed from the tables (header.py).
#pragma once

#include <limits>
#include <new>
#include <stddef.h>
#include <stdint.h>
#include <cstring>
#include <sys/types.h>

#include "fibers.h"

#define tt_l1_ptr
#define tt_reg_ptr
#define ALWI inline
#define FORCE_INLINE inline
#define UNPACK(...) __VA_ARGS__
#define MATH(...) __VA_ARGS__
#define PACK(...) __VA_ARGS__
// A compute kernel is compiled once for its three processors.
#ifdef COMPILE_FOR_TRISC
#define TRISC_UNPACK 1
#define TRISC_MATH 1
#define TRISC_PACK 1
#define UCK_CHLKC_UNPACK 1
#define UCK_CHLKC_MATH 1
#define UCK_CHLKC_PACK 1
#endif
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
enum class VectorMode : uint8_t { None = 0, R = 1, C = 2, RC = 4, RC_custom = 6, Invalid = 0xff };
enum class InputClamping : uint8_t { None = 0, ClampToNegative = 1 };
enum class DstSync : uint8_t { SyncHalf = 0, SyncFull = 1 };
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

namespace ckernel {
enum class PackMode : uint8_t { Default, Untilize, Tilize };
enum class DstTileShape : uint8_t { Tile32x32, Tile32x16, Tile16x16 };
enum class RsqrtMode { Default, Fast };
enum class DstRoundingMode : uint8_t { Default, NearestEven };
enum ThreadId { UnpackThreadId = 0, MathThreadId = 1, PackThreadId = 2, SfpuThreadId = 3, BriscThreadId = 4 };
enum class ReluMode : uint8_t { None, Zero, MinThreshold, MaxThreshold };
enum class TopkTieOrder : uint8_t { Unset, Ascending, Descending };
enum class WelfordInitMode : uint8_t { ClearStats, PreserveStats };
enum class TwoPassAccumulation : uint8_t { ShiftedSum, CentredM2 };
enum class TwoPassAnchor : uint8_t { Reuse, Initialise };
enum class ReluType { NO_RELU, ZERO_RELU, MIN_THRESHOLD_RELU, MAX_THRESHOLD_RELU };
struct ReluConfig {
    ReluMode mode;
    static constexpr ReluConfig none() { return {ReluMode::None}; }
    static constexpr ReluConfig zero() { return {ReluMode::Zero}; }
};
}  // namespace ckernel
enum class p_dim_stride_target { IGNORE, FACE_ROW_MAJOR };
enum class InlineWriteDst : uint8_t { DEFAULT = 0, L1 = 1, REG = 2 };

#include "program.h"  // of the program that the kernel is compiled for: see toolchain.py

// ------------------------------------------------------------------------------------------------------- calls

namespace ttlang {

constexpr uint32_t ZEROS = 512;

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
inline void fill(int64_t* slot, int number, place at, Words... words) {
    *slot++ = static_cast<int64_t>(number) << 32 | at.line;
    *slot++ = reinterpret_cast<int64_t>(at.file);
    ((*slot++ = word(words)), ...);
}

inline bool defers(int number);
inline int64_t* deferred();

template <class... Words>
inline int64_t call(int number, place at, Words... words) {
    static_assert(sizeof...(Words) + 2 <= WORDS);
    if (ttlang_current->fused && defers(number)) {
        fill(deferred(), number, at, words...);
        return 0;
    }
    // No branch from here on: at one the kernel may pause, which is a call, too.
    fill(ttlang_current->words, number, at, words...);
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

namespace ttlang {
// Refuses a call wherever a kernel comes to it. What is refused is a string constant behind TTLANG_REFUSED, so
// that a kernel's library tells which calls it has of these.
inline void refuse(const char* what, place at) { call(NOT_MODELLED, at, reinterpret_cast<int64_t>(what + sizeof TTLANG_REFUSED - 1)); }
}  // namespace ttlang

namespace ckernel {

using ttlang::place;
using ::BroadcastType, ::EltwiseBinaryReuseDestType, ::EltwiseBinaryType, ::MathFidelity, ::PoolType, ::ReduceDim, ::VectorMode;

inline void not_modelled(const char* what, place at) { ttlang::call(ttlang::NOT_MODELLED, at, reinterpret_cast<int64_t>(what)); }

// What the compiler of kernels for cards is told of buffers.
static constexpr auto &unpack_src_format = ttlang::formats, &unpack_dst_format = ttlang::formats, &pack_src_format = ttlang::formats, &pack_dst_format = ttlang::formats;
static constexpr auto &unpack_tile_size = ttlang::tile_bytes, &pack_tile_size = ttlang::tile_bytes;
template <auto value>
struct OfAllBuffers {
    constexpr auto operator[](uint32_t) const { return value; }
};
constexpr OfAllBuffers<32u> unpack_tile_r_dim, unpack_tile_c_dim, pack_tile_r_dim, pack_tile_c_dim;
constexpr OfAllBuffers<16u> unpack_tile_face_r_dim, pack_tile_face_r_dim;
constexpr OfAllBuffers<4u> unpack_tile_num_faces, pack_tile_num_faces;
constexpr OfAllBuffers<2u> pack_num_faces_r_dim, pack_num_faces_c_dim, unpack_num_faces_r_dim, unpack_num_faces_c_dim;
constexpr OfAllBuffers<0u> unpack_narrow_tile, unpack_partial_face, pack_narrow_tile, pack_partial_face;

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

struct CompileTimeArgs {
    constexpr uint32_t operator[](uint32_t index) const { return ttlang::compile_time_args[index]; }
    static constexpr uint32_t size() { return ttlang::COMPILE_TIME_ARGS; }
};
constexpr CompileTimeArgs kernel_compile_time_args;

// A kernel is one thread on its processor.
constexpr uint32_t get_num_threads() { return 1; }
constexpr uint32_t get_my_thread_id() { return 0; }

constexpr uint32_t align(uint32_t address, uint32_t alignment) { return (address + alignment - 1) / alignment * alignment; }
constexpr uint32_t align_power_of_2(uint32_t address, uint32_t alignment) { return align(address, alignment); }
constexpr bool is_power_of_2(uint32_t number) { return number != 0 && (number & (number - 1)) == 0; }

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
// Tiles that a section of DST holds.
template <DstSync sync, bool accumulates, DstTileShape shape = DstTileShape::Tile32x32>
constexpr uint32_t get_dest_max_tiles() {
    return 16 >> (sync == DstSync::SyncHalf) >> accumulates;
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
inline uint32_t get_tile_address(uint32_t cb, uint32_t tile, TTLANG_AT) {
    return get_read_ptr(cb, at) + tile * ttlang::page_bytes[cb & 63];
}
template <class T = uint32_t>
inline T read_tile_value(uint32_t cb, uint32_t tile, uint32_t element, TTLANG_AT) {
    return reinterpret_cast<const volatile T*>(static_cast<uintptr_t>(get_tile_address(cb, tile, at)))[element];
}
template <auto type = 0>
inline uint32_t get_semaphore(uint32_t id) { return ttlang::host(ttlang::SEMAPHORE_BASE + ttlang::SEMAPHORE_BYTES * id); }
inline void invalidate_l1_cache() {}
template <class T>
inline T load_blocking(const volatile T* pointer) { return *pointer; }

// Registers that tell cycles, which no memory stands for here: a kernel that reads one is stopped.
#define RISCV_DEBUG_REG_WALL_CLOCK_L 0xFFB121F0
#define RISCV_DEBUG_REG_WALL_CLOCK_H 0xFFB121F8

// Memory of L1 that holds zeros, below all that a program has of it.
#define MEM_ZEROS_BASE (ttlang::host(ttlang::ZEROS))
inline void flush_l2_cache_range(uint64_t, uint64_t) {}
inline void invalidate_l2_cache_range(uint64_t, uint64_t) {}
inline void scoped_lock_acquire_cache_ops(uintptr_t, uint32_t) {}
inline void scoped_lock_release_cache_ops(uintptr_t, uint32_t) {}

// What the firmware keeps of a buffer, as it is when it is asked for. Compute kernels count addresses in words of 16 bytes.
#ifdef COMPILE_FOR_TRISC
constexpr uint32_t cb_addr_shift = 4;
#else
constexpr uint32_t cb_addr_shift = 0;
#endif
template <int number>
struct BufferPointer {
    uint32_t cb;
    place at;
    operator uint32_t() const { return ttlang::host(ttlang::call(number, at, cb)) >> cb_addr_shift; }
    void operator=(uint32_t) const { ttlang::refuse(TTLANG_REFUSED "a change of a buffer's pointers", at); }
    void operator+=(uint32_t) const { ttlang::refuse(TTLANG_REFUSED "a change of a buffer's pointers", at); }
    void operator-=(uint32_t) const { ttlang::refuse(TTLANG_REFUSED "a change of a buffer's pointers", at); }
};
struct LocalCBInterface {
    BufferPointer<ttlang::READ_POINTER> fifo_rd_ptr;
    BufferPointer<ttlang::WRITE_POINTER> fifo_wr_ptr;
    const uint32_t fifo_page_size, fifo_num_pages, fifo_size;
    const struct {
        uint32_t cb;
        operator uint32_t() const { return ttlang::host(ttlang::buffer_ends[cb & 63]) >> cb_addr_shift; }
    } fifo_limit;
    uint32_t page_bytes() const { return fifo_page_size << cb_addr_shift; }
    uint32_t pages() const { return fifo_num_pages; }
};
inline LocalCBInterface& get_local_cb_interface(uint32_t cb, TTLANG_AT) {
    const uint32_t bytes = ttlang::page_bytes[cb & 63], pages = ttlang::buffer_pages[cb & 63];
    if (pages == 0) ttlang::call(ttlang::NO_BUFFER, at, cb);
    static_assert(sizeof(LocalCBInterface) <= sizeof ttlang_current->interfaces[0]);
    return *new (ttlang_current->interfaces[cb & 63]) LocalCBInterface{{cb, at}, {cb, at}, bytes >> cb_addr_shift, pages, bytes * pages >> cb_addr_shift, {cb}};
}

}  // namespace ckernel

#include "kernel_noc.h"
#include "kernel_compute.h"
#include "kernel_prints.h"

using namespace ckernel;

void kernel_main();
