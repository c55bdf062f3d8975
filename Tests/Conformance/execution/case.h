// Small programs, each a case of one binary: `conformance NAME` runs one, without arguments it lists them.
#ifndef CASE_H
#define CASE_H
#define _GNU_SOURCE
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <math.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/sendfile.h>
#include <sys/shm.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/times.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <termios.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

struct test_case {
    const char *name;
    int (*run)(void);
    struct test_case *next;
};
extern struct test_case *all_cases;

#define CASE(id)                                                                                    \
    static int case_##id(void);                                                                     \
    static struct test_case entry_##id = {#id, case_##id, 0};                                       \
    __attribute__((constructor)) static void add_##id(void) {                                       \
        entry_##id.next = all_cases;                                                                \
        all_cases = &entry_##id;                                                                    \
    }                                                                                               \
    static int case_##id(void)

// What a case finds goes to its output, so that a replay with other values would print something else.
#define SAY(...) (printf(__VA_ARGS__), fflush(stdout))

// A file of its own, open and without a name.
static inline int scratch(void) {
    char path[] = "/tmp/reenact-case-XXXXXX";
    int fd = mkstemp(path);
    unlink(path);
    return fd;
}
#endif
