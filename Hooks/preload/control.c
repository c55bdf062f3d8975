// The connection to the recorder: one a process, opened when the first message is sent.
#include "reenact.h"

#include <fcntl.h>
#include <pthread.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
static atomic_bool gone;
static _Atomic(pid_t) owner;
static atomic_int control = -1;
static _Atomic(uint64_t) inode;
static atomic_uint dropped;
static atomic_flag opening = ATOMIC_FLAG_INIT;
static pthread_mutex_t handshaking = PTHREAD_MUTEX_INITIALIZER;

// Programs may clear their environment, so it is read once, before they run.
__attribute__((constructor(101))) static void read_environment(void) {
    const char *value = getauxval(AT_SECURE) ? NULL : getenv("REENACT_CONTROL");
    if (value && strlen(value) < sizeof path) strcpy(path, value);
}

bool reenact_active(void) { return path[0] && !atomic_load_explicit(&gone, memory_order_relaxed); }

bool reenact_is_own(const char *file) {
    const char *name = strrchr(path, '/');
    size_t directory = name ? (size_t)(name - path) + 1 : 0;
    return directory > 1 && !strncmp(file, path, directory);
}

bool reenact_is_control(int fd) { return fd >= 0 && fd == atomic_load_explicit(&control, memory_order_relaxed); }

// System calls, because the functions' names are hooked by this very library.
static int open_connection(void) {
    int fd = (int)syscall(SYS_socket, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    // Up high it is out of the way of programs that count on low numbers or close them.
    int high = (int)syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 900);
    if (high >= 0) {
        syscall(SYS_close, fd);
        fd = high;
    }
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(address.sun_path, path);
    if (syscall(SYS_connect, fd, &address, sizeof address) < 0) {
        syscall(SYS_close, fd);
        atomic_store(&gone, true);
        return -1;
    }
    int size = 4 << 20;
    syscall(SYS_setsockopt, fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    return fd;
}

// The descriptor, or -1: opened anew after a fork and where the program closed it.
static int connection(void) {
    pid_t pid = getpid();
    for (int attempt = 0; attempt < 20; attempt++) {
        int fd = atomic_load(&control);
        if (fd >= 0 && atomic_load(&owner) == pid && reenact_inode(fd) == atomic_load(&inode)) return fd;
        if (!reenact_active()) return -1;
        // A child may have been forked while another thread was opening: then nobody will ever clear the flag.
        if (atomic_load(&owner) != pid) {
            pid_t before = atomic_load(&owner);
            if (atomic_compare_exchange_strong(&owner, &before, pid)) {
                atomic_store(&inode, 0);
                atomic_store(&dropped, 0);
                atomic_flag_clear(&opening);
            }
        }
        if (!atomic_flag_test_and_set(&opening)) {
            fd = open_connection();
            if (fd >= 0) {
                atomic_store(&inode, reenact_inode(fd));
                atomic_store(&control, fd);
            }
            atomic_flag_clear(&opening);
            return fd;
        }
        struct timespec pause = {.tv_nsec = 1000000};
        syscall(SYS_nanosleep, &pause, NULL);
    }
    return -1;
}

// What the whole recording is about: the exception that ends a request, or the program. Its program fails anyway, and
// can wait for a recorder that is short of processor time.
static bool is_decisive(const char *message, size_t length) {
    static const char *const words[] = {"\"handling\":\"reported\"", "\"handling\":\"unhandled\"",
                                        "\"handling\": \"reported\"", "\"handling\": \"unhandled\""};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (memmem(message, length, words[i], strlen(words[i]))) return true;
    return false;
}

static bool send_once(int fd, const char *message, size_t length) {
    for (int attempt = 0;; attempt++) {
        if (syscall(SYS_sendto, fd, message, length, MSG_DONTWAIT | MSG_NOSIGNAL, NULL, 0) >= 0) return true;
        if (errno == EINTR) continue;
        if (errno != EAGAIN && errno != ENOBUFS) {
            if (errno != EMSGSIZE) atomic_store(&gone, true);
            return false;
        }
        if (attempt >= 20 && (attempt >= 1000 || !is_decisive(message, length))) return false;
        struct timespec pause = {.tv_nsec = 1000000};
        syscall(SYS_nanosleep, &pause, NULL);
    }
}

static void tell_overflow(int fd) {
    unsigned lost = atomic_exchange(&dropped, 0);
    if (!lost) return;
    char room[160];
    struct json j = JSON_ON(room);
    json_begin(&j, "overflow");
    json_text(&j, ",\"dropped\":%u}", lost);
    if (syscall(SYS_sendto, fd, j.bytes, j.used, MSG_DONTWAIT | MSG_NOSIGNAL, NULL, 0) < 0)
        atomic_fetch_add(&dropped, lost);
}

EXPORT int reenact_send(const char *message, size_t length) {
    if (!reenact_active()) return -1;
    int saved = errno;
    bool sent = false;
    if (length <= REENACT_MESSAGE_LIMIT) {
        int fd = connection();
        if (fd >= 0) {
            if (unlikely(atomic_load_explicit(&dropped, memory_order_relaxed))) tell_overflow(fd);
            sent = send_once(fd, message, length);
        }
    }
    if (!sent) atomic_fetch_add(&dropped, 1);
    errno = saved;
    return sent ? 0 : -1;
}

// Never for good: a signal handler that opens a file may have interrupted the very thread that holds the turn.
static bool take_turn(void) {
    for (int attempt = 0; pthread_mutex_trylock(&handshaking); attempt++) {
        if (attempt >= 1000) return false;
        struct timespec pause = {.tv_nsec = 2000000};
        syscall(SYS_nanosleep, &pause, NULL);
    }
    return true;
}

// Sends a message and waits up to 2 s for the recorder's one byte. One that does not answer is not asked again.
bool reenact_handshake(const char *message, size_t length) {
    static atomic_bool deaf;
    if (atomic_load(&deaf) || !reenact_active()) return false;
    int saved = errno;
    bool answered = false;
    if (!take_turn()) return false;
    if (reenact_send(message, length) == 0) {
        struct pollfd waiting = {.fd = atomic_load(&control), .events = POLLIN};
        uint64_t end = reenact_monotonic() + 2000000000u;
        while (!answered) {
            uint64_t now = reenact_monotonic();
            if (now >= end) break;
            struct timespec left = {.tv_sec = (end - now) / 1000000000u, .tv_nsec = (end - now) % 1000000000u};
            long ready = syscall(SYS_ppoll, &waiting, 1, &left, NULL, 0);
            if (ready < 0 && errno == EINTR) continue;
            if (ready <= 0) break;
            char byte;
            long got = syscall(SYS_recvfrom, waiting.fd, &byte, 1, MSG_DONTWAIT, NULL, NULL);
            if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
            if (got <= 0) atomic_store(&gone, true);
            answered = got > 0;
            break;
        }
        if (!answered) atomic_store(&deaf, true);
    }
    pthread_mutex_unlock(&handshaking);
    errno = saved;
    return answered;
}

static void before_fork(void) { pthread_mutex_lock(&handshaking); }
static void after_fork(void) { pthread_mutex_unlock(&handshaking); }
__attribute__((constructor)) static void watch_forks(void) {
    if (path[0]) pthread_atfork(before_fork, after_fork, after_fork);
}
