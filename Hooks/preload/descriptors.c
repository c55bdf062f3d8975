// Which descriptors are connections that the program opened: connect marks, close and dup keep the marks right.
#include "reenact.h"

#include <fcntl.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <unistd.h>

EXPORT int connect(int fd, const struct sockaddr *address, socklen_t length) {
    int result = NEXT(connect)(fd, address, length);
    if ((result == 0 || errno == EINPROGRESS) && address && length >= sizeof address->sa_family) {
        int saved = errno;
        sa_family_t family = address->sa_family;
        int type = 0;
        socklen_t size = sizeof type;
        if ((family == AF_INET || family == AF_INET6 || family == AF_UNIX)
            && getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM)
            reenact_mark_outbound(fd);
        errno = saved;
    }
    return result;
}

EXPORT int close(int fd) {
    reenact_forget(fd);
    return NEXT(close)(fd);
}

static void copied(int from, int to) {
    if (to >= 0 && to != from) reenact_copy_mark(from, to);
}

EXPORT int dup(int fd) {
    int copy = NEXT(dup)(fd);
    copied(fd, copy);
    return copy;
}

EXPORT int dup2(int from, int to) {
    int copy = NEXT(dup2)(from, to);
    copied(from, copy);
    return copy;
}

EXPORT int dup3(int from, int to, int flags) {
    int copy = NEXT(dup3)(from, to, flags);
    copied(from, copy);
    return copy;
}

// The third argument may be a number or a pointer; on 64-bit Linux either passes through unchanged as a long.
static int control(int fd, int command, long argument, int (*real)(int, int, ...)) {
    int result = real(fd, command, argument);
    if (command == F_DUPFD || command == F_DUPFD_CLOEXEC) copied(fd, result);
    return result;
}

EXPORT int fcntl(int fd, int command, ...) {
    va_list list;
    va_start(list, command);
    long argument = va_arg(list, long);
    va_end(list);
    return control(fd, command, argument, NEXT(fcntl));
}

EXPORT int fcntl64(int fd, int command, ...) {
    va_list list;
    va_start(list, command);
    long argument = va_arg(list, long);
    va_end(list);
    return control(fd, command, argument, NEXT(fcntl64));
}
