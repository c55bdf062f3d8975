#include "ctrace.h"

#include <cpuid.h>
#include <emmintrin.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ptrace.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern long ptrace(int request, ...);

enum { options = 0x00100000 /* EXITKILL */ | 0x1 /* SYSGOOD */ | 0x2 | 0x4 | 0x8 | 0x10 | 0x20 /* births, exec */ | 0x80 /* SECCOMP */ };

static void prepare(int cpu) {
    personality(ADDR_NO_RANDOMIZE);
    prctl(PR_SET_TSC, PR_TSC_SIGSEGV);
    ct_pin(cpu);
}

// Sockets: a pipe's broken end would be a signal to the recorder.
static int open_gate(int ends[2]) { return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends); }

static void await_release(int gate) {
    char byte;
    while (read(gate, &byte, 1) < 0 && errno == EINTR) {
    }
}

// Dispositions that the recorder changed are no business of the program.
static void default_signals(void) {
    struct sigaction plain = {.sa_handler = SIG_DFL};
    for (int signal = 1; signal < 65; signal++) {
        if (signal != SIGHUP) sigaction(signal, &plain, NULL);
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

struct start {
    const char *path;
    char *const *argv, *const *envp;
    int cpu, filtered;
    int gate[2], told[2];
};

enum { start_stack_size = 1 << 16 };

// Runs in the recorder's memory, beside its threads, until it becomes the program: it allocates nothing, and what it
// writes stands on its own stack. Only errno is the recorder's thread's, which waits for the program then.
static int start_program(void *of) {
    const struct start *start = of;
    close(start->gate[1]);
    close(start->told[0]);
    default_signals();
    prepare(start->cpu);
    await_release(start->gate[0]);
    if (start->filtered) ct_filter();
    execve(start->path, start->argv, start->envp);
    int code = errno;
    (void)!write(start->told[1], &code, sizeof code);
    _exit(127);
}

pid_t ct_spawn(
    const char *path, char *const argv[], char *const envp[], int cpu, int filtered, int *gate, int *failure,
    void **place) {
    struct start *start = mmap(
        NULL, start_stack_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (start == MAP_FAILED) return -1;
    *start = (struct start){.path = path, .argv = argv, .envp = envp, .cpu = cpu, .filtered = filtered};
    *place = start;
    if (open_gate(start->gate) != 0) return -1;
    if (pipe2(start->told, O_CLOEXEC) != 0) return -1;
    // No handler of the recorder's runs there; the program's signals are made its own by `default_signals`.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    // A copy of the recorder's memory, as fork makes it, would take longer than many a program.
    pid_t pid = clone(start_program, (char *)start + start_stack_size, CLONE_VM | SIGCHLD, start);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(start->gate[0]);
    close(start->told[1]);
    *gate = start->gate[1];
    *failure = start->told[0];
    return pid;
}

void ct_spawned(void *place) { munmap(place, start_stack_size); }

void ct_release(int gate) {
    (void)!send(gate, "g", 1, MSG_NOSIGNAL);
    close(gate);
}

pid_t ct_blank(int cpu, int *gate) {
    int ends[2];
    if (open_gate(ends) != 0) return -1;
    pid_t pid = fork();
    if (pid == 0) {
        default_signals();
        prepare(cpu);
        await_release(ends[0]);
        // The C library's own registrations would have the kernel write to memory that is about to be the program's.
        long offset = 0;
        extern const ptrdiff_t __rseq_offset __attribute__((weak));
        extern const unsigned int __rseq_size __attribute__((weak));
        if (&__rseq_offset != NULL && &__rseq_size != NULL && __rseq_size != 0) {
            offset = __rseq_offset;
            char *thread;
            __asm__("mov %%fs:0, %0" : "=r"(thread));
            syscall(SYS_rseq, thread + offset, 32, 1, 0x53053053);
        }
        syscall(SYS_set_robust_list, NULL, 24);
        syscall(SYS_set_tid_address, NULL);
        __asm__ volatile("int3");
        _exit(127);
    }
    close(ends[0]);
    *gate = ends[1];
    return pid;
}

int ct_seize(pid_t tid) { return (int)ptrace(PTRACE_SEIZE, tid, 0L, (long)options); }
int ct_resume(int request, pid_t tid, int signal) { return (int)ptrace(request, tid, 0L, (long)signal); }
int ct_get_registers(pid_t tid, struct user_regs_struct *registers) {
    return (int)ptrace(PTRACE_GETREGS, tid, 0L, registers);
}
int ct_set_registers(pid_t tid, const struct user_regs_struct *registers) {
    return (int)ptrace(PTRACE_SETREGS, tid, 0L, registers);
}
int ct_get_extended(pid_t tid, void *buffer, size_t *size) {
    struct iovec vector = {buffer, *size};
    int result = (int)ptrace(PTRACE_GETREGSET, tid, (long)NT_X86_XSTATE, &vector);
    *size = vector.iov_len;
    return result;
}
int ct_set_extended(pid_t tid, const void *buffer, size_t size) {
    struct iovec vector = {(void *)buffer, size};
    return (int)ptrace(PTRACE_SETREGSET, tid, (long)NT_X86_XSTATE, &vector);
}
int ct_get_siginfo(pid_t tid, void *information) { return (int)ptrace(PTRACE_GETSIGINFO, tid, 0L, information); }
int ct_set_siginfo(pid_t tid, const void *information) { return (int)ptrace(PTRACE_SETSIGINFO, tid, 0L, information); }
int ct_get_mask(pid_t tid, uint64_t *mask) { return (int)ptrace(PTRACE_GETSIGMASK, tid, 8L, mask); }
int ct_set_mask(pid_t tid, uint64_t mask) { return (int)ptrace(PTRACE_SETSIGMASK, tid, 8L, &mask); }
int ct_event_message(pid_t tid, unsigned long *message) { return (int)ptrace(PTRACE_GETEVENTMSG, tid, 0L, message); }

int ct_set_debug_register(pid_t tid, int index, uint64_t value) {
    return (int)ptrace(PTRACE_POKEUSR, tid, offsetof(struct user, u_debugreg) + (size_t)index * 8, value);
}
int64_t ct_get_debug_register(pid_t tid, int index) {
    return ptrace(PTRACE_PEEKUSR, tid, offsetof(struct user, u_debugreg) + (size_t)index * 8, 0L);
}

pid_t ct_wait(pid_t tid, int *status, int no_hang) {
    return waitpid(tid, status, __WALL | __WNOTHREAD | (no_hang ? WNOHANG : 0));
}
int ct_kill(pid_t process, pid_t tid, int signal) { return (int)syscall(SYS_tgkill, process, tid, signal); }

int ct_queue_signal(pid_t process, pid_t tid, int signal, void *information) {
    int result = (int)syscall(SYS_rt_tgsigqueueinfo, process, tid, signal, information);
    return result == 0 ? 0 : ct_kill(process, tid, signal);
}

ssize_t ct_read_memory(pid_t tid, uint64_t address, void *buffer, size_t count) {
    struct iovec local = {buffer, count}, remote = {(void *)address, count};
    return process_vm_readv(tid, &local, 1, &remote, 1, 0);
}

// linux/fs.h of the kernels that have it (6.7).
struct region {
    uint64_t start, end, categories;
};
struct scan {
    uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages;
    uint64_t category_inverted, category_mask, category_anyof_mask, return_mask;
};

int ct_present_ranges(int pagemap, uint64_t start, uint64_t end, uint64_t *ranges, int room, uint64_t *next) {
    struct region found[512];
    if (room > 512) room = 512;
    enum { present = 1 << 3, swapped = 1 << 4 };
    struct scan request = {
        .size = sizeof request,
        .start = start,
        .end = end,
        .vec = (uint64_t)found,
        .vec_len = (uint64_t)room,
        .category_anyof_mask = present | swapped,
        .return_mask = present,
    };
    long count = syscall(SYS_ioctl, pagemap, 0xc0606610UL, &request);
    if (count < 0) return -1;
    for (long i = 0; i < count; i++) {
        ranges[2 * i] = found[i].start;
        ranges[2 * i + 1] = found[i].end;
    }
    *next = request.walk_end;
    return (int)count;
}

static uint64_t word(const unsigned char *at) {
    uint64_t value;
    memcpy(&value, at, 8);
    return value;
}

// Four lanes of multiply and rotate: some gigabytes a second, and every bit counts.
uint64_t ct_hash(const void *bytes, size_t count, uint64_t seed) {
    const unsigned char *at = bytes;
    uint64_t a = seed ^ 0x9e3779b97f4a7c15u, b = seed + 0x517cc1b727220a95u, c = ~seed, d = seed * 31 + count;
    const uint64_t m = 0xff51afd7ed558ccdu;
    while (count >= 32) {
        a = (a ^ word(at)) * m;
        b = (b ^ word(at + 8)) * m;
        c = (c ^ word(at + 16)) * m;
        d = (d ^ word(at + 24)) * m;
        a ^= a >> 29;
        b ^= b >> 31;
        c ^= c >> 30;
        d ^= d >> 28;
        at += 32;
        count -= 32;
    }
    unsigned char rest[32] = {0};
    memcpy(rest, at, count);
    a = (a ^ word(rest)) * m;
    b = (b ^ word(rest + 8)) * m;
    c = (c ^ word(rest + 16)) * m;
    d = (d ^ word(rest + 24)) * m;
    uint64_t h = (a ^ (b >> 7)) * m ^ (c + (d << 13)) ^ (b * 3) ^ (d >> 3);
    h ^= h >> 33;
    h *= 0xc4ceb9fe1a85ec53u;
    return h ^ (h >> 29);
}

int ct_is_zero(const void *bytes, size_t count) {
    const unsigned char *at = bytes;
    while (count >= 32) {
        if (word(at) | word(at + 8) | word(at + 16) | word(at + 24)) return 0;
        at += 32;
        count -= 32;
    }
    while (count-- > 0) {
        if (*at++) return 0;
    }
    return 1;
}

uint64_t ct_hash_pages(const void *bytes, size_t count, uint64_t address) {
    const unsigned char *at = bytes;
    uint64_t sum = 0;
    while (count > 0) {
        size_t step = count < 4096 ? count : 4096;
        if (!ct_is_zero(at, step)) sum += ct_hash(at, step, address);
        at += step;
        address += step;
        count -= step;
    }
    return sum;
}

uint64_t ct_differing(const void *one, const void *other, int words) {
    const char *a = one, *b = other;
    uint64_t mask = 0;
    int i = 0;
    for (; i + 2 <= words; i += 2) {
        __m128i same = _mm_cmpeq_epi8(
            _mm_loadu_si128((const __m128i *)(a + 8 * i)), _mm_loadu_si128((const __m128i *)(b + 8 * i)));
        unsigned bytes = (unsigned)_mm_movemask_epi8(same);
        mask |= (uint64_t)(((bytes & 0xff) != 0xff) | ((bytes >> 8) != 0xff) << 1) << i;
    }
    if (i < words) mask |= (uint64_t)(word((const unsigned char *)a + 8 * i) != word((const unsigned char *)b + 8 * i)) << i;
    return mask;
}

int64_t ct_find_draw(const void *bytes, size_t count) {
    const unsigned char *at = bytes;
    const __m128i first = _mm_set1_epi8(0x0f), second = _mm_set1_epi8((char)0xc7), third = _mm_set1_epi8((char)0xf0);
    size_t i = 0;
    for (; i + 18 <= count; i += 16) {
        __m128i a = _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(at + i)), first);
        __m128i b = _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(at + i + 1)), second);
        __m128i both = _mm_and_si128(a, b);
        if (_mm_movemask_epi8(both) == 0) continue;
        __m128i high = _mm_and_si128(_mm_loadu_si128((const __m128i *)(at + i + 2)), third);
        int mask = _mm_movemask_epi8(_mm_and_si128(both, _mm_cmpeq_epi8(high, third)));
        if (mask != 0) return (int64_t)(i + (size_t)__builtin_ctz((unsigned)mask));
    }
    for (; i + 3 <= count; i++) {
        if (at[i] == 0x0f && at[i + 1] == 0xc7 && at[i + 2] >= 0xf0) return (int64_t)i;
    }
    return -1;
}

static _Thread_local timer_t timer, early;
static _Thread_local volatile sig_atomic_t fired;

static void on_timer(int signal) {
    (void)signal;
    fired = 1;
}

int ct_timer_make(void) {
    struct sigaction action = {.sa_handler = on_timer};
    int signal = SIGRTMIN + 7;
    if (sigaction(signal, &action, NULL) != 0) return -1;
    // The thread may come from a pool that blocks signals.
    sigset_t own;
    sigemptyset(&own);
    sigaddset(&own, signal);
    pthread_sigmask(SIG_UNBLOCK, &own, NULL);
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = signal};
    event._sigev_un._tid = (pid_t)syscall(SYS_gettid);
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0) return -1;
    return timer_create(CLOCK_MONOTONIC, &event, &early);
}

void ct_timer_once(int64_t microseconds) {
    struct itimerspec at = {.it_value = {microseconds / 1000000, microseconds % 1000000 * 1000}};
    fired = 0;
    timer_settime(early, 0, &at, NULL);
}

void ct_timer_set(int64_t microseconds) {
    struct timespec span = {microseconds / 1000000, microseconds % 1000000 * 1000};
    // Again and again: one that fires just before the wait begins must not be the last.
    struct itimerspec every = {.it_interval = span, .it_value = span};
    fired = 0;
    timer_settime(timer, 0, &every, NULL);
}

int ct_timer_fired(void) {
    int was = fired;
    fired = 0;
    return was;
}

int64_t ct_now(void) {
    struct timespec time;
    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int64_t ct_wall(void) {
    struct timespec time;
    syscall(SYS_clock_gettime, CLOCK_REALTIME, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int64_t ct_process_time(pid_t process) {
    // The clock's number is the process's and CPUCLOCK_SCHED, as clock_getcpuclockid has it.
    clockid_t clock = (clockid_t)(~(unsigned)process << 3 | 2);
    struct timespec time;
    if (syscall(SYS_clock_gettime, clock, &time) != 0) return -1;
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

void ct_forbid_counter(int forbidden) { prctl(PR_SET_TSC, forbidden ? PR_TSC_SIGSEGV : PR_TSC_ENABLE); }

void ct_cpuid(uint32_t leaf, uint32_t subleaf, uint32_t out[4]) {
    out[0] = out[1] = out[2] = out[3] = 0;
    __cpuid_count(leaf, subleaf, out[0], out[1], out[2], out[3]);
}

void ct_pin(int cpu) {
    if (cpu < 0) return;
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    sched_setaffinity(0, sizeof set, &set);
}

int ct_current_cpu(void) { return sched_getcpu(); }

int ct_memfd(const char *name) { return memfd_create(name, MFD_CLOEXEC); }

int ct_reads_thread_pointer(void) { return (getauxval(AT_HWCAP2) & 2) != 0; }
