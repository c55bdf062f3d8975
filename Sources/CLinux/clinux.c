#include "clinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <malloc.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

void rn_keep_memory(void) {
    // Threads' own arenas grow page by page, with a system call and faults each time; two threads share one well.
    mallopt(M_ARENA_MAX, 1);
    mallopt(M_TOP_PAD, 8 << 20);
    mallopt(M_TRIM_THRESHOLD, 256 << 20);
    // The three go together: who sets one sets the allocator's own adjusting off.
    mallopt(M_MMAP_THRESHOLD, 8 << 20);
}

int64_t rn_birth_time(int directory, const char *name) {
    struct statx about;
    if (statx(directory, name, AT_SYMLINK_NOFOLLOW, STATX_BTIME, &about) != 0 || !(about.stx_mask & STATX_BTIME)) return -1;
    return (int64_t)about.stx_btime.tv_sec * 1000000000 + about.stx_btime.tv_nsec;
}

int rn_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }
int rn_pidfd_getfd(int pidfd, int fd) { return (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0); }
int rn_pidfd_send_signal(int pidfd, int signal) { return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0); }

ssize_t rn_read_memory(pid_t pid, uint64_t address, void *buffer, size_t length) {
    struct iovec local = {buffer, length}, remote = {(void *)(uintptr_t)address, length};
    return process_vm_readv(pid, &local, 1, &remote, 1, 0);
}

ssize_t rn_write_memory(pid_t pid, uint64_t address, const void *buffer, size_t length) {
    struct iovec local = {(void *)buffer, length}, remote = {(void *)(uintptr_t)address, length};
    return process_vm_writev(pid, &local, 1, &remote, 1, 0);
}

int rn_set_nonblocking(int fd, int on) {
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0) return -1;
    return fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
}

int rn_get_flags(int fd) { return fcntl(fd, F_GETFL); }
int rn_set_close_on_exec(int fd, int on) { return fcntl(fd, F_SETFD, on ? FD_CLOEXEC : 0); }
int rn_set_subreaper(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }
int rn_alarm_open(void) { return timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK); }
int rn_alarm_set(int fd, int64_t due) {
    struct itimerspec setting = {.it_value = {due / 1000000000, due % 1000000000}};
    return timerfd_settime(fd, TFD_TIMER_ABSTIME, &setting, NULL);
}
int rn_gettid(void) { return (int)syscall(SYS_gettid); }
int rn_pin_name(const char *name) { return prctl(PR_SET_NAME, name, 0, 0, 0); }

int rn_receive_with_fds(int socket, void *buffer, size_t length, int *fds, int *fd_count) {
    char control[CMSG_SPACE(sizeof(int) * 64)];
    struct iovec part = {buffer, length};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    *fd_count = 0;
    ssize_t count = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    if (count < 0) return -1;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
        int n = (int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
        for (int i = 0; i < n && *fd_count < 64; i++) memcpy(&fds[(*fd_count)++], CMSG_DATA(c) + i * sizeof(int), sizeof(int));
    }
    return (int)count;
}

int rn_send_with_fds(int socket, const void *buffer, size_t length, const int *fds, int fd_count) {
    char control[CMSG_SPACE(sizeof(int) * 64)];
    struct iovec part = {(void *)buffer, length};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (fd_count > 0) {
        memset(control, 0, sizeof control);
        message.msg_control = control;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)fd_count);
        struct cmsghdr *c = CMSG_FIRSTHDR(&message);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)fd_count);
        memcpy(CMSG_DATA(c), fds, sizeof(int) * (size_t)fd_count);
    }
    return (int)sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

int rn_unsent(int fd) {
    int count = 0;
    return ioctl(fd, SIOCOUTQ, &count) == 0 ? count : -1;
}

int rn_has_received(int fd) {
    struct timeval last;
    return ioctl(fd, SIOCGSTAMP, &last) == 0;
}

int rn_tcp_state(int fd) {
    struct tcp_info info;
    socklen_t length = sizeof info;
    return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) == 0 ? info.tcpi_state : -1;
}

int rn_signalfd(const sigset_t *set) { return signalfd(-1, set, SFD_CLOEXEC | SFD_NONBLOCK); }

int rn_read_signal(int fd, struct rn_signal *out) {
    struct signalfd_siginfo info;
    if (read(fd, &info, sizeof info) != sizeof info) return 0;
    out->number = (int32_t)info.ssi_signo;
    out->from_kernel = info.ssi_code == SI_KERNEL;
    out->sender = (int32_t)info.ssi_pid;
    return 1;
}

int rn_shared_memory(size_t size) {
    int fd = memfd_create("reenact", MFD_CLOEXEC);
    if (fd >= 0 && ftruncate(fd, (off_t)size) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

int rn_accept(int listener) { return accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK); }
int rn_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }
