// What a kernel and the machine share. A kernel runs on a stack of its own, a fiber, up to its next call of the kernel
// API; the call leaves its words here and goes back to the machine, which carries it out and resumes the fiber.
#pragma once

#include <stdint.h>

namespace ttlang {

constexpr int WORDS = 24;

struct Calls;  // that wait for their turn: see kernel_compute.h

struct Fiber {
    int64_t words[WORDS];  // of the last call: (number, line), file, constants, values
    int64_t result;        // of that call
    Calls* packs;          // the packer's, until release_dst
    void* stack_pointer;
    void (*kernel)();
    char* stack;
    uint64_t stack_bytes;
    const uint32_t* args;  // of this core
    const uint32_t* common_args;
    volatile uint32_t* semaphores;  // the core's words, 16 bytes apart
    const uint32_t* known;          // what the machine knows them to hold, side by side
    int64_t crash_address;
    uint64_t code;      // where the kernel's library is loaded, and its instructions
    uint64_t code_end;
    uint64_t at;        // the instruction at which it was interrupted, or paused
    uint32_t arg_count;
    uint32_t common_arg_count;
    uint32_t semaphore_count;
    uint32_t l1;       // where the core's L1 lies in the host's memory
    uint32_t l1_bytes;
    uint32_t transpose;  // that of the last init of matmul_tiles
    uint32_t number;     // what the last init of a function has been given in its template
    int32_t crash;       // the signal that ended it, 0 if none did
    uint32_t quiet;      // ticks of its processor time since its last call
    uint8_t x[2], y[2];  // NOC coordinates of the core, for each NOC
    uint8_t column, row;
    uint8_t fused;  // acquire_dst: 1 until something is packed, then 2; 0 outside of its section
    uint8_t ended;
    // What the last calls that set the other end of transfers have set. From here on, only kernels read it.
    uint64_t read_from, write_to;
    uint32_t read_bytes, write_bytes, write_channel;
    alignas(8) char interfaces[64][64];  // what get_local_cb_interface has told of each buffer
};

// A tensor that a kernel has taken the address of a page of.
struct Tensor {
    uint32_t address;
    uint32_t in_dram;
    int32_t described;
    uint32_t page_bytes;
};

}  // namespace ttlang

extern "C" {
extern ttlang::Tensor ttlang_tensors[];
uint32_t ttlang_tensor(uint32_t address, uint32_t in_dram, int32_t described, uint32_t page_bytes);
extern ttlang::Fiber* ttlang_current;
int64_t ttlang_call(int64_t number);
}
