#pragma once
#include <stddef.h>
#include <stdint.h>

/*
 * A sandbox's set-up as a flat list of steps, prepared by the parent and carried out between clone3 and execve.
 * The child is a copy of one thread of a program with many, so it may not allocate, lock or call Swift: system calls
 * only, on memory that was ready before the clone.
 */

enum {
    CLINUX_STEP_MOUNT = 1,    /* mount(a, b, c, n, d) */
    CLINUX_STEP_OVERLAY,      /* chdir(a), then an overlay with lower "." and options d on b */
    CLINUX_STEP_BIND,         /* bind a on b, flags below */
    CLINUX_STEP_MKDIR,        /* mkdir(a, n); being there is fine; always chmod */
    CLINUX_STEP_MKDIRS,       /* all missing directories of a, mode n */
    CLINUX_STEP_CHOWN,        /* chown(a, n, m) */
    CLINUX_STEP_TOUCH,        /* make the file a, mode n, if it is missing */
    CLINUX_STEP_WRITE,        /* write `length` bytes to the file a, mode n */
    CLINUX_STEP_SYMLINK,      /* symlink(a, b) */
    CLINUX_STEP_HIDE_SOCKET,  /* take the socket a away: unlink, else cover it with c */
    CLINUX_STEP_PIVOT,        /* pivot_root(a, b), chdir("/") */
    CLINUX_STEP_DETACH,       /* umount2(a, MNT_DETACH), rmdir(a) */
    CLINUX_STEP_HOSTNAME,     /* sethostname(a) */
    CLINUX_STEP_LOOPBACK,     /* lo up */
    CLINUX_STEP_RLIMIT,       /* setrlimit(n, m) for both limits, never above the hard one */
};

enum {
    CLINUX_STEP_OPTIONAL = 1,   /* a failure is passed over */
    CLINUX_STEP_READ_ONLY = 2,  /* BIND: read-only, with what is mounted below where RECURSIVE */
    CLINUX_STEP_RECURSIVE = 4,  /* BIND: with what is mounted below */
    CLINUX_STEP_IF_PRESENT = 16, /* OVERLAY: nothing is done where the lower directory has vanished */
    CLINUX_STEP_ELSE_BIND = 8,  /* OVERLAY: where the file system cannot be a lower layer, bind it read-only */
};

typedef struct {
    int32_t kind;
    int32_t flags;
    const char *a;
    const char *b;
    const char *c;
    const char *d;
    uint64_t n;
    uint64_t m;
    const void *bytes;
    size_t length;
} clinux_step;

typedef struct {
    const clinux_step *steps;
    size_t count;
    /* Empty to leave at once with status 0, which tells that the set-up works. */
    const char *program;
    char *const *arguments;
    char *const *variables;
    /* One byte comes here when the id maps are written; its end means that the parent is gone. */
    int mapped_fd;
    /* The parent's ends of those pipes: the child's copies of them would hide that the parent is gone. */
    int parent_fds[2];
    /* A clinux_sandbox_failure goes here where a step fails; closed by a good execve. */
    int failure_fd;
    /* Becomes 1 and 2. */
    int log_fd;
    /* Becomes 3. */
    int report_fd;
    /* The user to become before execve, where that is not user 0. */
    uint32_t uid;
    uint32_t gid;
    /* Whether supplementary groups may, and must, be dropped. */
    int32_t drops_groups;
    /* Bits of the capabilities that may be had inside at all. */
    uint64_t capabilities;
} clinux_sandbox_plan;

typedef struct {
    /* Index of the step, or one of the negative numbers below. */
    int32_t step;
    int32_t error;
} clinux_sandbox_failure;

enum {
    CLINUX_FAILURE_MAPS = -1,
    CLINUX_FAILURE_IDENTITY = -2,
    CLINUX_FAILURE_DESCRIPTORS = -3,
    CLINUX_FAILURE_EXEC = -4,
};

/*
 * Starts the plan in new user, pid, mount, network, ipc and uts namespaces.
 * Returns the child's pid and fills in `pidfd`, or a negative errno. The child is killed when the calling thread ends.
 */
int clinux_sandbox_start(const clinux_sandbox_plan *plan, int *pidfd);

/* SIGKILL by pidfd; 0 or a negative errno. */
int clinux_pidfd_kill(int pidfd);

/* Waits for the child's end; the wait status, or a negative errno. */
int clinux_wait(int pid);

/* A close-on-exec pipe, of that many bytes where allowed; 0 or a negative errno. */
int clinux_sandbox_pipe(int *reading, int *writing, int capacity);

/* A close-on-exec file in memory, or a negative errno. */
int clinux_memory_file(const char *name);
