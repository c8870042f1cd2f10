// The handshake of a multicast: receivers say that they have room; the sender sends the data and, linked to it on the
// same path, a flag, which therefore comes behind it. Each side is told where the others are, and which words of L1 are
// the counter of receivers that have room and the flag.
#pragma once

#include "api/dataflow/dataflow_api.h"

struct Line {
    uint32_t x0, y0, x1, y1, receivers;

    uint64_t at(uint32_t address) const {
        // On NOC 1 a rectangle begins at its other corner.
        return noc_index == 0 ? get_noc_multicast_addr(x0, y0, x1, y1, address)
                              : get_noc_multicast_addr(x1, y1, x0, y0, address);
    }
};

struct Handshake {
    volatile tt_l1_ptr uint32_t* room;
    volatile tt_l1_ptr uint32_t* there;
    uint32_t room_address, there_address;

    Handshake(uint32_t room_id, uint32_t there_id)
        : room_address(get_semaphore(room_id)), there_address(get_semaphore(there_id)) {
        room = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(room_address);
        there = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(there_address);
    }

    // Sends what lies at an address to the same address of all receivers.
    void send(const Line& line, uint32_t address, uint32_t bytes) const {
        noc_semaphore_wait(room, line.receivers);
        noc_semaphore_set(room, 0);
        noc_async_write_multicast(address, line.at(address), bytes, line.receivers, true);
#ifdef ARCH_BLACKHOLE
        // The flag has a command buffer of its own, which could be the first to send.
        noc_async_writes_flushed();
#endif
        noc_semaphore_set_multicast(there_address, line.at(there_address), line.receivers);
    }

    void receive(uint64_t sender_room) const {
        noc_semaphore_set(there, INVALID);
        noc_semaphore_inc(sender_room, 1);
        noc_semaphore_wait(there, VALID);
    }
};
