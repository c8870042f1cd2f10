// The object interface as it was before 0.81.
#pragma once

#include "kernel_objects.h"

namespace experimental {
using ::CircularBuffer;
using ::CoreLocalMem;
using ::DataflowBuffer;
using ::Lock;
#ifndef COMPILE_FOR_TRISC
using ::AllocatorBank;
using ::AllocatorBankType;
using ::CircularBufferView;
using ::MulticastEndpoint;
using ::noc_traits_t;
using ::PageView;
using ::ShardView;
using ::UnicastEndpoint;
using ::use;

// Its modes were types of their own, and its values arguments.
class Noc : public ::Noc {
    template <class T>
    using src_args_t = typename noc_traits_t<T>::src_args_type;
    template <class T>
    using dst_args_t = typename noc_traits_t<T>::dst_args_type;
    template <class T>
    using dst_args_mcast_t = typename noc_traits_t<T>::dst_args_mcast_type;
    static constexpr uint32_t ANY = NOC_MAX_BURST_SIZE + 1;
    static constexpr NocOptions when(bool set, NocOptions option) { return set ? option : NocOptions::DEFAULT; }
    using place = ckernel::place;

public:
    enum class TxnIdMode { ENABLED, DISABLED };
    enum class ResponseMode { NON_POSTED, POSTED };
    enum class BarrierMode { TXN_ID, FULL };
    enum class McastMode { INCLUDE_SRC, EXCLUDE_SRC };
    enum class VcSelection { DEFAULT, CUSTOM };
    using ::Noc::Noc;

    template <TxnIdMode tagged = TxnIdMode::DISABLED, uint32_t most = ANY, bool traced = true, class Src, class Dst>
    void async_read(const Src& src, const Dst& dst, uint32_t bytes, const src_args_t<Src>& src_args, const dst_args_t<Dst>& dst_args,
                    uint32_t = 0, uint32_t trid = INVALID_TXN_ID, TTLANG_AT) const {
        ::Noc::async_read<when(tagged == TxnIdMode::ENABLED, NocOptions::TXN_ID), most>(src, dst, bytes, src_args, dst_args, {.trid = trid}, at);
    }
    template <VcSelection selected = VcSelection::DEFAULT, uint32_t most = ANY, class Src>
    void set_async_read_state(const Src& src, uint32_t bytes, const src_args_t<Src>& src_args, uint8_t = 0, TTLANG_AT) const {
        ::Noc::set_async_read_state<NocOptions::DEFAULT, most>(src, bytes, src_args, {}, at);
    }
    template <VcSelection selected = VcSelection::DEFAULT, uint32_t most = ANY, class Src, class Dst>
    void async_read_with_state(const Src& src, const Dst& dst, uint32_t bytes, const src_args_t<Src>& src_args, const dst_args_t<Dst>& dst_args,
                               uint8_t = 0, TTLANG_AT) const {
        ::Noc::async_read_with_state<NocOptions::DEFAULT, most>(src, dst, bytes, src_args, dst_args, {}, at);
    }
    template <TxnIdMode tagged = TxnIdMode::DISABLED, ResponseMode response = ResponseMode::NON_POSTED, uint32_t most = ANY, bool traced = true,
              class Src, class Dst>
    void async_write(const Src& src, const Dst& dst, uint32_t bytes, const src_args_t<Src>& src_args, const dst_args_t<Dst>& dst_args,
                     uint32_t vc = ckernel::NOC_UNICAST_WRITE_VC, uint32_t trid = INVALID_TXN_ID, TTLANG_AT) const {
        constexpr NocOptions options = when(tagged == TxnIdMode::ENABLED, NocOptions::TXN_ID) |
                                       when(response == ResponseMode::POSTED, NocOptions::POSTED) | NocOptions::CUSTOM_VC;
        ::Noc::async_write<options, most>(src, dst, bytes, src_args, dst_args, {.vc = vc, .trid = trid}, at);
    }
    template <ResponseMode response = ResponseMode::NON_POSTED, uint32_t most = ANY, class Dst>
    void set_async_write_state(const Dst& dst, uint32_t bytes, const dst_args_t<Dst>& dst_args, uint8_t vc = ckernel::NOC_UNICAST_WRITE_VC,
                               TTLANG_AT) const {
        ::Noc::set_async_write_state<NocOptions::DEFAULT, most>(dst, bytes, dst_args, {.vc = vc}, at);
    }
    template <ResponseMode response = ResponseMode::NON_POSTED, uint32_t most = ANY, class Src, class Dst>
    void async_write_with_state(const Src& src, const Dst& dst, uint32_t bytes, const src_args_t<Src>& src_args, const dst_args_t<Dst>& dst_args,
                                uint8_t = 0, TTLANG_AT) const {
        ::Noc::async_write_with_state<when(response == ResponseMode::POSTED, NocOptions::POSTED), most>(src, dst, bytes, src_args, dst_args, {}, at);
    }
    template <McastMode mode = McastMode::EXCLUDE_SRC, TxnIdMode tagged = TxnIdMode::DISABLED, ResponseMode response = ResponseMode::NON_POSTED,
              uint32_t most = ANY, bool traced = true, class Src, class Dst>
    void async_write_multicast(const Src& src, const Dst& dst, uint32_t bytes, uint32_t cores, const src_args_t<Src>& src_args,
                               const dst_args_mcast_t<Dst>& dst_args, bool linked = false, uint32_t = 0, TTLANG_AT) const {
        static_assert(tagged == TxnIdMode::DISABLED && response == ResponseMode::NON_POSTED, "not a way to multicast");
        constexpr NocOptions options = when(mode == McastMode::INCLUDE_SRC, NocOptions::MCAST_INCL_SRC);
        ::Noc::async_write_multicast<options, most>(src, dst, bytes, cores, src_args, dst_args, linked, at);
    }
    template <BarrierMode mode = BarrierMode::FULL>
    void async_read_barrier(uint32_t trid = INVALID_TXN_ID, TTLANG_AT) const {
        ::Noc::async_read_barrier<when(mode == BarrierMode::TXN_ID, NocOptions::TXN_ID)>({.trid = trid}, at);
    }
    template <BarrierMode mode = BarrierMode::FULL>
    void async_write_barrier(uint32_t trid = INVALID_TXN_ID, TTLANG_AT) const {
        ::Noc::async_write_barrier<when(mode == BarrierMode::TXN_ID, NocOptions::TXN_ID)>({.trid = trid}, at);
    }
    template <ResponseMode response = ResponseMode::NON_POSTED, BarrierMode mode = BarrierMode::FULL>
    void async_writes_flushed(uint32_t trid = INVALID_TXN_ID, TTLANG_AT) const {
        constexpr NocOptions options = when(response == ResponseMode::POSTED, NocOptions::POSTED) | when(mode == BarrierMode::TXN_ID, NocOptions::TXN_ID);
        ::Noc::async_writes_flushed<options>({.trid = trid}, at);
    }
};

template <ProgrammableCoreType type = ProgrammableCoreType::TENSIX>
class Semaphore : public ::Semaphore<type> {
    using place = ckernel::place;

public:
    using ::Semaphore<type>::Semaphore;
    template <Noc::McastMode mode = Noc::McastMode::EXCLUDE_SRC>
    void set_multicast(const Noc& noc, uint32_t x0, uint32_t y0, uint32_t x1, uint32_t y1, uint32_t cores, bool linked = false, TTLANG_AT) {
        constexpr NocOptions options = mode == Noc::McastMode::INCLUDE_SRC ? NocOptions::MCAST_INCL_SRC : NocOptions::DEFAULT;
        ::Semaphore<type>::template set_multicast<options>(noc, x0, y0, x1, y1, cores, linked, at);
    }
};
#endif
}  // namespace experimental
