// Code that runs inside recorded and replayed processes, at fixed addresses: system calls whose instruction was patched
// arrive here. In a recording it makes the call itself and writes result and output to a buffer that the tracer shares;
// in a replay it takes them from there. What it can't do so is left to a traced call. It uses no library, no thread
// storage, no vector registers, and no memory of the program but for what the calls themselves write.
#ifndef CAPSULE_H
#define CAPSULE_H

#include <stddef.h>
#include <stdint.h>

enum {
    ct_capsule_base = 0x70000000,
    // Private to each process: `syscall; int3` for the tracer's calls, its texts, the code, a stack, two words.
    ct_capsule_scratch = ct_capsule_base + 0x1000,
    ct_capsule_code = ct_capsule_base + 0x4000,
    ct_capsule_stack = ct_capsule_base + 0x7000,
    ct_capsule_stack_top = ct_capsule_base + 0xa000,
    ct_capsule_saved_stack = ct_capsule_base + 0xa000,
    ct_capsule_hook_pointer = ct_capsule_base + 0xa008,
    ct_capsule_private_size = 0x10000,
    // Shared with the tracer and with all other recorded processes, of which one runs at a time.
    ct_capsule_shared = ct_capsule_base + ct_capsule_private_size,
    ct_capsule_buffer = ct_capsule_shared + 0x4000,
    ct_capsule_buffer_size = 0x60000,
    ct_capsule_shared_size = 0x4000 + ct_capsule_buffer_size,
};

// One output of a call.
struct ct_output {
    // 0: none; 1: `size` bytes on success; 2: as many as the result, at most as many as argument `size`; 3: no output, but
    // what the program hands over, as many bytes as the result: later events refer to it.
    uint8_t kind;
    uint8_t argument;
    uint16_t size;
};

// How the capsule treats a call; `conduct` is 0 where it does not.
struct ct_shape {
    uint8_t conduct;
    struct ct_output outputs[2];
};

enum {
    ct_conduct_traced,
    // Never waits.
    ct_conduct_plain,
    // Does not wait if the first argument is a file, or a descriptor that never waits.
    ct_conduct_reads,
    ct_conduct_writes,
    ct_conduct_open,
    ct_conduct_openat,
    ct_conduct_close,
    ct_conduct_ioctl,
    ct_conduct_fcntl,
    ct_conduct_futex,
    ct_conduct_epoll,
    ct_conduct_random,
    // From a socket; waits for nothing if told so.
    ct_conduct_receive,
    // New memory without a file, where the kernel likes.
    ct_conduct_map,
    // Changes memory from the first argument on, as many bytes as the second says: not where calls are patched.
    ct_conduct_range,
};

// Fewer bytes than the least are not worth a reference; more than the most would fill the buffer.
enum { ct_kept_least = 1024, ct_kept_most = 0x20000 };

// In an output's length: the bytes are the program's own, copied to the buffer.
#define CT_KEPT (1ull << 63)

enum { ct_calls = 512, ct_descriptors = 4096, ct_shared_files = 64, ct_guards = 16 };

struct ct_file {
    uint64_t device, inode;
};

// What is known of a descriptor. A socket that is ready was seen to be O_NONBLOCK.
enum { ct_class_unknown, ct_class_file, ct_class_other, ct_class_shared, ct_class_socket, ct_class_ready };

struct ct_range {
    uint64_t start, end;
};

struct ct_control {
    // Any number: by it the tracer sees that these are its pages.
    uint64_t mark;
    uint32_t is_replay;
    // The next call is left to the tracer.
    uint32_t leaves;
    // Bytes of the buffer in use; in a replay, where the next record stands.
    uint64_t used;
    uint64_t limit;
    uint32_t count;
    uint32_t most;
    // Files that are mapped as shared memory: what is written to them is the tracer's business. More than there is room
    // for: all files are.
    uint32_t shared_count;
    // The processor lets programs read their thread pointer.
    uint32_t reads_thread_pointer;
    // No other task waits for its turn: this one may wait for the world outside here, until the tracer interrupts it.
    volatile uint32_t may_wait;
    volatile uint32_t waits;
    // A call in the buffer has its time.
    uint32_t waited;
    // Text with patched calls. More ranges than there is room for: all memory is taken for such.
    uint32_t guard_count;
    struct ct_range guards[ct_guards];
    struct ct_shape shapes[ct_calls];
    struct ct_file shared_files[ct_shared_files];
    uint8_t classes[ct_descriptors];
};

// One call in the buffer; outputs follow, each an address, a length (with or without
// `CT_KEPT`), and bytes padded to a multiple of 8.
struct ct_record {
    uint32_t size;
    uint32_t call;
    int64_t result;
    uint64_t thread_pointer;
    // Behind the system call's instruction.
    uint64_t instruction;
    uint64_t flags;
    uint64_t stack;
    // r15, r14, r13, r12, rbp, rbx, r10, r9, r8, rdx, rsi, rdi.
    uint64_t registers[12];
    uint32_t outputs;
    uint32_t unused;
    // When a call returned that may have waited, as CLOCK_MONOTONIC has it in nanoseconds; otherwise 0.
    uint64_t time;
};

// The code that is put at `ct_capsule_code`, and where in it the hook and the end of its system call instruction are.
const void *ct_capsule_bytes(size_t *size, size_t *hook, size_t *call_end);

// Installs the filter that hands all system calls to the tracer but those of the capsule. For the process that is about
// to be recorded.
int ct_filter(void);

// Shared memory for control and buffer, as the tracer sees it.
struct ct_control *ct_shared_map(int descriptor);

#endif
