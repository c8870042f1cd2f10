// Tensors and their pages, as accessors of the kernel API name them. A part of kernel_api.h.
#pragma once

namespace ckernel {

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

// ------------------------------------------------------------------------------------------------- what describes one

template <uint32_t first, uint32_t common = 0xffffffff>
struct TensorAccessorArgs {
    static constexpr uint32_t config = compile_time_arg<first>();
    static constexpr bool is_sharded = config & 1, is_dram = config & 2;
    static_assert(config < 4, "accessors whose shapes are runtime arguments are not modelled");
    static constexpr uint32_t aligned_page_size = compile_time_arg<first + 1>(), AlignedPageSize = aligned_page_size;
    static constexpr uint32_t rank = [] {
        if constexpr (is_sharded) return compile_time_arg<first + 2>();
        else return 0u;
    }();
    static constexpr uint32_t banks = [] {
        if constexpr (is_sharded) return compile_time_arg<first + 3>() & 0x7fffffff;
        else return 0u;
    }();
    static constexpr uint32_t words = is_sharded ? 4 + 2 * rank + (banks + 1) / 2 : 2;
    static constexpr uint32_t offset = first;
    static constexpr uint32_t next_compile_time_args_offset() { return first + words; }
    static constexpr uint32_t next_common_runtime_args_offset() { return common; }
    static constexpr uint32_t num_compile_time_args() { return words; }
    static constexpr uint32_t num_common_runtime_args() { return 0; }
    static constexpr uint32_t get_aligned_page_size() { return aligned_page_size; }

    constexpr TensorAccessorArgs() = default;
    constexpr explicit TensorAccessorArgs(uint32_t) {}
};

// Sizes in each dimension.
template <uint32_t rank>
struct Dimensions {
    uint32_t sizes[rank ? rank : 1];
    constexpr uint32_t& operator[](uint32_t i) { return sizes[i]; }
    constexpr const uint32_t& operator[](uint32_t i) const { return sizes[i]; }
    static constexpr uint32_t size() { return rank; }
};

// The shapes of a sharded tensor, in pages, from the compile-time arguments that describe it.
template <uint32_t first>
struct DistributionSpec {
    using Args = TensorAccessorArgs<first>;
    using Shape = Dimensions<Args::rank>;
    static constexpr bool is_dram = Args::is_dram, is_interleaved = false;
    static constexpr bool is_static = true, has_static_rank = true, has_static_num_banks = true;
    static constexpr bool tensor_shape_static = true, shard_shape_static = true, bank_coords_static = true;
    static constexpr uint32_t rank_ct = Args::rank;

    static constexpr uint32_t rank() { return Args::rank; }
    static constexpr uint32_t num_banks() { return Args::banks; }
    static constexpr Shape tensor_shape() { return shape_at(first + 4); }
    static constexpr Shape shard_shape() { return shape_at(first + 4 + Args::rank); }
    static constexpr Shape shard_grid() {
        Shape grid = tensor_shape();
        for (uint32_t i = 0; i < rank(); ++i) grid[i] = (grid[i] + shard_shape()[i] - 1) / shard_shape()[i];
        return grid;
    }
    static constexpr Shape tensor_strides() { return strides(tensor_shape()); }
    static constexpr Shape shard_strides() { return strides(shard_shape()); }
    static constexpr Shape shard_grid_strides() { return strides(shard_grid()); }
    static constexpr uint32_t tensor_volume() { return volume(tensor_shape()); }
    static constexpr uint32_t shard_volume() { return volume(shard_shape()); }

    // The page at a place in a shard; false where that place lies beyond the tensor.
    static constexpr bool page_in_shard(uint32_t shard, uint32_t place, uint32_t& page) {
        page = 0;
        for (uint32_t i = 0; i < rank(); ++i) {
            const uint32_t in_grid = shard / shard_grid_strides()[i] % shard_grid()[i];
            const uint32_t in_shard = place / shard_strides()[i] % shard_shape()[i];
            const uint32_t coordinate = in_grid * shard_shape()[i] + in_shard;
            if (coordinate >= tensor_shape()[i]) return false;
            page += coordinate * tensor_strides()[i];
        }
        return true;
    }

private:
    static constexpr Shape shape_at(uint32_t at) {
        Shape shape{};
        for (uint32_t i = 0; i < rank(); ++i) shape[i] = ttlang::compile_time_args[at + i];
        return shape;
    }
    static constexpr Shape strides(const Shape& shape) {
        Shape made{};
        for (uint32_t i = rank(), stride = 1; i-- > 0; stride *= shape[i]) made[i] = stride;
        return made;
    }
    static constexpr uint32_t volume(const Shape& shape) {
        uint32_t all = 1;
        for (uint32_t i = 0; i < rank(); ++i) all *= shape[i];
        return all;
    }
};

// What an accessor knows of a tensor that has no shards: all such are of one type.
template <bool in_dram>
struct InterleavedSpec {
    static constexpr bool is_dram = in_dram, is_interleaved = true;
    static constexpr bool is_static = false, has_static_rank = false, has_static_num_banks = false;
    static constexpr bool tensor_shape_static = false, shard_shape_static = false, bank_coords_static = false;
    static constexpr uint32_t rank_ct = 0;
};
template <uint32_t first, bool is_sharded = TensorAccessorArgs<first>::is_sharded>
struct SpecAt {
    using type = InterleavedSpec<TensorAccessorArgs<first>::is_dram>;
};
template <uint32_t first>
struct SpecAt<first, true> {
    using type = DistributionSpec<first>;
};

}  // namespace ckernel

namespace tensor_accessor {

// The tensor that the host has bound to a name of the kernel's: its description, and the common argument with its address.
template <uint32_t first, uint32_t address>
struct TensorBindingToken {
    using args_t = ckernel::TensorAccessorArgs<first>;
    static constexpr args_t args{};
    static constexpr uint32_t addr_crta_offset = address;
};

}  // namespace tensor_accessor

namespace ckernel {

// ------------------------------------------------------------------------------------------------- pages one by one

struct Page {
    uint64_t address;
    uint32_t number;
    uint64_t noc_addr() const { return address; }
    uint32_t page_id() const { return number; }
};
}  // namespace ckernel
namespace tensor_accessor {
using ckernel::Page;
}
namespace ckernel {
template <class T>
inline constexpr bool has_get_aligned_page_size_v = requires(const T& tensor) { tensor.get_aligned_page_size(); };
struct PageIterator {
    Pages tensor;
    uint32_t page;
    Page current{};
    const Page& operator*() { return current = {tensor.get_noc_addr(page), page}; }
    const Page* operator->() { return &**this; }
    PageIterator& operator++() { ++page; return *this; }
    PageIterator operator++(int) { const PageIterator before = *this; ++*this; return before; }
    PageIterator& operator+=(uint32_t count) { page += count; return *this; }
    PageIterator operator+(uint32_t count) const { return {tensor, page + count}; }
    bool operator==(const PageIterator& other) const { return page == other.page; }
};
struct PageRange {
    Pages tensor;
    uint32_t first, last;
    PageIterator begin() const { return {tensor, first}; }
    PageIterator end() const { return {tensor, last}; }
};

// Those of a shard that lie in the tensor.
template <class Spec>
struct ShardPageIterator {
    Pages tensor;
    uint32_t shard, place, last;
    Page current{};
    const Page& operator*() {
        uint32_t page;
        Spec::page_in_shard(shard, place, page);
        return current = {tensor.get_noc_addr(page), page};
    }
    const Page* operator->() { return &**this; }
    ShardPageIterator& operator++() {
        ++place;
        return skip();
    }
    ShardPageIterator& operator+=(uint32_t count) {
        while (count-- > 0) ++*this;
        return *this;
    }
    ShardPageIterator operator++(int) { const ShardPageIterator before = *this; ++*this; return before; }
    bool operator==(const ShardPageIterator& other) const { return place == other.place; }
    ShardPageIterator& skip() {
        for (uint32_t page; place < last && !Spec::page_in_shard(shard, place, page);) ++place;
        return *this;
    }
};
template <class Spec>
struct ShardPageRange {
    Pages tensor;
    uint32_t shard, first, last;
    ShardPageIterator<Spec> begin() const { return ShardPageIterator<Spec>{tensor, shard, first, last}.skip(); }
    ShardPageIterator<Spec> end() const { return {tensor, shard, last, last}; }
};

// -------------------------------------------------------------------------------------------------------- accessors

template <class DSpecT>
struct TensorAccessor : Pages {
    using DSpec = DSpecT;
    static constexpr bool is_dram = DSpec::is_dram;

    template <uint32_t first, uint32_t common>
    TensorAccessor(TensorAccessorArgs<first, common>, uint32_t address, uint32_t page_bytes = 0)
        : Pages{address, DSpec::is_dram, static_cast<int32_t>(first), page_bytes ? page_bytes : TensorAccessorArgs<first>::aligned_page_size} {}
    template <uint32_t first, uint32_t address>
    TensorAccessor(tensor_accessor::TensorBindingToken<first, address>, TTLANG_AT)
        : TensorAccessor(TensorAccessorArgs<first>(), get_common_arg_val<uint32_t>(address / 4, at)) {}

    uint32_t get_aligned_page_size() const { return page_bytes; }
    uint32_t get_bank_base_address() const { return address; }
    static constexpr DSpec dspec() { return {}; }
    PageRange pages(uint32_t first = 0, uint32_t last = 0, uint8_t = 0) const {
        if constexpr (DSpec::has_static_rank) last = last ? last : DSpec::tensor_volume();
        return {*this, first, last};
    }
    ShardPageRange<DSpec> shard_pages(uint32_t shard, uint32_t first = 0, uint32_t last = 0, uint8_t = 0) const {
        static_assert(DSpec::has_static_rank, "the tensor has no shards");
        return {*this, shard, first, last ? last : DSpec::shard_volume()};
    }
    using Pages::get_noc_addr;
    // By its coordinates, in pages.
    template <class Coordinates>
    uint64_t get_noc_addr(const Coordinates& coordinates, uint32_t offset = 0, uint8_t = 0) const requires requires { coordinates[0]; } {
        uint32_t page = 0;
        for (uint32_t i = 0; i < DSpec::rank(); ++i) page += coordinates[i] * DSpec::tensor_strides()[i];
        return get_noc_addr(page, offset);
    }
};
template <uint32_t first, uint32_t common>
TensorAccessor(TensorAccessorArgs<first, common>, uint32_t, uint32_t = 0) -> TensorAccessor<typename SpecAt<first>::type>;
template <uint32_t first, uint32_t address>
TensorAccessor(tensor_accessor::TensorBindingToken<first, address>) -> TensorAccessor<typename SpecAt<first>::type>;

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

}  // namespace ckernel
