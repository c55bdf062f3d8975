#include "capsule.h"

#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define INSIDE __attribute__((section("reenact_capsule"), used, retain, target("general-regs-only"), noinline))
#define PART static inline __attribute__((always_inline, target("general-regs-only")))

// What the hook pushes, from the last to the first; `back` is where the stub goes on.
struct frame {
    uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rcx, rdx, rsi, rdi, rax, flags, back;
};

// From `back` to the traced call, and to the address behind the program's own instruction (`CallStub`).
enum { to_traced = 18, to_origin = 34 };

__asm__(
    ".pushsection reenact_capsule,\"axR\",@progbits\n"
    ".globl ct_capsule_hook\n"
    "ct_capsule_hook:\n"
    "  pushfq\n"
    "  cld\n"
    "  push %rax\n push %rdi\n push %rsi\n push %rdx\n push %rcx\n push %r8\n push %r9\n push %r10\n push %r11\n"
    "  push %rbx\n push %rbp\n push %r12\n push %r13\n push %r14\n push %r15\n"
    "  mov %rsp, %rdi\n"
    "  mov %rsp, %rbp\n"
    "  and $-16, %rsp\n"
    "  call ct_capsule_enter\n"
    "  mov %rbp, %rsp\n"
    "  pop %r15\n pop %r14\n pop %r13\n pop %r12\n pop %rbp\n pop %rbx\n"
    "  pop %r11\n pop %r10\n pop %r9\n pop %r8\n pop %rcx\n pop %rdx\n pop %rsi\n pop %rdi\n pop %rax\n"
    "  popfq\n"
    "  ret\n"
    // (number, six arguments): the one system call instruction that is not traced.
    ".globl ct_capsule_call\n"
    "ct_capsule_call:\n"
    "  mov %rdi, %rax\n mov %rsi, %rdi\n mov %rdx, %rsi\n mov %rcx, %rdx\n mov %r8, %r10\n mov %r9, %r8\n"
    "  mov 8(%rsp), %r9\n"
    "  syscall\n"
    ".globl ct_capsule_call_end\n"
    "ct_capsule_call_end:\n"
    "  ret\n"
    ".popsection\n");

extern int64_t ct_capsule_call(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t)
    __attribute__((visibility("hidden")));

PART struct ct_control *control(void) { return (struct ct_control *)(uint64_t)ct_capsule_shared; }
PART uint64_t stack_of_program(void) { return *(volatile uint64_t *)(uint64_t)ct_capsule_saved_stack; }

PART void copy(void *to, const void *from, uint64_t count) {
    // A call of memcpy would leave the capsule; to begin rep movsb takes as long as some hundred bytes.
    for (; count >= 8 && count < 256; count -= 8) {
        *(volatile uint64_t *)to = *(const volatile uint64_t *)from;
        to = (char *)to + 8, from = (const char *)from + 8;
    }
    if (count == 0) return;
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(count)::"memory");
}

PART uint64_t argument(const struct frame *f, unsigned index) {
    switch (index) {
    case 0: return f->rdi;
    case 1: return f->rsi;
    case 2: return f->rdx;
    case 3: return f->r10;
    default: return index == 4 ? f->r8 : f->r9;
    }
}

#include "capsule_descriptors.h"

struct command {
    int is_known;
    struct ct_output output;
};

PART struct command request(uint64_t code) {
    struct command result = {1, {1, 2, 0}};
    switch (code) {
    case TCGETS: result.output.size = 36; break;
    case TIOCGWINSZ: result.output.size = 8; break;
    case FIONREAD: result.output.size = 4; break;
    case FIOCLEX:
    case FIONCLEX: result.output.kind = 0; break;
    default: result.is_known = 0;
    }
    return result;
}

PART struct command control_of_file(uint64_t code) {
    struct command result = {1, {0, 2, 32}};
    switch (code) {
    case F_GETLK:
    case F_OFD_GETLK: result.output.kind = 1; break;
    case F_GETFD:
    case F_SETFD:
    case F_GETFL:
    case F_SETFL:
    case F_SETLK:
    case F_OFD_SETLK: break;
    default: result.is_known = 0;
    }
    return result;
}

PART uint64_t room_for(const struct frame *f, struct ct_output output) {
    if (output.kind == 0) return 0;
    uint64_t size = output.kind == 1 ? output.size : argument(f, output.size & 7);
    if (output.kind == 3 && (size < ct_kept_least || size > ct_kept_most)) return 0;
    if (size > ct_capsule_buffer_size) size = ct_capsule_buffer_size;
    if (output.kind == 2 && output.size & 8) size *= 12;
    return 16 + ((size + 7) & ~7ul);
}

PART void write_registers(struct ct_record *record, const struct frame *f, uint64_t origin) {
    record->call = (uint32_t)f->rax;
    record->instruction = origin;
    record->flags = f->flags & ~0x100ul;
    record->stack = stack_of_program();
    record->thread_pointer = 0;
    if (control()->reads_thread_pointer) __asm__ volatile("rdfsbase %0" : "=r"(record->thread_pointer));
    uint64_t *to = record->registers;
    to[0] = f->r15, to[1] = f->r14, to[2] = f->r13, to[3] = f->r12, to[4] = f->rbp, to[5] = f->rbx;
    to[6] = f->r10, to[7] = f->r9, to[8] = f->r8, to[9] = f->rdx, to[10] = f->rsi, to[11] = f->rdi;
}

PART uint64_t write_output(char *to, const struct frame *f, struct ct_output output, int64_t result) {
    if (output.kind == 0 || result < 0) return 0;
    uint64_t address = argument(f, output.argument);
    uint64_t size = output.size, kept = 0;
    if (output.kind >= 2) {
        uint64_t most = argument(f, output.size & 7);
        if (output.kind == 3) {
            if (most > ct_kept_most || result < ct_kept_least) return 0;
            kept = CT_KEPT;
        }
        size = (uint64_t)result < most ? (uint64_t)result : most;
        if (output.size & 8) size *= 12;
    }
    if (size == 0 || address < 4096) return 0;
    ((uint64_t *)to)[0] = address;
    ((uint64_t *)to)[1] = size | kept;
    copy(to + 16, (const void *)address, size);
    return 16 + ((size + 7) & ~7ul);
}

// What the program sees after its call.
PART void finish(struct frame *f, int64_t result, uint64_t origin) {
    f->rax = (uint64_t)result;
    f->rcx = origin;
    f->r11 = f->flags & ~0x100ul;
}

PART int replay(struct frame *f, struct ct_control *c, uint64_t origin) {
    if (c->leaves || c->used >= c->limit) return 0;
    const char *at = (const char *)(uint64_t)ct_capsule_buffer + c->used;
    const struct ct_record *record = (const struct ct_record *)at;
    struct ct_record found;
    write_registers(&found, f, origin);
    if (record->call != f->rax || record->instruction != origin || record->stack != found.stack) return 0;
    // All but the flags of resumption and of steps, which are the tracer's.
    if ((record->flags ^ found.flags) & ~0x10100ul) return 0;
    if (c->reads_thread_pointer && record->thread_pointer != found.thread_pointer) return 0;
    for (int i = 0; i < 12; i++) {
        if (record->registers[i] != found.registers[i]) return 0;
    }
    at += sizeof *record;
    for (uint32_t i = 0; i < record->outputs; i++) {
        const uint64_t *head = (const uint64_t *)at;
        uint64_t size = head[1] & ~CT_KEPT;
        if (head[1] & CT_KEPT) {
            copy((void *)(at + 16), (const void *)head[0], size);
        } else {
            copy((void *)head[0], at + 16, size);
        }
        at += 16 + ((size + 7) & ~7ul);
    }
    finish(f, record->result, origin);
    c->count++;
    c->used += record->size;
    return 1;
}

PART int64_t make(const struct frame *f) {
    return ct_capsule_call(f->rax, f->rdi, f->rsi, f->rdx, f->r10, f->r8, f->r9);
}

// A FIFO waits for its other end. Says -EINTR where the tracer wants the task back: then it is opened anew, traced.
PART int64_t open_alone(const struct frame *f, struct ct_control *c) {
    c->waits = 1;
    int64_t result = make(f);
    c->waits = 0;
    return result;
}

// Waits in the kernel while no other task can run. The call is one that returns whenever the task is interrupted: then it
// is made once more, traced.
PART int64_t wait(const struct frame *f, struct ct_control *c, uint64_t *time) {
    c->waits = 1;
    int64_t result = c->may_wait ? make(f) : -EINTR;
    c->waits = 0;
    struct timespec now;
    ct_capsule_call(__NR_clock_gettime, CLOCK_MONOTONIC, (uint64_t)&now, 0, 0, 0, 0);
    *time = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
    return result;
}

PART int record(struct frame *f, struct ct_control *c, uint64_t origin) {
    if (c->leaves || f->rax >= ct_calls || c->count >= c->most) return 0;
    struct ct_shape shape = c->shapes[f->rax];
    struct frame asked = *f;
    int waits = 0, opens_alone = 0;
    uint8_t opened = ct_class_unknown;
    uint64_t time = 0;
    switch (shape.conduct) {
    case ct_conduct_traced: return 0;
    case ct_conduct_plain: break;
    case ct_conduct_reads:
        if (f->rax == __NR_read && f->rdx > 0 && is_socket(look(f->rdi))) {
            asked.rax = __NR_recvfrom, asked.r10 = MSG_DONTWAIT, asked.r8 = 0, asked.r9 = 0;
            waits = 1;
        } else if (!is_ready(f->rdi, 0)) {
            return 0;
        }
        break;
    case ct_conduct_receive:
        if (f->r8 != 0 || f->rdx == 0 || f->r10 & ~(uint64_t)(MSG_PEEK | MSG_DONTWAIT | MSG_NOSIGNAL)) return 0;
        waits = !(f->r10 & MSG_DONTWAIT);
        asked.r10 |= MSG_DONTWAIT;
        break;
    case ct_conduct_writes:
        if (may_be_printed(f->rdi) && c->classes[f->rdi] == ct_class_unknown) return 0;
        if (!is_ready(f->rdi, 1)) return 0;
        if (f->rax == __NR_write && f->rdx > 0 && look(f->rdi) == ct_class_ready) {
            asked.rax = __NR_sendto, asked.r10 = MSG_DONTWAIT, asked.r8 = 0, asked.r9 = 0;
            waits = 1;
        }
        break;
    case ct_conduct_open:
        opens_alone = c->may_wait;
        if (!opens_alone && !opens_at_once((uint64_t)AT_FDCWD, f->rdi, f->rsi, &opened)) return 0;
        break;
    case ct_conduct_openat:
        opens_alone = c->may_wait;
        if (!opens_alone && !opens_at_once(f->rdi, f->rsi, f->rdx, &opened)) return 0;
        break;
    case ct_conduct_close:
        if (f->rdi < 3 || look(f->rdi) == ct_class_other || is_socket(look(f->rdi))) return 0;
        c->classes[f->rdi] = ct_class_unknown;
        break;
    case ct_conduct_ioctl: {
        struct command command = request(f->rsi & 0xffffffff);
        if (!command.is_known) return 0;
        shape.outputs[0] = command.output;
        break;
    }
    case ct_conduct_fcntl: {
        struct command command = control_of_file(f->rsi & 0xffffffff);
        if (!command.is_known) return 0;
        shape.outputs[0] = command.output;
        if ((f->rsi & 0xffffffff) == F_SETFL) forget_ready();
        break;
    }
    case ct_conduct_map:
        if ((f->r10 & (MAP_ANONYMOUS | MAP_FIXED | MAP_FIXED_NOREPLACE | MAP_GROWSDOWN)) != MAP_ANONYMOUS) return 0;
        break;
    case ct_conduct_range:
        if (meets_patches(f->rdi, f->rsi)) return 0;
        // The tracer looks at what becomes text.
        if (f->rax == __NR_mprotect && f->rdx & PROT_EXEC) return 0;
        // As the tracer has it: pages are lost now, not by chance.
        if (f->rax == __NR_madvise && f->rdx == MADV_FREE) asked.rdx = MADV_DONTNEED;
        break;
    case ct_conduct_futex: {
        uint64_t operation = f->rsi & FUTEX_CMD_MASK;
        if (operation != FUTEX_WAKE && operation != FUTEX_WAKE_BITSET) return 0;
        break;
    }
    case ct_conduct_epoll:
        // Looked at without waiting first.
        if (f->rax == __NR_epoll_pwait && f->r8 != 0) return 0;
        asked.r10 = 0;
        break;
    case ct_conduct_random:
        if (f->rsi > 256) return 0;
        break;
    default: return 0;
    }
    uint64_t room = sizeof(struct ct_record) + room_for(f, shape.outputs[0]) + room_for(f, shape.outputs[1]);
    if (c->used + room > c->limit) return 0;
    int64_t result = opens_alone ? open_alone(f, c) : make(&asked);
    if (opens_alone && result == -EINTR) return 0;
    if (shape.conduct == ct_conduct_epoll && result == 0 && (int32_t)f->r10 != 0) {
        result = wait(f, c, &time);
        if (result == -EINTR) return 0;
    }
    if (result == 0 && f->rax == __NR_fstat) learn(f->rdi, (const struct stat *)f->rsi);
    // A path of NULL is empty, too; there is nothing to look at then.
    if (result == 0 && f->rax == __NR_newfstatat && f->r10 & AT_EMPTY_PATH && f->rsi >= 4096 &&
        *(const volatile char *)f->rsi == 0) {
        learn(f->rdi, (const struct stat *)f->rdx);
    }
    if (opened != ct_class_unknown && result >= 0 && result < ct_descriptors) c->classes[result] = opened;
    if (waits && result == -EAGAIN && !never_waits(f->rdi)) {
        if (f->rdi < ct_descriptors) c->classes[f->rdi] = ct_class_unknown;
        return 0;
    }
    char *start = (char *)(uint64_t)ct_capsule_buffer + c->used, *at = start + sizeof(struct ct_record);
    struct ct_record *record = (struct ct_record *)start;
    write_registers(record, f, origin);
    record->result = result;
    record->outputs = 0;
    record->time = time;
    if (time != 0) c->waited = 1;
    for (int i = 0; i < 2; i++) {
        uint64_t size = write_output(at, f, shape.outputs[i], result);
        if (size == 0) continue;
        record->outputs++;
        at += size;
    }
    record->size = (uint32_t)(at - start);
    finish(f, result, origin);
    // The tracer may look at any moment: it sees all of the record, or nothing.
    __asm__ volatile("" ::: "memory");
    c->used += record->size;
    c->count++;
    return 1;
}

__attribute__((visibility("hidden"))) INSIDE void ct_capsule_enter(struct frame *f) {
    struct ct_control *c = control();
    uint64_t origin = *(const uint64_t *)(f->back + to_origin);
    if (!(c->is_replay ? replay(f, c, origin) : record(f, c, origin))) f->back += to_traced;
}
