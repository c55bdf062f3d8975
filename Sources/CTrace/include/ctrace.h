// What Swift cannot say of ptrace: requests with structures, fork, wait flags, timers of one thread.
#ifndef CTRACE_H
#define CTRACE_H

#include "capsule.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/user.h>

// Starts COMMAND. It waits, not yet running, until `ct_release` is called on `*gate`; an execve that fails is written
// to `*failure` (an int, errno). Address space layout is fixed, the time stamp counter faults, `cpu` is the only CPU.
// `filtered`: as `ct_filter` says, if the kernel can. Until it is the program it shares this process's memory: the texts
// have to stay where they are, and `*place`, its stack, is freed by `ct_spawned` then.
pid_t ct_spawn(
    const char *path, char *const argv[], char *const envp[], int cpu, int filtered, int *gate, int *failure,
    void **place);
void ct_release(int gate);
void ct_spawned(void *place);

// A process with nothing of its own to do, stopped by SIGTRAP as soon as it is released: the clay of a replay.
pid_t ct_blank(int cpu, int *gate);

int ct_seize(pid_t tid);
int ct_resume(int request, pid_t tid, int signal);
int ct_get_registers(pid_t tid, struct user_regs_struct *registers);
int ct_set_registers(pid_t tid, const struct user_regs_struct *registers);
// Floating point and vector state; `*size` is the room before, the length after.
int ct_get_extended(pid_t tid, void *buffer, size_t *size);
int ct_set_extended(pid_t tid, const void *buffer, size_t size);
int ct_get_siginfo(pid_t tid, void *information);
int ct_set_siginfo(pid_t tid, const void *information);
// The signals that are blocked, as a kernel's mask.
int ct_get_mask(pid_t tid, uint64_t *mask);
int ct_set_mask(pid_t tid, uint64_t mask);
int ct_event_message(pid_t tid, unsigned long *message);
int ct_set_debug_register(pid_t tid, int index, uint64_t value);
int64_t ct_get_debug_register(pid_t tid, int index);
// Waits for a child or tracee of this thread only; `tid` as for waitpid.
pid_t ct_wait(pid_t tid, int *status, int no_hang);
int ct_kill(pid_t process, pid_t tid, int signal);
// Queues a signal with its siginfo; one that the kernel would not take from outside goes without.
int ct_queue_signal(pid_t process, pid_t tid, int signal, void *information);

ssize_t ct_read_memory(pid_t tid, uint64_t address, void *buffer, size_t count);
// Ranges [start, end) that are present or swapped, at most `room` of them; -1 where the kernel has no PAGEMAP_SCAN.
int ct_present_ranges(int pagemap, uint64_t start, uint64_t end, uint64_t *ranges, int room, uint64_t *next);

// Sum of the pages' hashes: order does not matter, a page of zeros counts nothing.
uint64_t ct_hash_pages(const void *bytes, size_t count, uint64_t address);
uint64_t ct_hash(const void *bytes, size_t count, uint64_t seed);
int ct_is_zero(const void *bytes, size_t count);

// Which of up to 64 words differ, one bit each.
uint64_t ct_differing(const void *one, const void *other, int words);

// Where the opcode of rdrand or rdseed with a register stands first (0F C7 F0 to 0F C7 FF); -1 where nowhere.
int64_t ct_find_draw(const void *bytes, size_t count);

// A periodic interruption of the calling thread's waits, every `microseconds`; 0 stops it.
int ct_timer_make(void);
void ct_timer_set(int64_t microseconds);
// One more interruption, so soon.
void ct_timer_once(int64_t microseconds);
int ct_timer_fired(void);

// Nanoseconds of CLOCK_MONOTONIC, by a system call: the vDSO reads the time stamp counter.
int64_t ct_now(void);
// The same of CLOCK_REALTIME.
int64_t ct_wall(void);
// Nanoseconds of processor time that all threads of a process have used; -1 where it is gone.
int64_t ct_process_time(pid_t process);
// Whether the time stamp counter faults in the calling thread.
void ct_forbid_counter(int forbidden);

void ct_cpuid(uint32_t leaf, uint32_t subleaf, uint32_t out[4]);
void ct_pin(int cpu);
int ct_current_cpu(void);
int ct_memfd(const char *name);
// Whether programs may read their thread pointer by an instruction (FSGSBASE).
int ct_reads_thread_pointer(void);

// Requests and options by value, since the headers make them an enum that Swift does not see.
enum {
    ct_request_continue = 7,
    ct_request_singlestep = 9,
    ct_request_syscall = 24,
    ct_request_sysemu = 31,
    ct_request_interrupt = 0x4207,
    ct_request_listen = 0x4208,
    ct_request_detach = 17,
    ct_event_fork = 1,
    ct_event_vfork = 2,
    ct_event_clone = 3,
    ct_event_exec = 4,
    ct_event_vfork_done = 5,
    ct_event_exit = 6,
    ct_event_seccomp = 7,
    ct_event_stop = 128,
};

#endif
