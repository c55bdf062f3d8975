// The recorder answers for the names of a socket that it relays. A signal that comes while it does ends the call with
// EINTR, which the kernel's own calls never give and programs do not expect.
#include "reenact.h"

#include <sys/socket.h>

EXPORT int getsockname(int fd, struct sockaddr *restrict address, socklen_t *restrict length) {
    int result;
    do result = NEXT(getsockname)(fd, address, length);
    while (result < 0 && errno == EINTR);
    return result;
}

EXPORT int getpeername(int fd, struct sockaddr *restrict address, socklen_t *restrict length) {
    int result;
    do result = NEXT(getpeername)(fd, address, length);
    while (result < 0 && errno == EINTR);
    return result;
}
