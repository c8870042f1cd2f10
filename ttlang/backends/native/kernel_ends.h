// The object interface of the kernel API: the ends of a transfer between its objects (kernel_buffers.h), tensors and
// cores, and what a call says of each.
#pragma once

#include "kernel_buffers.h"

// Of each type that can be an end of a transfer: what a call says of it, and its address. `local` is an address of the
// core's own L1, `remote` one of the NOC, `everywhere` one of a rectangle of cores.
template <class T>
struct noc_traits_t {
    static_assert(sizeof(T) == 0, "nothing can be moved from or to this");
};

namespace ttlang {

struct OffsetArgs {
    uint32_t offset_bytes = 0;
};
struct PageArgs {
    uint32_t page_id = 0;
    uint32_t offset_bytes = 0;
};
struct ShardArgs {
    uint32_t shard_id = 0;
    uint32_t offset_bytes = 0;
};
struct CoreArgs {
    uint32_t noc_x = 0;
    uint32_t noc_y = 0;
    uint32_t addr = 0;
};
struct RectangleArgs {
    uint32_t noc_x_start = 0;
    uint32_t noc_y_start = 0;
    uint32_t noc_x_end = 0;
    uint32_t noc_y_end = 0;
    uint32_t addr = 0;
};
struct RectangleOffsetArgs {
    uint32_t noc_x_start = 0;
    uint32_t noc_y_start = 0;
    uint32_t noc_x_end = 0;
    uint32_t noc_y_end = 0;
    uint32_t offset_bytes = 0;
};

// An end in the core's own L1, whose type says where it is read and written.
template <class T, class Where>
struct LocalEnd {
    using src_args_type = OffsetArgs;
    using dst_args_type = OffsetArgs;
    using dst_args_mcast_type = RectangleOffsetArgs;
    static uint32_t local_source(const T& end, const OffsetArgs& args, place at) { return Where::read(end, at) + args.offset_bytes; }
    static uint32_t local_target(const T& end, const OffsetArgs& args, place at) { return Where::written(end, at) + args.offset_bytes; }
    static uint64_t everywhere(const T& end, const RectangleOffsetArgs& args, place at) {
        const uint32_t address = Where::written(end, at) + args.offset_bytes;
        return ckernel::get_noc_multicast_addr(args.noc_x_start, args.noc_y_start, args.noc_x_end, args.noc_y_end, address);
    }
};
struct WhereBuffersAre {
    static uint32_t read(const Buffer& end, place at) { return end.get_read_ptr(at); }
    static uint32_t written(const Buffer& end, place at) { return end.get_write_ptr(at); }
};
struct WhereMemoryIs {
    static uint32_t read(const auto& end, place) { return static_cast<uint32_t>(end.get_address()); }
    static uint32_t written(const auto& end, place) { return static_cast<uint32_t>(end.get_address()); }
};
struct WhereScratchIs {
    static uint32_t read(const auto& end, place) { return end.get_base_address(); }
    static uint32_t written(const auto& end, place) { return end.get_base_address(); }
};

// An end that has an address on the NOC alone.
template <class T, class Args, auto find>
struct RemoteEnd {
    using src_args_type = Args;
    using dst_args_type = Args;
    static uint64_t remote(const T& end, const Args& args) { return find(end, args); }
    static uint32_t local_source(const T&, const Args&, place at) { return not_local(at); }
    static uint32_t local_target(const T&, const Args&, place at) { return not_local(at); }
    static uint32_t not_local(place at) {
        ckernel::not_modelled("a page of a tensor as a place in the core's own L1", at);
        return 0;
    }
};

}  // namespace ttlang

template <>
struct noc_traits_t<CircularBuffer> : ttlang::LocalEnd<CircularBuffer, ttlang::WhereBuffersAre> {};
template <>
struct noc_traits_t<DataflowBuffer> : ttlang::LocalEnd<DataflowBuffer, ttlang::WhereBuffersAre> {};
template <class T, class Address>
struct noc_traits_t<CoreLocalMem<T, Address>> : ttlang::LocalEnd<CoreLocalMem<T, Address>, ttlang::WhereMemoryIs> {};
template <class T>
struct noc_traits_t<Scratchpad<T>> : ttlang::LocalEnd<Scratchpad<T>, ttlang::WhereScratchIs> {};

// A buffer with its read or its write pointer, whichever end it is of.
template <CircularBuffer::AddrSelector selected>
struct CircularBufferView {
    const CircularBuffer& cb;
};
template <CircularBuffer::AddrSelector selected>
constexpr auto use(const CircularBuffer& cb) { return CircularBufferView<selected>{cb}; }
namespace ttlang {
template <CircularBuffer::AddrSelector selected>
struct WhereViewIs {
    static uint32_t read(const auto& end, place at) {
        return selected == CircularBuffer::AddrSelector::READ_PTR ? end.cb.get_read_ptr(at) : end.cb.get_write_ptr(at);
    }
    static uint32_t written(const auto& end, place at) { return read(end, at); }
};
}  // namespace ttlang
template <CircularBuffer::AddrSelector selected>
struct noc_traits_t<CircularBufferView<selected>> : ttlang::LocalEnd<CircularBufferView<selected>, ttlang::WhereViewIs<selected>> {};

template <class Spec>
struct noc_traits_t<ckernel::TensorAccessor<Spec>>
    : ttlang::RemoteEnd<ckernel::TensorAccessor<Spec>, ttlang::PageArgs, [](const auto& end, const auto& args) {
          return end.get_noc_addr(args.page_id, args.offset_bytes);
      }> {};
template <>
struct noc_traits_t<ckernel::Page> : ttlang::RemoteEnd<ckernel::Page, ttlang::OffsetArgs, [](const auto& end, const auto& args) {
    return end.noc_addr() + args.offset_bytes;
}> {};
template <>
struct noc_traits_t<ckernel::AbstractTensorAccessorWrapper>
    : ttlang::RemoteEnd<ckernel::AbstractTensorAccessorWrapper, ttlang::PageArgs, [](const auto& end, const auto& args) {
          return end.get_noc_addr(args.page_id, args.offset_bytes);
      }> {};

// The pages, or the shards, of what has such.
template <class Accessor>
struct PageView {
    const Accessor& accessor;
    explicit PageView(const Accessor& accessor) : accessor(accessor) {}
};
template <class Accessor>
struct ShardView {
    const Accessor& accessor;
    explicit ShardView(const Accessor& accessor) : accessor(accessor) {}
};
template <class Accessor>
struct noc_traits_t<PageView<Accessor>> : ttlang::RemoteEnd<PageView<Accessor>, ttlang::PageArgs, [](const auto& end, const auto& args) {
    return end.accessor.get_noc_addr(args.page_id, args.offset_bytes);
}> {};
template <class Accessor>
struct noc_traits_t<ShardView<Accessor>> : ttlang::RemoteEnd<ShardView<Accessor>, ttlang::ShardArgs, [](const auto& end, const auto& args) {
    return end.accessor.get_shard_noc_addr(args.shard_id, args.offset_bytes);
}> {};

// L1 of one core.
struct UnicastEndpoint {
    uint64_t get_noc_unicast_addr(uint32_t x, uint32_t y, uint32_t address, uint8_t = 0) const { return ckernel::get_noc_addr(x, y, address); }
};
template <>
struct noc_traits_t<UnicastEndpoint> {
    using src_args_type = ttlang::CoreArgs;
    using dst_args_type = ttlang::CoreArgs;
    static uint64_t remote(const UnicastEndpoint&, const ttlang::CoreArgs& args) { return ckernel::get_noc_addr(args.noc_x, args.noc_y, args.addr); }
    static uint32_t local_source(const UnicastEndpoint&, const ttlang::CoreArgs& args, ckernel::place) { return args.addr; }
    static uint32_t local_target(const UnicastEndpoint&, const ttlang::CoreArgs& args, ckernel::place) { return args.addr; }
};

// What an address of the NOC says.
struct PrecomposedUnicastEndpoint {};
namespace ttlang {
struct AddressArgs {
    uint64_t noc_addr = 0;
};
}  // namespace ttlang
template <>
struct noc_traits_t<PrecomposedUnicastEndpoint>
    : ttlang::RemoteEnd<PrecomposedUnicastEndpoint, ttlang::AddressArgs, [](const auto&, const auto& args) { return args.noc_addr; }> {};

// L1 of a rectangle of cores.
struct MulticastEndpoint {
    uint64_t get_noc_multicast_addr(uint32_t x0, uint32_t y0, uint32_t x1, uint32_t y1, uint32_t address, uint8_t = 0) const {
        return ckernel::get_noc_multicast_addr(x0, y0, x1, y1, address);
    }
};
template <>
struct noc_traits_t<MulticastEndpoint> {
    using dst_args_mcast_type = ttlang::RectangleArgs;
    static uint64_t everywhere(const MulticastEndpoint&, const ttlang::RectangleArgs& args, ckernel::place) {
        return ckernel::get_noc_multicast_addr(args.noc_x_start, args.noc_y_start, args.noc_x_end, args.noc_y_end, args.addr);
    }
};

// A bank of memory, by its number.
enum class AllocatorBankType { L1, DRAM };
template <AllocatorBankType type>
struct AllocatorBank {
    uint64_t get_noc_addr_from_bank_id(uint32_t bank, uint32_t address, uint8_t = 0) const {
        return ckernel::get_noc_addr_from_bank_id<type == AllocatorBankType::DRAM>(bank, address);
    }
};
namespace ttlang {
struct BankArgs {
    uint32_t bank_id = 0;
    uint32_t addr = 0;
};
}  // namespace ttlang
template <AllocatorBankType type>
struct noc_traits_t<AllocatorBank<type>> : ttlang::RemoteEnd<AllocatorBank<type>, ttlang::BankArgs, [](const auto& end, const auto& args) {
    return end.get_noc_addr_from_bank_id(args.bank_id, args.addr);
}> {};

// The part of a tensor that lies in the core's own L1.
template <class T>
class LocalTensorAccessor {
public:
    template <uint32_t first, uint32_t address>
    explicit LocalTensorAccessor(tensor_accessor::TensorBindingToken<first, address>, TTLANG_AT)
        : LocalTensorAccessor(ckernel::get_common_arg_val<uint32_t>(address / 4, at)) {}
    explicit LocalTensorAccessor(uint32_t address) : memory(static_cast<uintptr_t>(address)) {}
    std::add_lvalue_reference_t<T> operator[](uint32_t index) const { return memory[index]; }
    uint32_t get_bank_base_address() const { return static_cast<uint32_t>(memory.get_address()); }
    CoreLocalMem<T> local_mem() const { return memory; }
    auto scoped_lock(uint32_t, uint32_t) const { return Lock([] {}); }

    uint32_t get_base_address() const { return get_bank_base_address(); }

private:
    CoreLocalMem<T> memory;
};
template <class T>
struct noc_traits_t<LocalTensorAccessor<T>> : ttlang::LocalEnd<LocalTensorAccessor<T>, ttlang::WhereScratchIs> {};
