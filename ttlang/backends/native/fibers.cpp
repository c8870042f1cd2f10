// The runtime below kernels: fibers, the memory that stands for L1, and what catches a kernel that crashes, or runs on
// and on.
#include "fibers.h"

#include <link.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#if !defined(__x86_64__) && !defined(__aarch64__)
#error "fibers are written for x86-64 and AArch64"
#endif

using ttlang::Fiber;

namespace {

enum Outcome : int64_t { ENDED = -1, CRASHED = -2, INTERRUPTED = -3 };
constexpr int64_t SEMAPHORES_CHANGED = 1 << 20;  // added to the number of a call
constexpr int64_t PAUSE = 0;                     // the number of the call that lets others run
constexpr int64_t BUDGET = 50000;                // branches that kernels may take before one pauses
constexpr int64_t SHUFFLED_BUDGET = 1000;        // the most, in a run with a seed
constexpr int64_t CALL = 50;                     // branches that a call counts as

void* machine;  // the stack pointer of the thread that resumed the current fiber
int64_t budget;
uint64_t shuffle;  // the last number that was drawn for a budget; 0 in a run without a seed
int64_t number;
uint64_t resumes;  // how often a fiber has gone on

}  // namespace

extern "C" {

// Of this file and its header.
const char* ttlang_version() { return TTLANG_VERSION; }

Fiber* ttlang_current;

// Saves the registers that a call keeps on the stack, and goes on with those of another stack.
void ttlang_switch(void** from, void* to);

#if defined(__x86_64__)
asm(R"(
.text
.globl ttlang_switch
ttlang_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
)");
constexpr int RETURN = 6, FRAME = 8;
#else
asm(R"(
.text
.globl ttlang_switch
ttlang_switch:
    sub sp, sp, #160
    stp x19, x20, [sp, #0]
    stp x21, x22, [sp, #16]
    stp x23, x24, [sp, #32]
    stp x25, x26, [sp, #48]
    stp x27, x28, [sp, #64]
    stp x29, x30, [sp, #80]
    stp d8, d9, [sp, #96]
    stp d10, d11, [sp, #112]
    stp d12, d13, [sp, #128]
    stp d14, d15, [sp, #144]
    mov x2, sp
    str x2, [x0]
    mov sp, x1
    ldp x19, x20, [sp, #0]
    ldp x21, x22, [sp, #16]
    ldp x23, x24, [sp, #32]
    ldp x25, x26, [sp, #48]
    ldp x27, x28, [sp, #64]
    ldp x29, x30, [sp, #80]
    ldp d8, d9, [sp, #96]
    ldp d10, d11, [sp, #112]
    ldp d12, d13, [sp, #128]
    ldp d14, d15, [sp, #144]
    add sp, sp, #160
    ret
)");
constexpr int RETURN = 11, FRAME = 20;
#endif

// How many branches kernels may take until the next pause.
static int64_t next_budget() {
    if (shuffle == 0) return BUDGET;
    shuffle ^= shuffle << 13;
    shuffle ^= shuffle >> 7;
    shuffle ^= shuffle << 17;
    return 1 + static_cast<int64_t>(shuffle % SHUFFLED_BUDGET);
}

static void leave(int64_t outcome) {
    number = outcome;
    ttlang_switch(&ttlang_current->stack_pointer, machine);
}

static void start() {
    ttlang_current->kernel();
    ttlang_current->ended = 1;
    leave(ENDED);
    abort();
}

int64_t ttlang_call(int64_t called) {
    Fiber* fiber = ttlang_current;
    if (called == PAUSE) {
        budget = next_budget();
    } else {
        budget -= CALL;
        fiber->quiet = 0;
    }
    for (uint32_t i = 0; i < fiber->semaphore_count; ++i) {
        if (fiber->semaphores[4 * i] != fiber->known[i]) {
            called += SEMAPHORES_CHANGED;
            break;
        }
    }
    leave(called);
    return fiber->result;
}

// The compiler puts a call of this into every block of a kernel: one that polls memory gives others their turn.
void __sanitizer_cov_trace_pc() {
    if (--budget <= 0) {
        ttlang_current->at = reinterpret_cast<uint64_t>(__builtin_return_address(0)) - 1;
        ttlang_current->words[0] &= 0xffffffff;  // the number; the line stays that of the last call
        ttlang_call(PAUSE);
    }
}

// Fills in where the library of a kernel lies.
static int find_code(struct dl_phdr_info* info, size_t, void* found) {
    Fiber* fiber = static_cast<Fiber*>(found);
    const uint64_t kernel = reinterpret_cast<uint64_t>(fiber->kernel);
    for (int i = 0; i < info->dlpi_phnum; ++i) {
        const auto& segment = info->dlpi_phdr[i];
        const uint64_t start = info->dlpi_addr + segment.p_vaddr;
        if (segment.p_type != PT_LOAD || kernel < start || kernel >= start + segment.p_memsz) continue;
        fiber->code = info->dlpi_addr;
        fiber->code_end = start + segment.p_memsz;
        return 1;
    }
    return 0;
}

Fiber* ttlang_open(void (*kernel)(), uint64_t stack_bytes) {
    constexpr uint64_t GUARD = 1 << 16;
    void* stack = mmap(nullptr, stack_bytes + GUARD, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (stack == MAP_FAILED) return nullptr;
    mprotect(stack, GUARD, PROT_NONE);
    Fiber* fiber = static_cast<Fiber*>(calloc(1, sizeof(Fiber)));
    fiber->kernel = kernel;
    dl_iterate_phdr(find_code, fiber);
    fiber->stack = static_cast<char*>(stack);
    fiber->stack_bytes = stack_bytes + GUARD;
    void** top = reinterpret_cast<void**>(fiber->stack + fiber->stack_bytes) - FRAME;
    top[RETURN] = reinterpret_cast<void*>(&start);
    fiber->stack_pointer = top;
    return fiber;
}

void ttlang_close(Fiber* fiber) {
    munmap(fiber->stack, fiber->stack_bytes);
    free(fiber);
}

// Runs a fiber to its next call, whose number is returned; or one of Outcome.
int64_t ttlang_resume(Fiber* fiber, int64_t result) {
    fiber->result = result;
    ++resumes;
    ttlang_current = fiber;
    ttlang_switch(&machine, fiber->stack_pointer);
    ttlang_current = nullptr;
    return number;
}

constexpr uint32_t MOST_TENSORS = 1 << 11;
ttlang::Tensor ttlang_tensors[MOST_TENSORS];
static uint32_t tensors;

// The number of a tensor, by which an address of one of its pages names it.
uint32_t ttlang_tensor(uint32_t address, uint32_t in_dram, int32_t described, uint32_t page_bytes) {
    for (uint32_t i = 0; i < tensors; ++i) {
        const ttlang::Tensor& t = ttlang_tensors[i];
        if (t.address == address && t.in_dram == in_dram && t.described == described && t.page_bytes == page_bytes) return i;
    }
    if (tensors == MOST_TENSORS) __builtin_trap();
    ttlang_tensors[tensors] = {address, in_dram, described, page_bytes};
    return tensors++;
}

// Before a run: it depends on no other. With a seed that is not 0, where kernels pause is drawn by it.
void ttlang_begin(uint64_t seed) {
    tensors = 0;
    shuffle = seed;
    budget = next_budget();
}

// Memory below 4 GiB, so that an address of L1 is a pointer; nullptr if there is none.
void* ttlang_map(uint64_t bytes) {
#ifdef MAP_FIXED_NOREPLACE
    constexpr int FIXED = MAP_FIXED_NOREPLACE;
#else
    constexpr int FIXED = 0;
#endif
    for (uint64_t at = 0x10000000; at + bytes < 0xf0000000; at += 0x4000000) {
        void* wanted = reinterpret_cast<void*>(at);
        void* got = mmap(wanted, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | FIXED, -1, 0);
        if (got == wanted) return got;
        if (got != MAP_FAILED) munmap(got, bytes);
    }
    return nullptr;
}

void ttlang_unmap(void* memory, uint64_t bytes) { munmap(memory, bytes); }

// ---------------------------------------------------------------------------------------------------- crashes

static const int SIGNALS[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
static struct sigaction before[4];
static stack_t stack_before;
static char signal_stack[1 << 16];
static int guards;

static void on_signal(int signal, siginfo_t* info, void*) {
    if (ttlang_current == nullptr) {
        for (int i = 0; i < 4; ++i) {
            if (SIGNALS[i] == signal) sigaction(signal, &before[i], nullptr);
        }
        return;  // to happen again, outside of any kernel
    }
    ttlang_current->crash = signal;
    ttlang_current->crash_address = reinterpret_cast<int64_t>(info->si_addr);
    // The fiber is never resumed, so this frame is never returned to.
    leave(CRASHED);
}

// --------------------------------------------------------------------------------------------------- endless loops

constexpr long TICK = 50'000'000;  // nanoseconds of the thread's processor time
static struct sigaction tick_before;
static int timer;
static bool has_timer;
static uint64_t resumes_seen;

// Of those that programs may use as they like, one that few will.
static int tick_signal() { return SIGRTMAX - 5; }

static uint64_t instruction(const void* context) {
    const auto& registers = static_cast<const ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
    return registers.gregs[REG_RIP];
#else
    return registers.pc;
#endif
}

// A kernel that has run for a whole tick without a call goes back to Python, as if it had paused: a loop without calls
// or branches can be interrupted, and is counted. This runs on the kernel's own stack, so that it can go on.
static void on_tick(int, siginfo_t*, void* context) {
    Fiber* fiber = ttlang_current;
    char* here = static_cast<char*>(__builtin_frame_address(0));
    if (fiber == nullptr || here < fiber->stack || here >= fiber->stack + fiber->stack_bytes) return;
    ++fiber->quiet;
    const uint64_t at = instruction(context);
    // Elsewhere, in a call or in a library of the system, locks may be held.
    if (at < fiber->code || at >= fiber->code_end) return;
    if (resumes_seen != resumes) {
        resumes_seen = resumes;
        return;
    }
    fiber->at = at;
    leave(INTERRUPTED);
}

static void start_ticks() {
    struct sigaction action = {};
    action.sa_sigaction = on_tick;
    action.sa_flags = SA_SIGINFO | SA_NODEFER | SA_RESTART;
    sigaction(tick_signal(), &action, &tick_before);
    struct sigevent event = {};
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = tick_signal();
#ifdef sigev_notify_thread_id
    event.sigev_notify_thread_id = static_cast<pid_t>(syscall(SYS_gettid));
#else
    event._sigev_un._tid = static_cast<pid_t>(syscall(SYS_gettid));
#endif
    // As system calls: in older C libraries the functions lie in a library of their own.
    has_timer = false;
    constexpr clockid_t CLOCKS[] = {CLOCK_THREAD_CPUTIME_ID, CLOCK_MONOTONIC};
    for (const clockid_t clock : CLOCKS) {
        if (syscall(SYS_timer_create, clock, &event, &timer) != 0) continue;
        const struct itimerspec every = {{0, TICK}, {0, TICK}};
        has_timer = syscall(SYS_timer_settime, timer, 0, &every, nullptr) == 0;
        return;
    }
}

static void stop_ticks() {
    if (has_timer) syscall(SYS_timer_delete, timer);
    // One that is on its way would end the process.
    struct sigaction ignored = {};
    ignored.sa_handler = SIG_IGN;
    sigaction(tick_signal(), &ignored, nullptr);
    sigaction(tick_signal(), &tick_before, nullptr);
}

// ----------------------------------------------------------------------------------------------------------- guard

void ttlang_guard(int on) {
    if (on && guards++ == 0) {
        stack_t own = {};
        own.ss_sp = signal_stack;
        own.ss_size = sizeof signal_stack;
        sigaltstack(&own, &stack_before);
        struct sigaction action = {};
        action.sa_sigaction = on_signal;
        action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
        for (int i = 0; i < 4; ++i) sigaction(SIGNALS[i], &action, &before[i]);
        start_ticks();
    } else if (!on && --guards == 0) {
        stop_ticks();
        for (int i = 0; i < 4; ++i) sigaction(SIGNALS[i], &before[i], nullptr);
        sigaltstack(&stack_before, nullptr);
    }
}

}  // extern "C"
