// The object interface of the kernel API: semaphores.
#pragma once

#include "kernel_transfers.h"

enum class SemScope : uint8_t { LOCAL_NONATOMIC = 0, DM_LOCAL_CACHED = 1, EXTERNAL = 2, COMPUTE_ATOMIC = 3 };

// The semaphore that the host has bound to a name of the kernel's.
struct SemaphoreBindingToken {
    uint32_t id;
    SemScope scope;
};

template <ProgrammableCoreType type = ProgrammableCoreType::TENSIX>
class Semaphore {
    template <ProgrammableCoreType>
    friend class Semaphore;
    using place = ckernel::place;

public:
    explicit Semaphore(uint32_t id) : address(ckernel::get_semaphore(id)) {}
    explicit Semaphore(SemaphoreBindingToken token) : Semaphore(token.id) {}

    // What a core does to its own semaphore is no call, but a change of its word.
    void up(uint32_t by) { *word() += by; }
    void down(uint32_t by, TTLANG_AT) {
        ckernel::noc_semaphore_wait_min(word(), by, at);
        *word() -= by;
    }
    void wait(uint32_t value, TTLANG_AT) const { ckernel::noc_semaphore_wait(word(), value, at); }
    void wait_min(uint32_t value, TTLANG_AT) const { ckernel::noc_semaphore_wait_min(word(), value, at); }
    void set(uint32_t value, TTLANG_AT) { ckernel::noc_semaphore_set(word(), value, at); }
    uint32_t value() const { return *word(); }

    void up(const Noc& noc, uint32_t x, uint32_t y, uint32_t by, uint8_t vc = ckernel::NOC_UNICAST_WRITE_VC, TTLANG_AT) {
        ckernel::noc_semaphore_inc(ckernel::get_noc_addr(x, y, address), by, noc.get_noc_id(), vc, at);
    }
    template <ProgrammableCoreType other = type>
    void relay_unicast(const Noc& noc, const Semaphore<other>& to, uint32_t x, uint32_t y, TTLANG_AT) {
        ckernel::noc_semaphore_set_remote(address, ckernel::get_noc_addr(x, y, to.address), noc.get_noc_id(), at);
    }
    template <NocOptions options = NocOptions::DEFAULT>
    void set_multicast(const Noc& noc, uint32_t x0, uint32_t y0, uint32_t x1, uint32_t y1, uint32_t cores, bool linked = false, TTLANG_AT) {
        relay_multicast<options>(noc, *this, x0, y0, x1, y1, cores, linked, at);
    }
    template <NocOptions options = NocOptions::DEFAULT, ProgrammableCoreType other = type>
    void relay_multicast(const Noc& noc, const Semaphore<other>& to, uint32_t x0, uint32_t y0, uint32_t x1, uint32_t y1, uint32_t cores,
                         bool linked = false, TTLANG_AT) {
        const uint64_t everywhere = ckernel::get_noc_multicast_addr(x0, y0, x1, y1, to.address);
        if constexpr (has_flag(options, NocOptions::MCAST_INCL_SRC))
            ckernel::noc_semaphore_set_multicast_loopback_src(address, everywhere, cores, linked, noc.get_noc_id(), at);
        else
            ckernel::noc_semaphore_set_multicast(address, everywhere, cores, linked, noc.get_noc_id(), ckernel::NOC_MULTICAST_WRITE_VC, at);
    }
    void inc_multicast(const Noc& noc, uint32_t x0, uint32_t y0, uint32_t x1, uint32_t y1, uint32_t by, uint32_t cores, TTLANG_AT) {
        ckernel::noc_semaphore_inc_multicast(ckernel::get_noc_multicast_addr(x0, y0, x1, y1, address), by, cores, noc.get_noc_id(), 0, at);
    }

private:
    uint32_t address;
    volatile uint32_t* word() const { return reinterpret_cast<volatile uint32_t*>(static_cast<uintptr_t>(address)); }
};
