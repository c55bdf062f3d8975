// What the files of the preloaded library share. Only libc and libdl may be needed at run time.
#pragma once

#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

#define EXPORT __attribute__((visibility("default")))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

// A descriptor number that no kernel hands out: bytes written to it are one message to the hooks' own machinery.
// Runtimes without a foreign function interface (Node) reach the library this way.
#define REENACT_BRIDGE_FD 0x52454e41

#define REENACT_MESSAGE_LIMIT 131072

// control.c
bool reenact_active(void);
EXPORT int reenact_send(const char *message, size_t length);
bool reenact_handshake(const char *message, size_t length);
bool reenact_is_control(int fd);
// Whether a file is the recording's own: it lies where the control socket does.
bool reenact_is_own(const char *file);

// context.c
struct reenact_context {
    uint64_t ino, off;
};
extern __thread struct reenact_context reenact_current;
EXPORT void reenact_set_context(uint64_t ino, uint64_t off);
EXPORT void reenact_get_context(uint64_t *ino, uint64_t *off);

// json.c: text that grows up to a limit and is never cut inside a token.
struct json {
    char *bytes;
    size_t used, room, limit;
    bool fixed, full;
};
#define JSON_ON(array) {.bytes = (array), .room = sizeof(array), .limit = sizeof(array), .fixed = true}
#define JSON_UP_TO(n) {.limit = (n)}
bool json_raw(struct json *j, const char *text, size_t length);
bool json_text(struct json *j, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool json_string(struct json *j, const char *text, size_t length);
bool json_hex(struct json *j, const void *bytes, size_t length);
bool json_double(struct json *j, double value);
void json_begin(struct json *j, const char *type);
void json_context(struct json *j, struct reenact_context context);
void json_free(struct json *j);

// The next definition of a symbol after ours, looked up once.
void *reenact_next(_Atomic(void *) *slot, const char *name);
#define NEXT(name)                                            \
    ({                                                        \
        static _Atomic(void *) slot_;                         \
        void *found_ = atomic_load_explicit(&slot_, memory_order_relaxed); \
        (__typeof__(&name))(likely(found_ != NULL) ? found_ : reenact_next(&slot_, #name)); \
    })

uint64_t reenact_monotonic(void);
int reenact_tid(void);
uint64_t reenact_inode(int fd);

// outbound.c
extern uint32_t reenact_outbound[];
#define REENACT_OUTBOUND_FDS 65536
static inline bool reenact_is_outbound(int fd) {
    return (unsigned)fd < REENACT_OUTBOUND_FDS && unlikely(reenact_outbound[fd] != 0);
}
struct reenact_sending {
    uint32_t slot;
    uint32_t start;
    bool alone;
};
void reenact_mark_outbound(int fd);
void reenact_forget(int fd);
void reenact_copy_mark(int from, int to);
void reenact_sending_begin(struct reenact_sending *sending, int fd);
void reenact_sending_end(struct reenact_sending *sending, ssize_t sent);

// python.c
long reenact_python_bind(const char *text, size_t length);
