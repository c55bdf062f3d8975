// Where datagrams come from. A connected socket hears its peer only; where the recorder stands in for that, the kernel names
// the recorder, and who compares addresses (c-ares) would drop the answer. getpeername() names the peer that was meant.
#include "reenact.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

static void name_sender(int fd, struct sockaddr *address, socklen_t room, socklen_t *size) {
    struct sockaddr_storage peer;
    socklen_t length = sizeof peer;
    socklen_t option = sizeof(int);
    const int code = errno;
    int type = 0;
    if (*size > 0 && (address->sa_family == AF_INET || address->sa_family == AF_INET6) &&
        getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &option) == 0 && type == SOCK_DGRAM &&
        getpeername(fd, (struct sockaddr *)&peer, &length) == 0 && peer.ss_family == address->sa_family) {
        memcpy(address, &peer, length < room ? length : room);
        *size = length;
    }
    errno = code;
}

EXPORT ssize_t recvfrom(
    int fd, void *bytes, size_t length, int flags, struct sockaddr *address, socklen_t *size) {
    __typeof__(&recvfrom) real = NEXT(recvfrom);
    if (address == NULL || size == NULL) return real(fd, bytes, length, flags, address, size);
    const socklen_t room = *size;
    ssize_t got = real(fd, bytes, length, flags, address, size);
    if (got >= 0 && room >= sizeof(struct sockaddr_in)) name_sender(fd, address, room, size);
    return got;
}

/* What recvfrom is where the program was built with _FORTIFY_SOURCE. */
ssize_t __recvfrom_chk(
    int fd, void *bytes, size_t length, size_t capacity, int flags, struct sockaddr *address, socklen_t *size);

EXPORT ssize_t __recvfrom_chk(
    int fd, void *bytes, size_t length, size_t capacity, int flags, struct sockaddr *address, socklen_t *size) {
    __typeof__(&__recvfrom_chk) real = NEXT(__recvfrom_chk);
    if (address == NULL || size == NULL) return real(fd, bytes, length, capacity, flags, address, size);
    const socklen_t room = *size;
    ssize_t got = real(fd, bytes, length, capacity, flags, address, size);
    if (got >= 0 && room >= sizeof(struct sockaddr_in)) name_sender(fd, address, room, size);
    return got;
}
