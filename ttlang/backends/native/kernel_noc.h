// Transfers: pages of tensors, and memory of other cores. A part of kernel_api.h.
#pragma once

#include "kernel_tensors.h"

namespace ckernel {

// ------------------------------------------------------------------------------------------------- pages of tensors

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

// Addresses in banks of memory, as nothing but `Bank` can read them.
constexpr uint64_t IN_BANK = 1ull << 62, IN_DRAM = 1ull << 61;
template <bool in_dram>
inline uint64_t get_noc_addr_from_bank_id(uint32_t bank, uint32_t address, uint8_t = 0) {
    return IN_BANK | (in_dram ? IN_DRAM : 0) | static_cast<uint64_t>(bank & 0xffff) << 32 | address;
}
inline bool is_in_bank(uint64_t a) { return a >> 62 == 1; }

// The place in L1; an address of a core may also have been put together, of that of its first byte and a pointer.
inline uint32_t place_of(uint64_t a) { return ttlang::l1(static_cast<uint32_t>(a)); }

struct Core {
    uint32_t x, y, address;
    explicit Core(uint64_t a, place at = {}) : x(a >> 36 & 63), y(a >> 42 & 63), address(place_of(a)) {
        if (a >> 62) not_modelled("a place in memory as one of a core", at);
    }
};
struct Bank {
    uint32_t in_dram, bank, address;
    explicit Bank(uint64_t a)
        : in_dram((a & IN_DRAM) != 0), bank(a >> 32 & 0xffff), address(in_dram ? static_cast<uint32_t>(a) : place_of(a)) {}
};
struct Rectangle {
    uint32_t x0, y0, x1, y1, address;
    explicit Rectangle(uint64_t a)
        : x0(a >> 48 & 63), y0(a >> 54 & 63), x1(a >> 36 & 63), y1(a >> 42 & 63), address(place_of(a)) {}
};

inline bool is_own_address(uint64_t address) {
    if (address >> 62) return false;
    const Core core(address);
    return core.x == my_x[noc_index] && core.y == my_y[noc_index];
}

inline void move_part(int page, int shard, place at, uint64_t remote, uint32_t address, uint32_t size) {
    const ttlang::Tensor& t = ttlang_tensors[remote >> 52 & 0x7ff];
    const Pages pages{t.address, t.in_dram, t.described, t.page_bytes};
    move_page(remote & SHARD ? shard : page, at, pages, size, remote >> 24 & 0x7ffffff, remote & 0xffffff, address);
}
template <uint32_t most = 0, bool... more>
inline void noc_async_read(uint64_t from, uint32_t to, uint32_t size, uint8_t = 0, uint32_t = 0, TTLANG_AT) {
    if (from >> 63) return move_part(ttlang::READ_PAGE, ttlang::READ_SHARD, at, from, to, size);
    if (is_in_bank(from)) {
        const Bank b(from);
        ttlang::call(ttlang::READ_BANK, at, b.in_dram, b.bank, b.address, ttlang::l1(to), size);
        return;
    }
    const Core core(from, at);
    if (is_own_address(from) && core.address - ttlang::ZEROS < MEM_ZEROS_SIZE) {
        if (core.address - ttlang::ZEROS + size > MEM_ZEROS_SIZE) not_modelled("a read of more zeros than there are", at);
        ttlang::call(ttlang::READ_ZEROS, at, ttlang::l1(to), size);
        return;
    }
    ttlang::call(ttlang::READ_CORE, at, core.x, core.y, core.address, ttlang::l1(to), size);
}
template <uint32_t most = 0, bool traced = true, bool posted = false>
inline void noc_async_write(uint32_t from, uint64_t to, uint32_t size, uint8_t = 0, uint32_t vc = NOC_UNICAST_WRITE_VC, TTLANG_AT) {
    if (to >> 63) return move_part(ttlang::WRITE_PAGE, ttlang::WRITE_SHARD, at, to, from, size);
    if (is_in_bank(to)) {
        const Bank b(to);
        ttlang::call(ttlang::WRITE_BANK, at, b.in_dram, b.bank, b.address, ttlang::l1(from), size);
        return;
    }
    const Core core(to, at);
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
    const Core core(to, at);
    ttlang::call(ttlang::INC, at, posted, vc, core.x, core.y, core.address, by);
}
template <bool posted = false>
inline void noc_semaphore_inc_multicast(uint64_t to, uint32_t by, uint32_t cores, uint8_t = 0, uint8_t = 0, TTLANG_AT) {
    const Rectangle r(to);
    ttlang::call(ttlang::INC_MULTICAST, at, posted, r.x0, r.y0, r.x1, r.y1, r.address, by, cores);
}
inline void noc_semaphore_set_remote(uint32_t from, uint64_t to, uint8_t = 0, TTLANG_AT) {
    const Core core(to, at);
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
inline uint32_t local_address(uint64_t address, place at) {
    if (address >> 62) not_modelled("a page of a tensor as a place in the core's own L1", at);
    return ttlang::host(static_cast<uint32_t>(address));
}

// Transfers whose other end a call before has set: an address without a core is one on that core.
inline uint64_t with_state(uint64_t state, uint64_t address, place at) {
    if (address >> 32) return address;
    if (is_in_bank(state)) return (state & ~0xffffffffull) | address;
    if (state >> 63 && static_cast<uint32_t>(state) != address) not_modelled("a part of a page by its address in its bank", at);
    return state >> 63 ? state : (state & ~0xffffffffull) | ttlang::l1(static_cast<uint32_t>(address));
}
inline void noc_async_read_set_state(uint64_t from, uint8_t = 0, uint8_t = 0) { ttlang_current->read_from = from; }
inline void noc_async_read_with_state(uint64_t from, uint32_t to, uint32_t size, uint8_t = 0, TTLANG_AT) {
    noc_async_read(with_state(ttlang_current->read_from, from, at), to, size, 0, 0, at);
}
template <bool use_vc = false>
inline void noc_async_read_one_packet_set_state(uint64_t from, uint32_t size, uint32_t = 0, uint8_t = 0) {
    ttlang_current->read_from = from;
    ttlang_current->read_bytes = size;
}
template <bool counted = true, bool use_vc = false>
inline void noc_async_read_one_packet_with_state(uint64_t from, uint32_t to, uint32_t = 0, uint8_t = 0, TTLANG_AT) {
    noc_async_read_with_state(from, to, ttlang_current->read_bytes, 0, at);
}
template <bool posted = false>
inline void noc_async_write_set_state(uint64_t to, uint8_t = 0, uint8_t vc = NOC_UNICAST_WRITE_VC) {
    ttlang_current->write_to = to;
    ttlang_current->write_channel = vc;
}
template <bool posted = false, bool counted = true, bool unchecked = false>
inline void noc_async_write_with_state(uint32_t from, uint64_t to, uint32_t size, uint8_t = 0, TTLANG_AT) {
    noc_async_write<0, true, posted>(from, with_state(ttlang_current->write_to, to, at), size, 0, ttlang_current->write_channel, at);
}
template <bool posted = false>
inline void noc_async_write_one_packet_set_state(uint64_t to, uint32_t size, uint8_t = 0, uint8_t vc = NOC_UNICAST_WRITE_VC) {
    noc_async_write_set_state(to, 0, vc);
    ttlang_current->write_bytes = size;
}
template <bool posted = false>
inline void noc_async_write_one_packet_with_state(uint32_t from, uint64_t to, uint8_t = 0, TTLANG_AT) {
    noc_async_write_with_state<posted>(from, to, ttlang_current->write_bytes, 0, at);
}

// Transfers with transaction ids. An id stays with the command buffer: what is moved later has it, too.
template <bool uncounted = false, bool unchecked = false>
inline void noc_async_read_one_packet_with_state_with_trid(uint32_t base, uint32_t from, uint32_t to, uint32_t = 0, uint8_t = 0, TTLANG_AT) {
    if (uncounted) not_modelled("a read that plain barriers don't count", at);
    noc_async_read(with_state(ttlang_current->read_from, base + from, at), to, ttlang_current->read_bytes, 0, 0, at);
}
template <bool counted = true, bool posted = false>
inline void noc_async_write_one_packet_with_trid(uint32_t from, uint64_t to, uint32_t size, uint32_t trid, uint8_t = 0, uint8_t = 0, uint8_t vc = NOC_UNICAST_WRITE_VC, TTLANG_AT) {
    if (!counted) not_modelled("a write that plain barriers don't count", at);
    noc_async_write_set_trid(trid, 0, at);
    noc_async_write<0, true, posted>(from, to, size, 0, vc, at);
}
template <bool posted = false>
inline void noc_async_write_one_packet_with_trid_set_state(uint64_t to, uint8_t = 0, uint8_t = 0, uint8_t vc = NOC_UNICAST_WRITE_VC) {
    noc_async_write_set_state(to, 0, vc);
}
template <bool counted = true, bool posted = false>
inline void noc_async_write_one_packet_with_trid_with_state(uint32_t from, uint32_t to, uint32_t size, uint32_t trid, uint8_t = 0, uint8_t = 0, TTLANG_AT) {
    noc_async_write_one_packet_with_trid<counted, posted>(from, with_state(ttlang_current->write_to, to, at), size, trid, 0, 0, ttlang_current->write_channel, at);
}
// They land when the kernel asks: they may have landed at any time.
inline bool ncrisc_noc_read_with_transaction_id_flushed(uint32_t, uint32_t trid, TTLANG_AT) {
    noc_async_read_barrier_with_trid(trid, 0, at);
    return true;
}

// Where banks of memory lie, which no kernel here is told.
struct BankTable {
    uint32_t operator[](uint32_t) const {
        ttlang::refuse(TTLANG_REFUSED "tables of banks", {nullptr, 0});
        return 0;
    }
};
struct BankTables {
    BankTable operator[](uint32_t) const { return {}; }
};
constexpr BankTable bank_to_dram_offset, bank_to_l1_offset;
constexpr BankTables dram_bank_to_noc_xy, l1_bank_to_noc_xy;

// Coordinates are the same for both NOCs.
constexpr uint32_t NOC_ADDR_COORD_SHIFT = 36;
#define DYNAMIC_NOC_X(noc, x) (x)
#define DYNAMIC_NOC_Y(noc, y) (y)
#define NOC_X(x) (x)
#define NOC_Y(y) (y)
#define NOC_XY_ADDR(x, y, address) ckernel::get_noc_addr(x, y, address)

inline void noc_async_full_barrier(uint8_t = 0, TTLANG_AT) {
    noc_async_read_barrier(0, at);
    noc_async_write_barrier(0, at);
    noc_async_atomic_barrier(0, at);
}

}  // namespace ckernel

namespace noc_address_backend {
inline uint32_t extract_local_address(uint64_t address, TTLANG_AT) { return ckernel::local_address(address, at); }
inline bool is_local(uint64_t address, uint8_t = 0) { return ckernel::is_own_address(address); }
inline bool is_local_coordinate(uint32_t x, uint32_t y, uint8_t noc = 0) { return x == my_x[noc] && y == my_y[noc]; }
}  // namespace noc_address_backend
