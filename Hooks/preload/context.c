// The inbound request that this thread works for, as the language's runtime told. 0 and 0: none.
#include "reenact.h"

__thread struct reenact_context reenact_current;

EXPORT void reenact_set_context(uint64_t ino, uint64_t off) {
    reenact_current.ino = ino;
    reenact_current.off = off;
}

EXPORT void reenact_get_context(uint64_t *ino, uint64_t *off) {
    *ino = reenact_current.ino;
    *off = reenact_current.off;
}
