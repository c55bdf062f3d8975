// seccomp user notification (seccomp_unotify(2)): the program's connect and accept are answered by the recorder.
#include "notify.h"
#include "clinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define OUR_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OUR_ARCH AUDIT_ARCH_AARCH64
#else
#error "Reenact records on x86-64 and arm64"
#endif
#ifndef SECCOMP_ADDFD_FLAG_SEND
#define SECCOMP_ADDFD_FLAG_SEND (1UL << 1)
#endif

const int32_t rn_sys_connect = SYS_connect, rn_sys_accept4 = SYS_accept4, rn_sys_sendto = SYS_sendto,
              rn_sys_recvfrom = SYS_recvfrom, rn_sys_bind = SYS_bind,
              rn_sys_getpeername = SYS_getpeername, rn_sys_getsockname = SYS_getsockname, rn_sys_read = SYS_read, rn_sys_readv = SYS_readv,
#ifdef SYS_accept
              rn_sys_accept = SYS_accept;
#else
              rn_sys_accept = -1;
#endif

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define IS(value, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), (yes), (no))
#define GIVE(what) BPF_STMT(BPF_RET | BPF_K, (what))

int rn_install_filter(int observe_input) {
    struct sock_filter code[] = {
        LOAD(arch),
        IS(OUR_ARCH, 1, 0),
        GIVE(SECCOMP_RET_ALLOW),
        // Reads from descriptor 0: six instructions that are left out where nobody asks for them.
        LOAD(nr),
        IS(SYS_read, 1, 0),
        IS(SYS_readv, 0, 3),
        LOAD(args[0]),
        IS(0, 0, 1),
        GIVE(SECCOMP_RET_USER_NOTIF),
        LOAD(nr),
        IS(SYS_connect, 12, 0),
        IS(SYS_accept4, 11, 0),
#ifdef SYS_accept
        IS(SYS_accept, 10, 0),
#else
        IS(SYS_accept4, 10, 0),
#endif
        IS(SYS_getpeername, 9, 0),
        IS(SYS_getsockname, 8, 0),
        IS(SYS_bind, 7, 0),
        // io_uring would pass connect and accept by; programs fall back when the kernel says that it has none.
        IS(SYS_io_uring_setup, 7, 0),
        IS(SYS_recvfrom, 1, 0),
        IS(SYS_sendto, 0, 6),
        // With an address: a datagram to or from somewhere. send() and recv() are these without one.
        LOAD(args[4]),
        IS(0, 0, 2),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[4]) + 4),
        IS(0, 2, 0),
        GIVE(SECCOMP_RET_USER_NOTIF),
        GIVE(SECCOMP_RET_ERRNO | ENOSYS),
        GIVE(SECCOMP_RET_ALLOW),
    };
    enum { before = 3, input = 6, length = sizeof code / sizeof *code };
    // Jumps are relative, and none leads across what is taken out.
    if (!observe_input) memmove(code + before, code + before + input, (length - before - input) * sizeof *code);
    struct sock_fprog program = {.len = observe_input ? length : length - input, .filter = code};
    // Kernels before 5.16 slow every filtered program by guards against itself: this filter is no reason for them.
    const unsigned flags = SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_SPEC_ALLOW;
    // Root keeps its right to gain privileges (su, setpriv); others must give it up for a filter.
    int fd = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
    if (fd < 0 && errno == EACCES) {
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
        fd = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
    }
    return fd;
}

int rn_notify_receive(int fd, struct rn_notification *out) {
    struct seccomp_notif request;
    memset(&request, 0, sizeof request);
    if (ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &request) != 0) return errno;
    out->id = request.id;
    out->pid = request.pid;
    out->number = request.data.nr;
    memcpy(out->arguments, request.data.args, sizeof out->arguments);
    return 0;
}

static int respond(int fd, struct seccomp_notif_resp *response) {
    return ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, response) == 0 ? 0 : errno;
}

int rn_notify_continue(int fd, uint64_t id) {
    struct seccomp_notif_resp response = {.id = id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
    return respond(fd, &response);
}

int rn_notify_answer(int fd, uint64_t id, int64_t value, int error) {
    struct seccomp_notif_resp response = {.id = id, .val = error ? 0 : value, .error = -error};
    return respond(fd, &response);
}

int rn_notify_answer_fd(int fd, uint64_t id, int source, int close_on_exec) {
    struct seccomp_notif_addfd request = {
        .id = id,
        .flags = SECCOMP_ADDFD_FLAG_SEND,
        .srcfd = (uint32_t)source,
        .newfd_flags = close_on_exec ? O_CLOEXEC : 0,
    };
    return ioctl(fd, SECCOMP_IOCTL_NOTIF_ADDFD, &request) >= 0 ? 0 : errno;
}

int rn_notify_valid(int fd, uint64_t id) { return ioctl(fd, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0; }
