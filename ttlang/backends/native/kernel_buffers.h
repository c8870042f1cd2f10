// The object interface of the kernel API: buffers, semaphores, memory, and the names that a host binds. What moves data
// between them is in kernel_transfers.h. All of it is written in terms of the free functions.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <type_traits>
#include <utility>

#include "kernel_tuples.h"
#include "refused.h"

enum class ProgrammableCoreType : uint8_t { TENSIX = 0, ACTIVE_ETH = 1, IDLE_ETH = 2, DRAM = 3, COUNT = 4 };

// What a lock releases when its scope ends. Locks are for tools that watch a card: nothing else asks whether one is held.
template <class Release>
class Lock {
public:
    Lock(Release release) : release(release) {}
    ~Lock() { release(); }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

private:
    Release release;
};

// ----------------------------------------------------------------------------------------------- memory of the core

// A place in L1 as objects of a type. Its operators count objects, not bytes.
template <class T, class AddressType = uintptr_t>
class CoreLocalMem {
public:
    using difference_type = std::ptrdiff_t;

    CoreLocalMem(AddressType address) : place(address) {}
    CoreLocalMem(T* pointer) : place(reinterpret_cast<AddressType>(pointer)) {}

    T* get_unsafe_ptr() const { return reinterpret_cast<T*>(place); }
    AddressType get_address() const { return place; }
    std::add_lvalue_reference_t<T> operator[](uint32_t index) const { return get_unsafe_ptr()[index]; }
    std::add_lvalue_reference_t<T> operator*() const { return *get_unsafe_ptr(); }
    T* operator->() const { return get_unsafe_ptr(); }

    CoreLocalMem& operator+=(difference_type count) { place += count * sizeof(T); return *this; }
    CoreLocalMem& operator-=(difference_type count) { return *this += -count; }
    CoreLocalMem& operator++() { return *this += 1; }
    CoreLocalMem& operator--() { return *this -= 1; }
    CoreLocalMem operator++(int) { const CoreLocalMem before = *this; ++*this; return before; }
    CoreLocalMem operator--(int) { const CoreLocalMem before = *this; --*this; return before; }
    CoreLocalMem operator+(difference_type count) const { CoreLocalMem moved = *this; return moved += count; }
    CoreLocalMem operator-(difference_type count) const { return *this + -count; }
    difference_type operator-(const CoreLocalMem& other) const {
        return (static_cast<difference_type>(place) - static_cast<difference_type>(other.place)) / static_cast<difference_type>(sizeof(T));
    }
    auto operator<=>(const CoreLocalMem&) const = default;
    explicit operator bool() const { return place != 0; }

    auto scoped_lock(std::size_t) const { return Lock([] {}); }

private:
    AddressType place;
};

// ---------------------------------------------------------------------------------------------------------- buffers

namespace dfb {
enum AccessPattern : uint8_t { STRIDED, ALL, BLOCKED, UNKNOWN };
}

// The number of a buffer that the host has bound to a name of the kernel's.
template <dfb::AccessPattern producer = dfb::AccessPattern::UNKNOWN, dfb::AccessPattern consumer = dfb::AccessPattern::UNKNOWN>
struct DFBBindingToken {
    explicit constexpr DFBBindingToken(uint16_t number) : number(number) {}
    constexpr operator uint32_t() const { return number; }

private:
    uint16_t number;
};

namespace ttlang {

// A circular buffer, by its number. The two classes of the kernel API for one differ in the names of a few members.
class Buffer {
public:
    explicit constexpr Buffer(uint32_t number) : number(number) {}

    void reserve_back(int32_t pages, TTLANG_AT) const { cb_reserve_back(number, pages, at); }
    void push_back(int32_t pages, TTLANG_AT) const { cb_push_back(number, pages, at); }
    void wait_front(int32_t pages, TTLANG_AT) const { cb_wait_front(number, pages, at); }
    void pop_front(int32_t pages, TTLANG_AT) const { cb_pop_front(number, pages, at); }
    bool pages_reservable_at_back(int32_t pages, TTLANG_AT) const { return ckernel::cb_pages_reservable_at_back(number, pages, at); }
    bool pages_available_at_front(int32_t pages, TTLANG_AT) const { return ckernel::cb_pages_available_at_front(number, pages, at); }

    uint32_t get_write_ptr(TTLANG_AT) const { return ckernel::get_write_ptr(number, at); }
    uint32_t get_read_ptr(TTLANG_AT) const { return ckernel::get_read_ptr(number, at); }

    constexpr uint32_t get_tile_size() const { return ckernel::get_tile_size(number); }
    constexpr uint32_t get_tile_hw() const { return ckernel::get_tile_hw(number); }
    constexpr uint32_t get_tile_r_dim() const { return 32; }
    constexpr uint32_t get_tile_c_dim() const { return 32; }
    constexpr uint32_t get_tile_num_faces() const { return ckernel::get_tile_num_faces(number); }
    constexpr uint32_t get_face_r_dim() const { return 16; }
    constexpr DataFormat get_dataformat() const { return ckernel::get_dataformat(number); }

    uint32_t get_tile_address(uint32_t tile, TTLANG_AT) const {
        return ckernel::get_tile_address(number, tile, at);
    }
    template <class T = uint32_t>
    T read_tile_value(uint32_t tile, uint32_t element, TTLANG_AT) const {
        return ckernel::read_tile_value<T>(number, tile, element, at);
    }

protected:
    uint32_t number;
};

}  // namespace ttlang

class CircularBuffer : public ttlang::Buffer {
public:
    enum class AddrSelector { WRITE_PTR, READ_PTR };

    explicit constexpr CircularBuffer(uint32_t number) : Buffer(number) {}
    uint32_t get_cb_id() const { return number; }
    [[nodiscard]] auto scoped_lock() const { return Lock([] {}); }
};

class DataflowBuffer : public ttlang::Buffer {
    // A lock that also says where its pages lie.
    template <class T>
    class ScopedLock {
    public:
        explicit ScopedLock(uint32_t pointer) : pointer(pointer) {}
        ScopedLock(const ScopedLock&) = delete;
        template <class Element = uint32_t>
        auto get_ptr() const {
            return CoreLocalMem<std::conditional_t<std::is_const_v<T>, const Element, Element>>(static_cast<uintptr_t>(pointer));
        }

    private:
        uint32_t pointer;
    };

public:
    constexpr DataflowBuffer(uint16_t number) : Buffer(number) {}
    template <dfb::AccessPattern producer, dfb::AccessPattern consumer>
    constexpr DataflowBuffer(DFBBindingToken<producer, consumer> token) : Buffer(token) {}

    uint16_t get_id() const { return number; }
    uint32_t get_entry_size() const { return ckernel::get_local_cb_interface(number).page_bytes(); }
    uint32_t get_stride_size() const { return get_entry_size(); }
    uint32_t get_total_num_entries() const { return ckernel::get_local_cb_interface(number).pages(); }
    uint32_t get_total_size_bytes() const { return get_total_num_entries() * get_entry_size(); }
    // These differ from the total on chips whose buffers have several counters.
    uint32_t get_local_num_entries() const { return get_total_num_entries(); }
    uint32_t get_local_size_bytes() const { return get_total_size_bytes(); }
    uint32_t get_ring_span_bytes() const { return get_total_size_bytes(); }
    uint32_t get_ring_span_num_entries() const { return get_total_num_entries(); }
    uint16_t get_producer_share() const { return 1; }
    uint16_t get_consumer_share() const { return 1; }
    uint16_t get_producer_stride_tiles() const { return 1; }
    uint16_t get_consumer_stride_tiles() const { return 1; }
    void finish() const {}
    void evil_set_write_ptr(uint32_t, TTLANG_AT) const { ttlang::refuse(TTLANG_REFUSED "evil_set_write_ptr", at); }
    void evil_set_read_ptr(uint32_t, TTLANG_AT) const { ttlang::refuse(TTLANG_REFUSED "evil_set_read_ptr", at); }

    [[nodiscard]] auto scoped_write_lock(uint16_t = 1, TTLANG_AT) const { return ScopedLock<uint32_t>(get_write_ptr(at)); }
    [[nodiscard]] auto scoped_read_lock(uint16_t = 1, TTLANG_AT) const { return ScopedLock<const uint32_t>(get_read_ptr(at)); }
    template <class Noc>
    void write_barrier(const Noc& noc, TTLANG_AT) const { noc.async_write_barrier({}, at); }
};
using DataflowBufferAnyPattern = DataflowBuffer;
template <class T>
inline constexpr bool is_dataflow_buffer_v = std::is_same_v<T, DataflowBuffer>;

// ------------------------------------------------------------------------------------------------ arguments by name

namespace experimental {

// Where an argument that the host has named is found: a place among the runtime arguments, or its value.
template <class T>
struct RtaArg {
    uint32_t byte_offset;
};
template <class T>
struct CrtaArg {
    uint32_t byte_offset;
};
template <class T>
struct CtaVal {
    T value;
};
template <class T>
inline T get_arg(RtaArg<T> arg, TTLANG_AT) { return ckernel::get_arg_val<T>(arg.byte_offset / 4, at); }
template <class T>
inline T get_arg(CrtaArg<T> arg, TTLANG_AT) { return ckernel::get_common_arg_val<T>(arg.byte_offset / 4, at); }
template <class T>
constexpr T get_arg(CtaVal<T> arg) { return arg.value; }

}  // namespace experimental

#define TT_KERNEL static inline

struct ScratchpadBindingToken {
    uint32_t crta_offset_;
    uint32_t size_in_bytes_;
};

// Memory of L1 that the host has set aside for a kernel.
template <class T>
class Scratchpad {
public:
    using element_type = T;
    using value_type = std::remove_cv_t<T>;
    using pointer = CoreLocalMem<T>;

    explicit Scratchpad(const ScratchpadBindingToken& token, TTLANG_AT)
        : first(static_cast<uintptr_t>(ckernel::get_common_arg_val<uint32_t>(token.crta_offset_, at))), bytes(token.size_in_bytes_) {}
    std::add_lvalue_reference_t<T> operator[](uint32_t index) const { return first[index]; }
    uint32_t size() const { return bytes / sizeof(T); }
    uint32_t size_in_bytes() const { return bytes; }
    uint32_t get_base_address() const { return static_cast<uint32_t>(first.get_address()); }
    pointer begin() const { return first; }
    pointer end() const { return first + size(); }
    pointer local_mem() const { return first; }
    auto scoped_lock(uint32_t, uint32_t) const { return Lock([] {}); }

private:
    pointer first;
    uint32_t bytes;
};
