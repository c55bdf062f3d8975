// The ways in which bytes leave: each one counts on marked descriptors, and is a look-up in an array on all others.
#include "reenact.h"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define SENDING(fd, call)                               \
    ({                                                  \
        struct reenact_sending sending_;                \
        reenact_sending_begin(&sending_, fd);           \
        ssize_t sent_ = (call);                         \
        reenact_sending_end(&sending_, sent_);          \
        sent_;                                          \
    })

static ssize_t bridge(const void *bytes, size_t length) {
    const char *text = bytes;
    if (!reenact_active() || length == 0) {
        errno = EBADF;
        return -1;
    }
    if (text[0] == 'P') return reenact_python_bind(text, length) == 0 ? (ssize_t)length : (errno = ENOSYS, -1);
    reenact_send(text, length);
    return (ssize_t)length;
}

EXPORT ssize_t write(int fd, const void *bytes, size_t length) {
    __typeof__(&write) real = NEXT(write);
    if (reenact_is_outbound(fd)) return SENDING(fd, real(fd, bytes, length));
    if (unlikely(fd == REENACT_BRIDGE_FD)) return bridge(bytes, length);
    return real(fd, bytes, length);
}

EXPORT ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
    if (unlikely(fd == REENACT_BRIDGE_FD)) return bridge(bytes, length);
    return NEXT(pwrite64)(fd, bytes, length, offset);
}

EXPORT ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
    if (unlikely(fd == REENACT_BRIDGE_FD)) return bridge(bytes, length);
    return NEXT(pwrite)(fd, bytes, length, offset);
}

EXPORT ssize_t writev(int fd, const struct iovec *parts, int count) {
    __typeof__(&writev) real = NEXT(writev);
    if (reenact_is_outbound(fd)) return SENDING(fd, real(fd, parts, count));
    if (unlikely(fd == REENACT_BRIDGE_FD) && count == 1) return bridge(parts->iov_base, parts->iov_len);
    return real(fd, parts, count);
}

EXPORT ssize_t send(int fd, const void *bytes, size_t length, int flags) {
    __typeof__(&send) real = NEXT(send);
    if (!reenact_is_outbound(fd)) return real(fd, bytes, length, flags);
    return SENDING(fd, real(fd, bytes, length, flags));
}

EXPORT ssize_t sendto(
    int fd, const void *bytes, size_t length, int flags, const struct sockaddr *address, socklen_t size) {
    __typeof__(&sendto) real = NEXT(sendto);
    if (!reenact_is_outbound(fd)) return real(fd, bytes, length, flags, address, size);
    return SENDING(fd, real(fd, bytes, length, flags, address, size));
}

EXPORT ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
    __typeof__(&sendmsg) real = NEXT(sendmsg);
    if (!reenact_is_outbound(fd)) return real(fd, message, flags);
    return SENDING(fd, real(fd, message, flags));
}

EXPORT int sendmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags) {
    __typeof__(&sendmmsg) real = NEXT(sendmmsg);
    if (!reenact_is_outbound(fd)) return real(fd, messages, count, flags);
    struct reenact_sending sending;
    reenact_sending_begin(&sending, fd);
    int done = real(fd, messages, count, flags);
    ssize_t sent = 0;
    for (int i = 0; i < done; i++) sent += messages[i].msg_len;
    reenact_sending_end(&sending, sent);
    return done;
}

EXPORT ssize_t sendfile(int out, int in, off_t *offset, size_t count) {
    __typeof__(&sendfile) real = NEXT(sendfile);
    if (!reenact_is_outbound(out)) return real(out, in, offset, count);
    return SENDING(out, real(out, in, offset, count));
}

EXPORT ssize_t sendfile64(int out, int in, off64_t *offset, size_t count) {
    __typeof__(&sendfile64) real = NEXT(sendfile64);
    if (!reenact_is_outbound(out)) return real(out, in, offset, count);
    return SENDING(out, real(out, in, offset, count));
}

EXPORT ssize_t splice(int in, off64_t *in_offset, int out, off64_t *out_offset, size_t length, unsigned flags) {
    __typeof__(&splice) real = NEXT(splice);
    if (!reenact_is_outbound(out)) return real(in, in_offset, out, out_offset, length, flags);
    return SENDING(out, real(in, in_offset, out, out_offset, length, flags));
}
