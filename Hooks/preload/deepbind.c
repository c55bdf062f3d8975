// PHP loads its modules with RTLD_DEEPBIND, which puts libsqlite3 before every preloaded library. For SQLite's own
// modules, and for curl's, whose trust is extended, the flag is taken off. The real dlopen looks at its return address
// for the caller's search path, so it must be reached by a jump: the call stays in tail position, and the flags are all
// that changes.
#include "reenact.h"

EXPORT void *dlopen(const char *file, int flags) {
    if (unlikely(flags & RTLD_DEEPBIND) && file && reenact_active()) {
        const char *name = strrchr(file, '/');
        name = name ? name : file;
        if (strstr(name, "sqlite") || strstr(name, "curl")) flags &= ~RTLD_DEEPBIND;
    }
    return NEXT(dlopen)(file, flags);
}
