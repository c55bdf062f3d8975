// SQLite's functions as the program calls them.
#include "sqlite.h"

#include <stdlib.h>

// Inside one of SQLite's own functions, what SQLite calls is its own affair (full-text indexes keep tables that way),
// except for sqlite3_exec, whose statements are the program's.
__thread int sqlite_inside;
// Rows and statements that were reported, to see whether sqlite3_exec's inner calls came by here.
static __thread unsigned reported;

struct call {
    const struct sqlite *real;
    bool record;
};

static struct call called_from(const void *address) {
    const struct sqlite *real = sqlite_for(address);
    return (struct call){real, real && real->complete && reenact_active() && !(sqlite_inside && real->itself)};
}

#define HERE called_from(__builtin_return_address(0))
#define REAL(c, function, otherwise, ...) \
    ({                                    \
        if (!(c).real || !(c).real->function) return otherwise; \
        sqlite_inside++;                  \
        __typeof__((c).real->function(__VA_ARGS__)) result_ = (c).real->function(__VA_ARGS__); \
        sqlite_inside--;                  \
        result_;                          \
    })

EXPORT int sqlite3_open(const char *path, sqlite3 **db) {
    struct call c = HERE;
    return REAL(c, open, SQLITE_ERROR, path, db);
}

EXPORT int sqlite3_open_v2(const char *path, sqlite3 **db, int flags, const char *vfs) {
    struct call c = HERE;
    return REAL(c, open_v2, SQLITE_ERROR, path, db, flags, vfs);
}

#define PREPARE(name, text, ...)                                       \
    struct call c = HERE;                                              \
    if (!c.record) return REAL(c, name, SQLITE_ERROR, __VA_ARGS__);    \
    sqlite_before_first(c.real, db);                                   \
    uint64_t start = reenact_monotonic();                              \
    struct held *held = sqlite_lock(c.real, db, text, length, false, true); \
    int code = REAL(c, name, SQLITE_ERROR, __VA_ARGS__);               \
    sqlite_unlock(held);                                               \
    if ((code & 0xff) == SQLITE_BUSY) sqlite_lock_met(c.real, db, text, length); \
    if (code != SQLITE_OK && db) {                                     \
        reported++;                                                    \
        sqlite_report_text(c.real, db, text, length, code, start);     \
    }                                                                  \
    return code;

EXPORT int sqlite3_prepare(sqlite3 *db, const char *sql, int length, sqlite3_stmt **s, const char **tail) {
    PREPARE(prepare, sql, db, sql, length, s, tail)
}

EXPORT int sqlite3_prepare_v2(sqlite3 *db, const char *sql, int length, sqlite3_stmt **s, const char **tail) {
    PREPARE(prepare_v2, sql, db, sql, length, s, tail)
}

EXPORT int sqlite3_prepare_v3(
    sqlite3 *db, const char *sql, int length, unsigned flags, sqlite3_stmt **s, const char **tail) {
    PREPARE(prepare_v3, sql, db, sql, length, flags, s, tail)
}

EXPORT int sqlite3_prepare16_v2(sqlite3 *db, const void *sql, int length, sqlite3_stmt **s, const void **tail) {
    PREPARE(prepare16_v2, NULL, db, sql, length, s, tail)
}

EXPORT int sqlite3_step(sqlite3_stmt *handle) {
    struct call c = HERE;
    if (!c.record || !handle) return REAL(c, step, SQLITE_ERROR, handle);
    struct statement *s = statement_of(handle, true);
    struct held *held = NULL;
    if (s && !s->running) {
        statement_start(s);
        if (unlikely(sqlite_has_locks)) {
            bool reads = c.real->stmt_readonly(handle);
            held = sqlite_lock(c.real, c.real->db_handle(handle), c.real->sql(handle), -1, true, reads);
        }
    }
    int code = REAL(c, step, SQLITE_ERROR, handle);
    sqlite_unlock(held);
    if (!s) return code;
    int saved = errno;
    if (code == SQLITE_ROW) {
        statement_row(s, c.real);
    } else {
        reported++;
        statement_end(s, c.real, code);
    }
    errno = saved;
    return code;
}

EXPORT int sqlite3_reset(sqlite3_stmt *handle) {
    struct call c = HERE;
    if (c.record) statement_end(statement_of(handle, false), c.real, SQLITE_OK);
    return REAL(c, reset, SQLITE_ERROR, handle);
}

EXPORT int sqlite3_finalize(sqlite3_stmt *handle) {
    struct call c = HERE;
    if (c.record) {
        struct statement *s = statement_take(handle);
        statement_end(s, c.real, SQLITE_OK);
        statement_free(s);
    }
    return REAL(c, finalize, SQLITE_ERROR, handle);
}

EXPORT int sqlite3_exec(
    sqlite3 *db, const char *sql, int (*row)(void *, int, char **, char **), void *context, char **error) {
    struct call c = HERE;
    if (!c.record) return REAL(c, exec, SQLITE_ERROR, db, sql, row, context, error);
    sqlite_before_first(c.real, db);
    unsigned before = reported;
    uint64_t start = reenact_monotonic();
    struct held *held = sqlite_lock(c.real, db, sql, -1, false, false);
    // Not counted as inside: its inner calls are to be recorded.
    int outer = sqlite_inside;
    sqlite_inside = 0;
    int code = c.real->exec(db, sql, row, context, error);
    sqlite_inside = outer;
    sqlite_unlock(held);
    if (reported != before || !sql) return code;
    sqlite_lock_met(c.real, db, sql, -1);
    // A SQLite that calls itself directly: the text at least.
    sqlite_report_text(c.real, db, sql, -1, code, start);
    return code;
}
