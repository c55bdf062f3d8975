// Thin C for what Swift cannot call: variadic ioctl, raw system calls, code between fork and exec.
#ifndef REENACT_CLINUX_H
#define REENACT_CLINUX_H

#include <stddef.h>
#include <stdint.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/types.h>

// What a child is to be. Every pointer outlives the call; nothing is allocated between fork and exec.
struct rn_spawn_plan {
    const char *file;          // looked up in PATH by execvpe
    char *const *argv;
    char *const *envp;
    const char *directory;     // NULL: stay
    int standard[3];           // descriptors for 0, 1, 2; -1: inherit
    int new_group;             // 1: setpgid(0, 0)
    int observe;               // 1: install the recorder's seccomp filter
    int standard_only;         // 1: no other descriptors are passed on, whatever they are marked
    int keep_fd;               // a descriptor to pass on as it is; -1: none
    int death_signal;          // PR_SET_PDEATHSIG; 0: none
    int observe_input;         // 1, with `observe`: the filter tells of reads from descriptor 0, too
};

// Starts a child. Returns 0, or an errno: of the step `*stage` ("fork", "seccomp", "chdir", "exec").
// With `observe`, `*notify_fd` is the seccomp listener.
int rn_spawn(const struct rn_spawn_plan *plan, pid_t *pid, int *notify_fd, const char **stage);

// A notification, flat.
struct rn_notification {
    uint64_t id;
    uint32_t pid;
    int32_t number;
    uint64_t arguments[6];
};

// System call numbers of this architecture; -1 where it has none.
extern const int32_t rn_sys_connect, rn_sys_accept, rn_sys_accept4, rn_sys_sendto, rn_sys_recvfrom, rn_sys_bind,
    rn_sys_getpeername, rn_sys_getsockname, rn_sys_read, rn_sys_readv;

// 0, or an errno. ENOENT: the caller was killed or interrupted before we looked.
int rn_notify_receive(int fd, struct rn_notification *out);
// Lets the kernel carry the call out itself.
int rn_notify_continue(int fd, uint64_t id);
// Answers with `value`, or with -error where error is not 0.
int rn_notify_answer(int fd, uint64_t id, int64_t value, int error);
// Gives the caller a copy of `source` as the call's result. Returns 0 or an errno.
int rn_notify_answer_fd(int fd, uint64_t id, int source, int close_on_exec);
// 1 while the caller still waits.
int rn_notify_valid(int fd, uint64_t id);

int rn_pidfd_open(pid_t pid);

/// Lets the allocator take memory in larger steps and keep what it has, for a process whose use goes up and down all the
/// time. Source: mallopt(3).
void rn_keep_memory(void);

/// When a directory's entry came to be, in nanoseconds since 1970; -1 where the file system does not say.
/// Source: statx(2).
int64_t rn_birth_time(int directory, const char *name);
int rn_pidfd_getfd(int pidfd, int fd);
int rn_pidfd_send_signal(int pidfd, int signal);
ssize_t rn_read_memory(pid_t pid, uint64_t address, void *buffer, size_t length);
ssize_t rn_write_memory(pid_t pid, uint64_t address, const void *buffer, size_t length);
// open(2), fcntl(2) and ioctl(2) without the variadic part.
int rn_set_nonblocking(int fd, int on);
int rn_get_flags(int fd);
int rn_set_close_on_exec(int fd, int on);
int rn_set_subreaper(void);
int rn_receive_with_fds(int socket, void *buffer, size_t length, int *fds, int *fd_count);
int rn_send_with_fds(int socket, const void *buffer, size_t length, const int *fds, int fd_count);
// Bytes not yet acknowledged by the peer; -1 on error.
int rn_unsent(int fd);
// 1 where a datagram was ever taken from the socket. Source: socket(7), SIOCGSTAMP.
int rn_has_received(int fd);
// State of a TCP socket as in TCP_INFO (1: established, 2: SYN sent, 7: closed); -1 on error.
int rn_tcp_state(int fd);
// signalfd(2), flat.
struct rn_signal {
    int32_t number;
    int32_t from_kernel;
    int32_t sender;
};
int rn_signalfd(const sigset_t *set);
int rn_read_signal(int fd, struct rn_signal *out);
// A memory file of that size, close-on-exec; -1 and errno.
int rn_shared_memory(size_t size);
// accept4(2) without the address, close-on-exec and non-blocking.
int rn_accept(int listener);
// pipe2(2), close-on-exec.
int rn_pipe(int ends[2]);
// A pseudo-terminal that passes bytes as they are, of the size of `like`. Returns 0 or an errno.
int rn_open_terminal(int like, int *ours, int *theirs);
// Gives `to` the window size of `from`.
void rn_copy_window_size(int from, int to);
// A timer that is read like a descriptor (timerfd_create(2)), by the monotonic clock; -1 where there is none to be had.
int rn_alarm_open(void);
// Lets it go off at that time, in nanoseconds.
int rn_alarm_set(int fd, int64_t due);
int rn_gettid(void);
int rn_pin_name(const char *name);

#endif
