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
enum EltwiseBinaryType { ELWMUL = 0, ELWDIV = 1, ELWADD = 2, ELWSUB = 3, ELWLESS = 4 };
enum class EltwiseBinaryReuseDestType { NONE = 0, DEST_TO_SRCA = 1, DEST_TO_SRCB = 2 };
enum class SrcOrder { Regular = 0, Reverse = 1 };
enum class MathFidelity : uint8_t { LoFi = 0, HiFi2 = 2, HiFi3 = 3, HiFi4 = 4, Invalid = 0xff };

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
using CB = CBIndex;
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
    ((all |= static_cast<int64_t>(values) << shift, shift += 16), ...);
    return all;
}();

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
inline uint32_t get_read_ptr(uint32_t cb, TTLANG_AT) { return ttlang::host(ttlang::call(ttlang::READ_POINTER, at, cb)); }
inline bool cb_pages_available_at_front(int32_t cb, int32_t pages, TTLANG_AT) {
    return ttlang::call(ttlang::AVAILABLE, at, cb, pages);
}
inline bool cb_pages_reservable_at_back(int32_t cb, int32_t pages, TTLANG_AT) {
    return ttlang::call(ttlang::RESERVABLE, at, cb, pages);
}
inline uint32_t get_semaphore(uint32_t id) { return ttlang::host(ttlang::SEMAPHORE_BASE + ttlang::SEMAPHORE_BYTES * id); }
inline void invalidate_l1_cache() {}

// -------------------------------------------------------------------------------------- tensors and their pages

// What the machine is told of a tensor: where it lies, and what the kernel takes it for.
struct Pages {
    uint32_t address;
    uint32_t in_dram;
    int32_t described;  // the first of the compile-time arguments that describe it, -1 without
    uint32_t page_bytes;

    // An address of a page, as nothing but the functions below can read it.
    uint64_t get_noc_addr(uint32_t page, uint32_t offset = 0, uint8_t = 0) const {
        const uint64_t tensor = ttlang_tensor(address, in_dram, described, page_bytes);
        return 1ull << 63 | tensor << 52 | static_cast<uint64_t>(page & 0xfffffff) << 24 | offset;
    }
};

template <uint32_t first, uint32_t common = 0>
struct TensorAccessorArgs {
    static constexpr uint32_t config = compile_time_arg<first>();
    static constexpr bool is_sharded = config & 1, is_dram = config & 2;
    static_assert(config < 4, "accessors whose shapes are runtime arguments are not modelled");
    static constexpr uint32_t aligned_page_size = compile_time_arg<first + 1>();
    static constexpr uint32_t words = [] {
        if constexpr (is_sharded)
            return 4 + 2 * compile_time_arg<first + 2>() + ((compile_time_arg<first + 3>() & 0x7fffffff) + 1) / 2;
        else
            return 2u;
    }();
    static constexpr uint32_t next_compile_time_args_offset() { return first + words; }
    static constexpr uint32_t next_common_runtime_args_offset() { return common; }
    static constexpr uint32_t num_compile_time_args() { return words; }
    static constexpr uint32_t num_common_runtime_args() { return 0; }
    static constexpr uint32_t offset = first;
};

struct TensorAccessor : Pages {
    template <uint32_t first, uint32_t common>
    TensorAccessor(TensorAccessorArgs<first, common>, uint32_t address, uint32_t page_bytes = 0)
        : Pages{address, TensorAccessorArgs<first, common>::is_dram, static_cast<int32_t>(first),
                page_bytes ? page_bytes : TensorAccessorArgs<first, common>::aligned_page_size} {}
    uint32_t get_aligned_page_size() const { return page_bytes; }
};

template <bool in_dram>
struct InterleavedAddrGen {
    uint32_t bank_base_address;
    uint32_t page_size;
    operator Pages() const { return {bank_base_address, in_dram, -1, page_size}; }
    uint64_t get_noc_addr(uint32_t page, uint32_t offset = 0, uint8_t = 0) const { return Pages(*this).get_noc_addr(page, offset); }
};
template <bool in_dram>
struct InterleavedPow2AddrGen {
    uint32_t bank_base_address;
    uint32_t log_base_2_of_page_size;
    operator Pages() const { return {bank_base_address, in_dram, -1, 1u << log_base_2_of_page_size}; }
    uint64_t get_noc_addr(uint32_t page, uint32_t offset = 0, uint8_t = 0) const { return Pages(*this).get_noc_addr(page, offset); }
};
template <bool in_dram, uint32_t tile_hw = 1024>
struct InterleavedAddrGenFast {
    uint32_t bank_base_address;
    uint32_t page_size;
    DataFormat data_format;
    operator Pages() const { return {bank_base_address, in_dram, -1, page_size}; }
    uint64_t get_noc_addr(uint32_t page, uint32_t offset = 0, uint8_t = 0) const { return Pages(*this).get_noc_addr(page, offset); }
};

inline uint64_t get_noc_addr(uint32_t page, const Pages& tensor, uint32_t offset = 0, uint8_t = 0) {
    return tensor.get_noc_addr(page, offset);
}

inline void move_page(int number, place at, const Pages& t, uint32_t size, uint32_t page, uint32_t offset, uint32_t address) {
    ttlang::call(number, at, t.address, t.in_dram, t.described, t.page_bytes, size, page, offset, ttlang::l1(address));
}
inline void noc_async_read_page(uint32_t page, const Pages& t, uint32_t address, uint32_t offset = 0, uint8_t = 0, TTLANG_AT) {
    move_page(ttlang::READ_PAGE, at, t, 0, page, offset, address);
}
inline void noc_async_read_tile(uint32_t page, const Pages& t, uint32_t address, uint32_t offset = 0, uint8_t = 0, TTLANG_AT) {
    move_page(ttlang::READ_PAGE, at, t, 0, page, offset, address);
}
inline void noc_async_write_page(uint32_t page, const Pages& t, uint32_t address, uint32_t size = 0, uint32_t offset = 0, uint8_t = 0, TTLANG_AT) {
    move_page(ttlang::WRITE_PAGE, at, t, size, page, offset, address);
}
inline void noc_async_write_tile(uint32_t page, const Pages& t, uint32_t address, uint8_t = 0, TTLANG_AT) {
    move_page(ttlang::WRITE_PAGE, at, t, 0, page, 0, address);
}
inline void noc_async_read_shard(uint32_t shard, const Pages& t, uint32_t address, uint8_t = 0, TTLANG_AT) {
    move_page(ttlang::READ_SHARD, at, t, 0, shard, 0, address);
}
inline void noc_async_write_shard(uint32_t shard, const Pages& t, uint32_t address, uint8_t = 0, TTLANG_AT) {
    move_page(ttlang::WRITE_SHARD, at, t, 0, shard, 0, address);
}

// ------------------------------------------------------------------------------------------------- other cores

// Bits of an address in L1 as on Wormhole: y at 42, x at 36; of a rectangle also its start, y at 54, x at 48.
inline uint64_t get_noc_addr(uint32_t x, uint32_t y, uint32_t address, uint8_t = 0) {
    return static_cast<uint64_t>(y & 63) << 42 | static_cast<uint64_t>(x & 63) << 36 | ttlang::l1(address);
}
inline uint64_t get_noc_addr(uint32_t address, uint8_t = 0) { return get_noc_addr(my_x[noc_index], my_y[noc_index], address); }
inline uint64_t get_noc_multicast_addr(uint32_t x0, uint32_t y0, uint32_t x1, uint32_t y1, uint32_t address, uint8_t = 0) {
    return get_noc_addr(x1, y1, address) | static_cast<uint64_t>(y0 & 63) << 54 | static_cast<uint64_t>(x0 & 63) << 48;
}

struct Core {
    uint32_t x, y, address;
    explicit Core(uint64_t a) : x(a >> 36 & 63), y(a >> 42 & 63), address(static_cast<uint32_t>(a)) {}
};
struct Rectangle {
    uint32_t x0, y0, x1, y1, address;
    explicit Rectangle(uint64_t a)
        : x0(a >> 48 & 63), y0(a >> 54 & 63), x1(a >> 36 & 63), y1(a >> 42 & 63), address(static_cast<uint32_t>(a)) {}
};

inline void move_part(int number, place at, uint64_t remote, uint32_t address, uint32_t size) {
    const ttlang::Tensor& t = ttlang_tensors[remote >> 52 & 0x7ff];
    move_page(number, at, Pages{t.address, t.in_dram, t.described, t.page_bytes}, size, remote >> 24 & 0xfffffff, remote & 0xffffff, address);
}
template <uint32_t most = 0, bool... more>
inline void noc_async_read(uint64_t from, uint32_t to, uint32_t size, uint8_t = 0, uint32_t = 0, TTLANG_AT) {
    if (from >> 63) return move_part(ttlang::READ_PAGE, at, from, to, size);
    const Core core(from);
    ttlang::call(ttlang::READ_CORE, at, core.x, core.y, core.address, ttlang::l1(to), size);
}
template <uint32_t most = 0, bool... more>
inline void noc_async_write(uint32_t from, uint64_t to, uint32_t size, uint8_t = 0, uint32_t = 0, TTLANG_AT) {
    if (to >> 63) return move_part(ttlang::WRITE_PAGE, at, to, from, size);
    const Core core(to);
    ttlang::call(ttlang::WRITE_CORE, at, core.x, core.y, core.address, ttlang::l1(from), size);
}
inline void noc_async_read_one_packet(uint64_t from, uint32_t to, uint32_t size, uint8_t = 0, uint32_t = 0, TTLANG_AT) {
    noc_async_read(from, to, size, 0, 0, at);
}
inline void noc_async_write_one_packet(uint32_t from, uint64_t to, uint32_t size, uint8_t = 0, uint32_t = 0, TTLANG_AT) {
    noc_async_write(from, to, size, 0, 0, at);
}
template <uint32_t most = 0>
inline void noc_async_write_multicast(uint32_t from, uint64_t to, uint32_t size, uint32_t cores, bool = false, uint8_t = 0, uint32_t = 0, TTLANG_AT) {
    const Rectangle r(to);
    ttlang::call(ttlang::WRITE_MULTICAST, at, r.x0, r.y0, r.x1, r.y1, r.address, ttlang::l1(from), size, cores);
}
inline void noc_async_write_multicast_loopback_src(uint32_t from, uint64_t to, uint32_t size, uint32_t cores, bool = false, uint8_t = 0, uint32_t = 0, TTLANG_AT) {
    const Rectangle r(to);
    ttlang::call(ttlang::WRITE_MULTICAST_LOOPBACK, at, r.x0, r.y0, r.x1, r.y1, r.address, ttlang::l1(from), size, cores);
}
template <bool posted = false>
inline void noc_semaphore_inc(uint64_t to, uint32_t by, uint8_t = 0, uint8_t = 0, TTLANG_AT) {
    const Core core(to);
    ttlang::call(ttlang::INC, at, core.x, core.y, core.address, by);
}
inline void noc_semaphore_inc_multicast(uint64_t to, uint32_t by, uint32_t cores, uint8_t = 0, uint8_t = 0, TTLANG_AT) {
    const Rectangle r(to);
    ttlang::call(ttlang::INC_MULTICAST, at, r.x0, r.y0, r.x1, r.y1, r.address, by, cores);
}
inline void noc_semaphore_set_remote(uint32_t from, uint64_t to, uint8_t = 0, TTLANG_AT) {
    const Core core(to);
    ttlang::call(ttlang::SET_REMOTE, at, core.x, core.y, core.address, ttlang::l1(from));
}
inline void noc_semaphore_set_multicast(uint32_t from, uint64_t to, uint32_t cores, bool = false, uint8_t = 0, TTLANG_AT) {
    const Rectangle r(to);
    ttlang::call(ttlang::SET_MULTICAST, at, r.x0, r.y0, r.x1, r.y1, r.address, ttlang::l1(from), cores);
}
inline void noc_async_writes_flushed(uint8_t = 0, TTLANG_AT) { noc_async_write_barrier(0, at); }
inline void noc_async_full_barrier(uint8_t = 0, TTLANG_AT) {
    noc_async_read_barrier(0, at);
    noc_async_write_barrier(0, at);
    noc_async_atomic_barrier(0, at);
}

// ----------------------------------------------------------------------------------------------------- compute

template <SrcOrder order = SrcOrder::Regular>
inline void compute_kernel_hw_startup(uint32_t in0, uint32_t in1, uint32_t out, TTLANG_AT) {
    const bool swap = order == SrcOrder::Reverse;
    ttlang::call(ttlang::STARTUP, at, swap ? in1 : in0, swap ? in0 : in1, out);
}
inline void compute_kernel_hw_startup(uint32_t in, uint32_t out, TTLANG_AT) { compute_kernel_hw_startup(in, in, out, at); }
inline void init_sfpu(uint32_t in, uint32_t out, TTLANG_AT) {
    compute_kernel_hw_startup(in, out, at);
    ttlang::call(ttlang::COPY_TILE_INIT, at, in);
}
inline void unary_op_init_common(uint32_t in, uint32_t out, TTLANG_AT) { init_sfpu(in, out, at); }
inline void copy_tile_to_dst_init_short(uint32_t cb, uint32_t transpose = 0, uint32_t = 0, TTLANG_AT) {
    ttlang::call(transpose ? ttlang::TRANSPOSE_WH_INIT_SHORT : ttlang::COPY_TILE_INIT, at, cb);
}
inline void copy_tile_to_dst_init_short_with_dt(uint32_t, uint32_t now, uint32_t transpose = 0, TTLANG_AT) {
    reconfig_data_format_srca(now, at);
    copy_tile_to_dst_init_short(now, transpose, 0, at);
}
inline void reconfig_data_format(uint32_t, uint32_t in0, uint32_t, uint32_t in1, TTLANG_AT) { reconfig_data_format(in0, in1, at); }
inline void reconfig_data_format_srca(uint32_t, uint32_t now, TTLANG_AT) { reconfig_data_format_srca(now, at); }
inline void reconfig_data_format_srcb(uint32_t, uint32_t now, TTLANG_AT) { reconfig_data_format_srcb(now, at); }
inline void pack_reconfig_data_format(uint32_t, uint32_t now, TTLANG_AT) { pack_reconfig_data_format(now, at); }

// The fused frame of older kernels: what is packed first hands DST over.
inline void acquire_dst(TTLANG_AT) {
    tile_regs_acquire(at);
    ttlang_current->fused = 1;
}
inline void hand_over(place at) {
    if (ttlang_current->fused == 1) {
        ttlang_current->fused = 2;
        tile_regs_commit(at);
        tile_regs_wait(at);
    }
}
inline void release_dst(TTLANG_AT) {
    hand_over(at);
    ttlang_current->fused = 0;
    tile_regs_release(at);
}
template <bool out_of_order = false, bool... more>
inline void pack_tile(uint32_t dst, uint32_t cb, uint32_t tile = 0, TTLANG_AT) {
    hand_over(at);
    out_of_order ? ttlang::call(ttlang::PACK_AT, at, cb, dst, tile) : ttlang::call(ttlang::PACK, at, cb, dst);
}
inline void pack_several(uint32_t dst, uint32_t cb, uint32_t tiles, place at) {
    hand_over(at);
    ttlang::call(ttlang::PACK_TILE_BLOCK, at, cb, tiles, dst);
}

inline void matmul_init_of_tiles(uint32_t in0, uint32_t in1, uint32_t transpose, place at) {
    ttlang_current->transpose = transpose;
    ttlang::call(ttlang::MM_BLOCK_INIT_SHORT, at, in0, in1, transpose, 1, 1, 1);
}
inline void matmul_tiles(uint32_t in0, uint32_t in1, uint32_t tile0, uint32_t tile1, uint32_t dst, TTLANG_AT) {
    matmul_block(in0, in1, tile0, tile1, dst, ttlang_current->transpose, 1, 1, 1, at);
}
inline void copy_several(uint32_t cb, uint32_t tile, uint32_t dst, uint32_t tiles, place at) {
    for (uint32_t i = 0; i < tiles; ++i) copy_tile(cb, tile + i, dst + i, at);
}
#if TTLANG_OLDER
inline void binary_op_init_common(uint32_t in0, uint32_t in1, uint32_t out, TTLANG_AT) { compute_kernel_hw_startup(in0, in1, out, at); }
inline void mm_init_short(uint32_t in0, uint32_t in1, uint32_t transpose = 0, TTLANG_AT) { matmul_init_of_tiles(in0, in1, transpose, at); }
inline void mm_init_short_with_dt(uint32_t in0, uint32_t in1, uint32_t, uint32_t transpose = 0, TTLANG_AT) {
    reconfig_data_format_srca(in1, at);
    matmul_init_of_tiles(in0, in1, transpose, at);
}
inline void mm_init(uint32_t in0, uint32_t in1, uint32_t out, uint32_t transpose = 0, TTLANG_AT) {
    compute_kernel_hw_startup<SrcOrder::Reverse>(in0, in1, out, at);
    matmul_init_of_tiles(in0, in1, transpose, at);
}
inline void mm_block_init(uint32_t in0, uint32_t in1, uint32_t out, uint32_t transpose = 0, uint32_t ct = 1, uint32_t rt = 1, uint32_t kt = 1, TTLANG_AT) {
    compute_kernel_hw_startup<SrcOrder::Reverse>(in0, in1, out, at);
    ttlang::call(ttlang::MM_BLOCK_INIT_SHORT, at, in0, in1, transpose, ct, rt, kt);
}
inline void pack_tile_block(uint32_t dst, uint32_t cb, uint32_t tiles, TTLANG_AT) { pack_several(dst, cb, tiles, at); }
inline void copy_block_matmul_partials(uint32_t cb, uint32_t tile, uint32_t dst, uint32_t tiles, TTLANG_AT) { copy_several(cb, tile, dst, tiles, at); }
#endif
#if TTLANG_NEWER
inline void pack_block(uint32_t dst, uint32_t cb, uint32_t tiles, TTLANG_AT) { pack_several(dst, cb, tiles, at); }
inline void copy_block(uint32_t cb, uint32_t tile, uint32_t dst, uint32_t tiles, TTLANG_AT) { copy_several(cb, tile, dst, tiles, at); }
inline void matmul_init(uint32_t in0, uint32_t in1, uint32_t transpose = 0, TTLANG_AT) { matmul_init_of_tiles(in0, in1, transpose, at); }
#endif

// ---------------------------------------------------------------------------------------- prints and assertions

inline void say(const char* text, int64_t length, place at, bool fails = false) {
    ttlang::call(ttlang::PRINT, at, reinterpret_cast<int64_t>(text), length, fails);
}
struct Width {
    int32_t width;
};
struct End {};
inline Width SETW(int32_t width) { return {width}; }
inline End ENDL() { return {}; }
#define CTSTR(text) (text)

// What prints a value, filled up to a width: numbers on the left, texts on the right.
inline void say_padded(const char* text, int64_t length, int32_t width, bool left, place at) {
    const char* blanks = "                                ";
    int64_t missing = width > length ? width - length : 0;
    if (missing > 32) missing = 32;
    if (left && missing) say(blanks, missing, at);
    say(text, length, at);
    if (!left && missing) say(blanks, missing, at);
}
inline void say_value(const char* text, int32_t width, place at) { say_padded(text, strlen(text), width, false, at); }
inline void say_value(char letter, int32_t width, place at) { say_padded(&letter, 1, width, false, at); }
template <class Number>
inline void say_value(Number number, int32_t width, place at) {
    static_assert(static_cast<Number>(0.5) == 0, "the simulator prints texts and integers");
    char digits[24];
    char* first = digits + sizeof digits;
    const bool negative = number < 0;
    uint64_t rest = negative ? -static_cast<uint64_t>(number) : static_cast<uint64_t>(number);
    do *--first = static_cast<char>('0' + rest % 10);
    while (rest /= 10);
    if (negative) *--first = '-';
    say_padded(first, digits + sizeof digits - first, width, true, at);
}

// The older way: a stream.
struct Stream {
    int32_t width = 0;
    Stream& operator<<(Width next) { return width = next.width, *this; }
    Stream& operator<<(End) { return *this << '\n'; }
    template <class Value>
    Stream& operator<<(const Value& value) {
        say_value(value, width, place{nullptr, 0});
        return width = 0, *this;
    }
};
#define DPRINT (ckernel::Said{ttlang::place::here()})

// The newer way: a format.
struct Said {
    place at;
    template <class Value>
    Stream operator<<(const Value& value) const {
        Stream stream;
        stream << value;
        return stream;
    }
    void operator()(const char* format) const { text(format); }
    template <class First, class... Rest>
    void operator()(const char* format, First first, Rest... rest) const {
        format = text(format);
        int32_t width = 0;
        for (; *format && *format != '}'; ++format)
            if (*format >= '0' && *format <= '9') width = 10 * width + *format - '0';
        say_value(first, width, at);
        (*this)(*format ? format + 1 : format, rest...);
    }
    // Prints up to the next value, and returns what stands behind its brace.
    const char* text(const char* format) const {
        while (*format) {
            int64_t length = 0;
            while (format[length] && format[length] != '{' && format[length] != '}') ++length;
            if (length) say(format, length, at);
            format += length;
            if (*format && format[0] != format[1]) return format + 1;
            if (*format) say(format, 1, at), format += 2;
        }
        return format;
    }
};
inline void said(const Stream&) {}
template <class... Values>
inline void said(const char* format, Values... values) { Said{ttlang::place::here()}(format, values...); }
#define DPRINT_UNPACK(...) ckernel::said(__VA_ARGS__)
#define DPRINT_MATH(...) ckernel::said(__VA_ARGS__)
#define DPRINT_PACK(...) ckernel::said(__VA_ARGS__)
#define DPRINT_DATA0(...) ckernel::said(__VA_ARGS__)
#define DPRINT_DATA1(...) ckernel::said(__VA_ARGS__)
#define ASSERT(condition, ...) ((condition) ? void() : ckernel::say("", 0, ttlang::place::here(), true))
#define WAYPOINT(...)

}  // namespace ckernel
using namespace ckernel;

void kernel_main();
