// The object interface of the kernel API: what moves data.
#pragma once

#include "kernel_ends.h"

enum class NocOptions : uint32_t {
    DEFAULT = 0, TXN_ID = 1, POSTED = 2, CUSTOM_VC = 4, MCAST_INCL_SRC = 8, INLINE_L1 = 16, INLINE_REG = 32
};
constexpr NocOptions operator|(NocOptions a, NocOptions b) {
    return static_cast<NocOptions>(static_cast<uint32_t>(a) | static_cast<uint32_t>(b));
}
constexpr bool has_flag(NocOptions options, NocOptions flag) {
    return (static_cast<uint32_t>(options) & static_cast<uint32_t>(flag)) != 0;
}
struct NocOptVals {
    uint32_t vc = ckernel::NOC_UNICAST_WRITE_VC;
    uint32_t trid = 0;
};

// One of the core's two NOCs. Which of them carries a transfer changes no bytes, so all are made on the kernel's own.
class Noc {
    template <class T>
    using src_args_t = typename noc_traits_t<T>::src_args_type;
    template <class T>
    using dst_args_t = typename noc_traits_t<T>::dst_args_type;
    template <class T>
    using dst_args_mcast_t = typename noc_traits_t<T>::dst_args_mcast_type;
    using place = ckernel::place;

    static constexpr bool tagged(NocOptions options) { return has_flag(options, NocOptions::TXN_ID); }
    template <NocOptions options>
    static uint32_t channel(const NocOptVals& values) {
        return has_flag(options, NocOptions::CUSTOM_VC) ? values.vc : ckernel::NOC_UNICAST_WRITE_VC;
    }
    static constexpr uint32_t ANY = NOC_MAX_BURST_SIZE + 1;

public:
    enum class AddressType { NOC, LOCAL_L1 };
    static constexpr uint32_t INVALID_TXN_ID = 0xffffffff;

    Noc() : id(ckernel::noc_index) {}
    explicit Noc(uint8_t id) : id(id) {}
    uint8_t get_noc_id() const { return id; }
    bool is_local_bank(uint32_t x, uint32_t y) const { return x == my_x[id] && y == my_y[id]; }
    bool is_local_addr(uint64_t address) const { return ckernel::is_own_address(address); }

    template <NocOptions options = NocOptions::DEFAULT, uint32_t most = ANY, bool traced = true, class Src, class Dst>
    void async_read(const Src& src, const Dst& dst, uint32_t bytes, const src_args_t<Src>& src_args, const dst_args_t<Dst>& dst_args,
                    const NocOptVals& values = {}, TTLANG_AT) const {
        if constexpr (tagged(options)) ckernel::noc_async_read_set_trid(values.trid, id, at);
        const uint32_t to = noc_traits_t<Dst>::local_target(dst, dst_args, at);
        ckernel::noc_async_read(noc_traits_t<Src>::remote(src, src_args), to, bytes, id, 0, at);
    }
    template <NocOptions options = NocOptions::DEFAULT, uint32_t most = ANY, class Src>
    void set_async_read_state(const Src& src, uint32_t bytes, const src_args_t<Src>& src_args, const NocOptVals& values = {}, TTLANG_AT) const {
        if constexpr (tagged(options)) ckernel::noc_async_read_set_trid(values.trid, id, at);
        ckernel::noc_async_read_one_packet_set_state(noc_traits_t<Src>::remote(src, src_args), bytes, 0, id);
    }
    // The state has the size of what goes as one packet.
    template <NocOptions options = NocOptions::DEFAULT, uint32_t most = ANY, class Src, class Dst>
    void async_read_with_state(const Src& src, const Dst& dst, uint32_t bytes, const src_args_t<Src>& src_args, const dst_args_t<Dst>& dst_args,
                               const NocOptVals& = {}, TTLANG_AT) const {
        const uint64_t from = noc_traits_t<Src>::remote(src, src_args);
        const uint32_t to = noc_traits_t<Dst>::local_target(dst, dst_args, at);
        ckernel::noc_async_read(from, to, most < ANY ? ttlang_current->read_bytes : bytes, id, 0, at);
    }

    template <NocOptions options = NocOptions::DEFAULT, uint32_t most = ANY, bool traced = true, class Src, class Dst>
    void async_write(const Src& src, const Dst& dst, uint32_t bytes, const src_args_t<Src>& src_args, const dst_args_t<Dst>& dst_args,
                     const NocOptVals& values = {}, TTLANG_AT) const {
        if constexpr (tagged(options)) ckernel::noc_async_write_set_trid(values.trid, id, at);
        const uint32_t from = noc_traits_t<Src>::local_source(src, src_args, at);
        constexpr bool posted = has_flag(options, NocOptions::POSTED);
        ckernel::noc_async_write<0, true, posted>(from, noc_traits_t<Dst>::remote(dst, dst_args), bytes, id, channel<options>(values), at);
    }
    template <NocOptions options = NocOptions::DEFAULT, uint32_t most = ANY, class Dst>
    void set_async_write_state(const Dst& dst, uint32_t bytes, const dst_args_t<Dst>& dst_args, const NocOptVals& values = {}, TTLANG_AT) const {
        static_assert(!tagged(options), "not a way to write with a transaction id");
        ckernel::noc_async_write_one_packet_set_state(noc_traits_t<Dst>::remote(dst, dst_args), bytes, id, values.vc);
    }
    template <NocOptions options = NocOptions::DEFAULT, uint32_t most = ANY, class Src, class Dst>
    void async_write_with_state(const Src& src, const Dst& dst, uint32_t bytes, const src_args_t<Src>& src_args, const dst_args_t<Dst>& dst_args,
                                const NocOptVals& = {}, TTLANG_AT) const {
        static_assert(!tagged(options), "not a way to write with a transaction id");
        const uint32_t from = noc_traits_t<Src>::local_source(src, src_args, at);
        const uint64_t to = noc_traits_t<Dst>::remote(dst, dst_args);
        constexpr bool posted = has_flag(options, NocOptions::POSTED);
        ckernel::noc_async_write<0, true, posted>(from, to, most < ANY ? ttlang_current->write_bytes : bytes, id, ttlang_current->write_channel, at);
    }

    template <NocOptions options = NocOptions::DEFAULT, uint32_t most = ANY, bool traced = true, class Src, class Dst>
    void async_write_multicast(const Src& src, const Dst& dst, uint32_t bytes, uint32_t cores, const src_args_t<Src>& src_args,
                               const dst_args_mcast_t<Dst>& dst_args, bool linked = false, TTLANG_AT) const {
        static_assert(!tagged(options), "not a way to write with a transaction id");
        const uint32_t from = noc_traits_t<Src>::local_source(src, src_args, at);
        const uint64_t to = noc_traits_t<Dst>::everywhere(dst, dst_args, at);
        if constexpr (has_flag(options, NocOptions::MCAST_INCL_SRC))
            ckernel::noc_async_write_multicast_loopback_src(from, to, bytes, cores, linked, id, at);
        else
            ckernel::noc_async_write_multicast(from, to, bytes, cores, linked, id, ckernel::NOC_MULTICAST_WRITE_VC, at);
    }
    template <NocOptions options = NocOptions::DEFAULT, class Dst>
    void inline_dw_write(const Dst& dst, uint32_t value, const dst_args_t<Dst>& dst_args, uint8_t bytes = 0xf, const NocOptVals& = {}, TTLANG_AT) const {
        ckernel::noc_inline_dw_write(noc_traits_t<Dst>::remote(dst, dst_args), value, bytes, id, {}, {}, {}, {}, {}, {}, {}, {}, at);
    }

    // Zeros in the core's own L1: reads of as many as there are at a time.
    template <class Dst>
    void async_write_zeros(const Dst& dst, uint32_t bytes, const dst_args_t<Dst>& args = {}, TTLANG_AT) const {
        const uint32_t to = ttlang::l1(noc_traits_t<Dst>::local_target(dst, args, at));
        for (uint32_t done = 0; done < bytes; done += MEM_ZEROS_SIZE)
            ttlang::call(ttlang::READ_ZEROS, at, to + done, bytes - done < MEM_ZEROS_SIZE ? bytes - done : MEM_ZEROS_SIZE);
    }
    // Zeros in a page of a tensor, from memory that holds such, which may be smaller than the page.
    template <class Spec, class Scratch>
    void async_write_zeros(const ckernel::TensorAccessor<Spec>& tensor, uint32_t bytes, const ttlang::PageArgs& args, const Scratch& scratch, TTLANG_AT) const {
        const uint32_t from = noc_traits_t<Scratch>::local_source(scratch, {}, at);
        for (uint32_t done = 0; done < bytes; done += NOC_MAX_BURST_SIZE) {
            const uint32_t part = bytes - done < NOC_MAX_BURST_SIZE ? bytes - done : NOC_MAX_BURST_SIZE;
            ckernel::noc_async_write(from, tensor.get_noc_addr(args.page_id, args.offset_bytes + done), part, id, ckernel::NOC_UNICAST_WRITE_VC, at);
        }
    }
    void write_zeros_l1_barrier(TTLANG_AT) const { ckernel::noc_async_read_barrier(id, at); }
    void write_zeros_dram_barrier(TTLANG_AT) const { ckernel::noc_async_write_barrier(id, at); }

    bool is_read_trid_flushed(uint32_t trid, TTLANG_AT) const { return ckernel::ncrisc_noc_read_with_transaction_id_flushed(id, trid, at); }
    template <NocOptions options = NocOptions::DEFAULT>
    void async_read_barrier(const NocOptVals& values = {}, TTLANG_AT) const {
        if constexpr (tagged(options))
            ckernel::noc_async_read_barrier_with_trid(values.trid, id, at);
        else
            ckernel::noc_async_read_barrier(id, at);
    }
    template <NocOptions options = NocOptions::DEFAULT>
    void async_write_barrier(const NocOptVals& values = {}, TTLANG_AT) const {
        if constexpr (tagged(options))
            ckernel::noc_async_write_barrier_with_trid(values.trid, id, at);
        else
            ckernel::noc_async_write_barrier(id, at);
    }
    template <NocOptions options = NocOptions::DEFAULT>
    void async_writes_flushed(const NocOptVals& values = {}, TTLANG_AT) const {
        if constexpr (has_flag(options, NocOptions::POSTED))
            ckernel::noc_async_posted_writes_flushed(id, at);
        else if constexpr (tagged(options))
            ckernel::noc_async_write_flushed_with_trid(values.trid, id, at);
        else
            ckernel::noc_async_writes_flushed(id, at);
    }
    void async_atomic_barrier(TTLANG_AT) const { ckernel::noc_async_atomic_barrier(id, at); }
    void async_full_barrier(TTLANG_AT) const { ckernel::noc_async_full_barrier(id, at); }

private:
    uint8_t id;
};
