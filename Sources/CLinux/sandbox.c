#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "clinux_sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif

/* As in linux/sched.h and linux/mount.h, which do not go together with glibc's own headers everywhere. */
struct clone3_arguments {
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
};
struct mount_attributes {
    uint64_t attr_set, attr_clr, propagation, userns_fd;
};
#define REENACT_CLONE_PIDFD 0x1000ull
#define REENACT_ATTR_RDONLY 1ull
#define REENACT_AT_RECURSIVE 0x8000

static int read_only(const char *path, int recursive) {
    struct mount_attributes attributes = {.attr_set = REENACT_ATTR_RDONLY};
    return (int)syscall(SYS_mount_setattr, AT_FDCWD, path, recursive ? REENACT_AT_RECURSIVE : 0, &attributes,
                        sizeof attributes);
}

static int bind_on(const char *source, const char *target, int flags) {
    unsigned long recursive = flags & CLINUX_STEP_RECURSIVE ? MS_REC : 0;
    if (mount(source, target, NULL, MS_BIND | recursive, NULL) < 0) return -1;
    if (!(flags & CLINUX_STEP_READ_ONLY)) return 0;
    return read_only(target, recursive != 0);
}

static int make_directories(const char *path, mode_t mode) {
    char part[4096];
    size_t length = strlen(path);
    if (length >= sizeof part) {
        errno = ENAMETOOLONG;
        return -1;
    }
    for (size_t end = 1; end <= length; end++) {
        if (end < length && path[end] != '/') continue;
        memcpy(part, path, end);
        part[end] = 0;
        if (mkdir(part, mode) < 0 && errno != EEXIST) {
            /* A directory that is there may be one that we could not make: read-only, or another's. */
            struct stat status;
            int kept = errno;
            if (stat(part, &status) == 0 && S_ISDIR(status.st_mode)) continue;
            errno = kept;
            return -1;
        }
    }
    return 0;
}

static int write_file(const clinux_step *step) {
    int file = open(step->a, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) return -1;
    const char *bytes = step->bytes;
    size_t left = step->length;
    while (left > 0) {
        ssize_t written = write(file, bytes, left);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) {
            close(file);
            return -1;
        }
        bytes += written;
        left -= (size_t)written;
    }
    fchmod(file, (mode_t)step->n);
    return close(file);
}

static int hide_socket(const clinux_step *step) {
    struct stat status;
    if (lstat(step->a, &status) < 0) return errno == ENOENT || errno == ENOTDIR || errno == EACCES ? 0 : -1;
    if (!S_ISSOCK(status.st_mode)) return 0;
    if (unlink(step->a) == 0 || errno == ENOENT) return 0;
    /* In a directory of another user nothing can be unlinked, but a name can be covered. */
    return mount(step->c, step->a, NULL, MS_BIND, NULL);
}

static int loopback_up(void) {
    int handle = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (handle < 0) return -1;
    struct ifreq request;
    memset(&request, 0, sizeof request);
    memcpy(request.ifr_name, "lo", 3);
    int result = ioctl(handle, SIOCGIFFLAGS, &request);
    request.ifr_flags |= IFF_UP;
    if (result == 0) result = ioctl(handle, SIOCSIFFLAGS, &request);
    int kept = errno;
    close(handle);
    errno = kept;
    return result;
}

static int limit(int resource, uint64_t value) {
    struct rlimit limits;
    if (getrlimit(resource, &limits) < 0) return -1;
    if (limits.rlim_max != RLIM_INFINITY && limits.rlim_max < value) value = limits.rlim_max;
    limits.rlim_cur = limits.rlim_max = value;
    return setrlimit(resource, &limits);
}

static int overlay(const clinux_step *step) {
    int may_vanish = step->flags & CLINUX_STEP_IF_PRESENT;
    if (chdir(step->a) < 0) return may_vanish && errno == ENOENT ? 0 : -1;
    int result = mount("overlay", step->b, "overlay", step->n, step->d);
    if (result < 0 && (step->flags & CLINUX_STEP_ELSE_BIND) && errno == EINVAL)
        result = bind_on(".", step->b, CLINUX_STEP_READ_ONLY | CLINUX_STEP_RECURSIVE);
    struct stat status;
    if (result < 0 && may_vanish && errno == ENOENT && stat(".", &status) == 0 && status.st_nlink == 0) result = 0;
    int kept = errno;
    chdir("/");
    errno = kept;
    return result;
}

static int perform(const clinux_step *step) {
    switch (step->kind) {
    case CLINUX_STEP_MOUNT: return mount(step->a, step->b, step->c, step->n, step->d);
    case CLINUX_STEP_OVERLAY: return overlay(step);
    case CLINUX_STEP_BIND: return bind_on(step->a, step->b, step->flags);
    case CLINUX_STEP_MKDIR:
        if (mkdir(step->a, (mode_t)step->n) < 0 && errno != EEXIST) return -1;
        return chmod(step->a, (mode_t)step->n);
    case CLINUX_STEP_MKDIRS: return make_directories(step->a, (mode_t)step->n);
    case CLINUX_STEP_CHOWN: return chown(step->a, (uid_t)step->n, (gid_t)step->m);
    case CLINUX_STEP_TOUCH: {
        struct stat status;
        if (stat(step->a, &status) == 0) return 0;
        int file = open(step->a, O_WRONLY | O_CREAT | O_CLOEXEC, (mode_t)step->n);
        return file < 0 ? -1 : close(file);
    }
    case CLINUX_STEP_WRITE: return write_file(step);
    case CLINUX_STEP_SYMLINK: return symlink(step->a, step->b);
    case CLINUX_STEP_HIDE_SOCKET: return hide_socket(step);
    case CLINUX_STEP_PIVOT:
        if (syscall(SYS_pivot_root, step->a, step->b) < 0) return -1;
        return chdir("/");
    case CLINUX_STEP_DETACH:
        if (umount2(step->a, MNT_DETACH) < 0) return -1;
        return rmdir(step->a);
    case CLINUX_STEP_HOSTNAME: return sethostname(step->a, strlen(step->a));
    case CLINUX_STEP_LOOPBACK: return loopback_up();
    case CLINUX_STEP_RLIMIT: return limit((int)step->n, step->m);
    }
    errno = EINVAL;
    return -1;
}

static void fail(int descriptor, int step) {
    clinux_sandbox_failure failure = {.step = step, .error = errno};
    while (write(descriptor, &failure, sizeof failure) < 0 && errno == EINTR) {
    }
    _exit(71);
}

/* Raw system calls: glibc's wrappers would look for this program's other threads, which the child does not have. */
static int become(const clinux_sandbox_plan *plan) {
    if (plan->drops_groups && syscall(SYS_setgroups, 0, NULL) < 0) return -1;
    if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0) return -1;
    if (syscall(SYS_setresgid, plan->gid, plan->gid, plan->gid) < 0) return -1;
    if (syscall(SYS_setresuid, plan->uid, plan->uid, plan->uid) < 0) return -1;
    for (int capability = 0; capability < 64; capability++)
        if (!(plan->capabilities >> capability & 1)) {
            if (prctl(PR_CAPBSET_READ, capability, 0, 0, 0) < 0) break;
            prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
        }
    uint32_t low = (uint32_t)plan->capabilities, high = (uint32_t)(plan->capabilities >> 32);
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    struct __user_cap_data_struct data[2] = {{low, low, low}, {high, high, high}};
    if (syscall(SYS_capset, &header, data) < 0) return -1;
    /* An ordinary user's capabilities live through execve as ambient ones only. */
    for (int capability = 0; plan->uid != 0 && capability < 64; capability++)
        if (plan->capabilities >> capability & 1)
            if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) < 0) return -1;
    return 0;
}

/* 0 is /dev/null, 1 and 2 the log, 3 the report, 4 the failure's; nothing else stays open. */
static int place_descriptors(const clinux_sandbox_plan *plan, int *failure_fd) {
    int log = fcntl(plan->log_fd, F_DUPFD_CLOEXEC, 100);
    int report = fcntl(plan->report_fd, F_DUPFD_CLOEXEC, 100);
    int failure = fcntl(*failure_fd, F_DUPFD_CLOEXEC, 100);
    if (log < 0 || report < 0 || failure < 0) return -1;
    *failure_fd = failure;
    int nothing = open("/dev/null", O_RDWR);
    if (nothing < 0 || dup2(nothing, 0) < 0 || dup2(log, 1) < 0 || dup2(log, 2) < 0 || dup2(report, 3) < 0) return -1;
    if (dup3(failure, 4, O_CLOEXEC) < 0) return -1;
    *failure_fd = 4;
    return (int)syscall(SYS_close_range, 5u, ~0u, 0u);
}

static void child(const clinux_sandbox_plan *plan) {
    int failure_fd = plan->failure_fd;
    char byte;
    ssize_t got;
    struct sigaction plain = {.sa_handler = SIG_DFL};
    for (int number = 1; number < 65; number++) sigaction(number, &plain, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    umask(0);
    setsid();
    close(plan->parent_fds[0]);
    close(plan->parent_fds[1]);
    while ((got = read(plan->mapped_fd, &byte, 1)) < 0 && errno == EINTR) {
    }
    if (got != 1) {
        errno = ECANCELED;
        fail(failure_fd, CLINUX_FAILURE_MAPS);
    }
    for (size_t index = 0; index < plan->count; index++)
        if (perform(&plan->steps[index]) < 0 && !(plan->steps[index].flags & CLINUX_STEP_OPTIONAL))
            fail(failure_fd, (int)index);
    if (become(plan) < 0) fail(failure_fd, CLINUX_FAILURE_IDENTITY);
    if (place_descriptors(plan, &failure_fd) < 0) fail(failure_fd, CLINUX_FAILURE_DESCRIPTORS);
    /* A change of user clears the request, so it stands behind `become` too; the first covers the time until here. */
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    struct pollfd parent = {.fd = failure_fd, .events = 0};
    if (poll(&parent, 1, 0) != 0) _exit(71);
    umask(022);
    if (!plan->program[0]) _exit(0);
    execve(plan->program, plan->arguments, plan->variables);
    fail(failure_fd, CLINUX_FAILURE_EXEC);
}

int clinux_sandbox_start(const clinux_sandbox_plan *plan, int *pidfd) {
    int descriptor = -1;
    struct clone3_arguments arguments = {
        .flags = REENACT_CLONE_PIDFD | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC |
                 CLONE_NEWUTS,
        .pidfd = (uint64_t)(uintptr_t)&descriptor,
        .exit_signal = SIGCHLD,
    };
    long pid = syscall(SYS_clone3, &arguments, sizeof arguments);
    if (pid < 0) return -errno;
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        child(plan);
        _exit(71);
    }
    *pidfd = descriptor;
    return (int)pid;
}

int clinux_pidfd_kill(int pidfd) {
    return syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0) < 0 ? -errno : 0;
}

int clinux_wait(int pid) {
    int status = 0;
    pid_t got;
    while ((got = waitpid(pid, &status, 0)) < 0 && errno == EINTR) {
    }
    return got < 0 ? -errno : status;
}

int clinux_sandbox_pipe(int *reading, int *writing, int capacity) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) return -errno;
    if (capacity > 0) fcntl(ends[0], F_SETPIPE_SZ, capacity);
    *reading = ends[0];
    *writing = ends[1];
    return 0;
}

int clinux_memory_file(const char *name) {
    int file = memfd_create(name, MFD_CLOEXEC);
    return file < 0 ? -errno : file;
}
