// Transfers: pages of tensors, and memory of other cores. A part of kernel_api.h.
#pragma once

namespace ckernel {

#ifdef ARCH_BLACKHOLE
constexpr uint32_t NOC_MAX_BURST_SIZE = 16384;
#else
constexpr uint32_t NOC_MAX_BURST_SIZE = 8192;
#endif
constexpr uint32_t NOC_UNICAST_WRITE_VC = 1;
constexpr uint32_t NOC_MULTICAST_WRITE_VC = 4;

// -------------------------------------------------------------------------------------- tensors and their pages

// In an address of a tensor: it is that of a shard, not of a page.
constexpr uint64_t SHARD = 1ull << 51;

// What the machine is told of a tensor: where it lies, and what the kernel takes it for.
struct Pages {
    uint32_t address;
    uint32_t in_dram;
    int32_t described;  // the first of the compile-time arguments that describe it, -1 without
    uint32_t page_bytes;

    // An address of a page, as nothing but the functions below can read it.
    uint64_t get_noc_addr(uint32_t page, uint32_t offset = 0, uint8_t = 0) const {
        const uint64_t tensor = ttlang_tensor(address, in_dram, described, page_bytes);
        return 1ull << 63 | tensor << 52 | static_cast<uint64_t>(page & 0x7ffffff) << 24 | offset;
    }
    uint64_t get_shard_noc_addr(uint32_t shard, uint32_t offset = 0, uint8_t = 0) const {
        return SHARD | get_noc_addr(shard, offset);
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
// 0.69 hands the number of the NOC on where the address of a shard takes an offset: on NOC 1 it is off by a byte.
constexpr uint32_t shard_offset(uint8_t noc) { return TTLANG_SHARD_OFFSET_IS_NOC ? noc : 0; }
inline void noc_async_read_shard(uint32_t shard, const Pages& t, uint32_t address, uint8_t noc = noc_index, TTLANG_AT) {
    move_page(ttlang::READ_SHARD, at, t, 0, shard, shard_offset(noc), address);
}
inline void noc_async_write_shard(uint32_t shard, const Pages& t, uint32_t address, uint8_t noc = noc_index, TTLANG_AT) {
    move_page(ttlang::WRITE_SHARD, at, t, 0, shard, shard_offset(noc), address);
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

inline void move_part(int page, int shard, place at, uint64_t remote, uint32_t address, uint32_t size) {
    const ttlang::Tensor& t = ttlang_tensors[remote >> 52 & 0x7ff];
    const Pages pages{t.address, t.in_dram, t.described, t.page_bytes};
    move_page(remote & SHARD ? shard : page, at, pages, size, remote >> 24 & 0x7ffffff, remote & 0xffffff, address);
}
template <uint32_t most = 0, bool... more>
inline void noc_async_read(uint64_t from, uint32_t to, uint32_t size, uint8_t = 0, uint32_t = 0, TTLANG_AT) {
    if (from >> 63) return move_part(ttlang::READ_PAGE, ttlang::READ_SHARD, at, from, to, size);
    const Core core(from);
    ttlang::call(ttlang::READ_CORE, at, core.x, core.y, core.address, ttlang::l1(to), size);
}
template <uint32_t most = 0, bool traced = true, bool posted = false>
inline void noc_async_write(uint32_t from, uint64_t to, uint32_t size, uint8_t = 0, uint32_t vc = NOC_UNICAST_WRITE_VC, TTLANG_AT) {
    if (to >> 63) return move_part(ttlang::WRITE_PAGE, ttlang::WRITE_SHARD, at, to, from, size);
    const Core core(to);
    ttlang::call(ttlang::WRITE_CORE, at, posted, vc, core.x, core.y, core.address, ttlang::l1(from), size);
}
inline void noc_async_read_one_packet(uint64_t from, uint32_t to, uint32_t size, uint8_t = 0, uint32_t = 0, TTLANG_AT) {
    noc_async_read(from, to, size, 0, 0, at);
}
template <bool traced = true, bool posted = false>
inline void noc_async_write_one_packet(uint32_t from, uint64_t to, uint32_t size, uint8_t = 0, uint32_t vc = NOC_UNICAST_WRITE_VC, TTLANG_AT) {
    noc_async_write<0, traced, posted>(from, to, size, 0, vc, at);
}
template <uint32_t most = 0>
inline void noc_async_write_multicast(uint32_t from, uint64_t to, uint32_t size, uint32_t cores, bool linked = false, uint8_t = 0, uint32_t vc = NOC_MULTICAST_WRITE_VC, TTLANG_AT) {
    const Rectangle r(to);
    ttlang::call(ttlang::WRITE_MULTICAST, at, linked, vc, r.x0, r.y0, r.x1, r.y1, r.address, ttlang::l1(from), size, cores);
}
inline void noc_async_write_multicast_loopback_src(uint32_t from, uint64_t to, uint32_t size, uint32_t cores, bool linked = false, uint8_t = 0, TTLANG_AT) {
    const Rectangle r(to);
    ttlang::call(ttlang::WRITE_MULTICAST_LOOPBACK, at, linked, r.x0, r.y0, r.x1, r.y1, r.address, ttlang::l1(from), size, cores);
}
template <bool posted = false>
inline void noc_semaphore_inc(uint64_t to, uint32_t by, uint8_t = 0, uint8_t vc = NOC_UNICAST_WRITE_VC, TTLANG_AT) {
    const Core core(to);
    ttlang::call(ttlang::INC, at, posted, vc, core.x, core.y, core.address, by);
}
template <bool posted = false>
inline void noc_semaphore_inc_multicast(uint64_t to, uint32_t by, uint32_t cores, uint8_t = 0, uint8_t = 0, TTLANG_AT) {
    const Rectangle r(to);
    ttlang::call(ttlang::INC_MULTICAST, at, posted, r.x0, r.y0, r.x1, r.y1, r.address, by, cores);
}
inline void noc_semaphore_set_remote(uint32_t from, uint64_t to, uint8_t = 0, TTLANG_AT) {
    const Core core(to);
    ttlang::call(ttlang::SET_REMOTE, at, core.x, core.y, core.address, ttlang::l1(from));
}
inline void noc_semaphore_set_multicast(uint32_t from, uint64_t to, uint32_t cores, bool linked = false, uint8_t = 0, uint8_t vc = NOC_MULTICAST_WRITE_VC, TTLANG_AT) {
    const Rectangle r(to);
    ttlang::call(ttlang::SET_MULTICAST, at, linked, vc, r.x0, r.y0, r.x1, r.y1, r.address, ttlang::l1(from), cores);
}
inline void noc_semaphore_set_multicast_loopback_src(uint32_t from, uint64_t to, uint32_t cores, bool linked = false, uint8_t = 0, TTLANG_AT) {
    const Rectangle r(to);
    ttlang::call(ttlang::SET_MULTICAST_LOOPBACK, at, linked, r.x0, r.y0, r.x1, r.y1, r.address, ttlang::l1(from), cores);
}
inline void noc_async_full_barrier(uint8_t = 0, TTLANG_AT) {
    noc_async_read_barrier(0, at);
    noc_async_write_barrier(0, at);
    noc_async_atomic_barrier(0, at);
}

}  // namespace ckernel
