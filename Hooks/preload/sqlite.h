// SQLite's C interface as far as it is used here, and what is known of each statement. No header of SQLite is needed.
#pragma once
#include "reenact.h"

typedef struct sqlite3 sqlite3;
typedef struct sqlite3_stmt sqlite3_stmt;
typedef struct sqlite3_value sqlite3_value;
typedef long long sqlite_int64;
typedef void (*sqlite_free)(void *);

enum { SQLITE_OK = 0, SQLITE_ERROR = 1, SQLITE_BUSY = 5, SQLITE_ROW = 100, SQLITE_DONE = 101 };
enum { SQLITE_INTEGER = 1, SQLITE_FLOAT, SQLITE_TEXT, SQLITE_BLOB, SQLITE_NULL };

// Name, result, parameters: every function that is hooked or used.
#define SQLITE_FUNCTIONS(X)                                                                                         \
    X(open, int, (const char *, sqlite3 **))                                                                        \
    X(open_v2, int, (const char *, sqlite3 **, int, const char *))                                                  \
    X(close, int, (sqlite3 *))                                                                                      \
    X(close_v2, int, (sqlite3 *))                                                                                   \
    X(exec, int, (sqlite3 *, const char *, int (*)(void *, int, char **, char **), void *, char **))                \
    X(prepare, int, (sqlite3 *, const char *, int, sqlite3_stmt **, const char **))                                 \
    X(prepare_v2, int, (sqlite3 *, const char *, int, sqlite3_stmt **, const char **))                              \
    X(prepare_v3, int, (sqlite3 *, const char *, int, unsigned, sqlite3_stmt **, const char **))                    \
    X(prepare16_v2, int, (sqlite3 *, const void *, int, sqlite3_stmt **, const void **))                            \
    X(bind_null, int, (sqlite3_stmt *, int))                                                                        \
    X(bind_int, int, (sqlite3_stmt *, int, int))                                                                    \
    X(bind_int64, int, (sqlite3_stmt *, int, sqlite_int64))                                                         \
    X(bind_double, int, (sqlite3_stmt *, int, double))                                                              \
    X(bind_text, int, (sqlite3_stmt *, int, const char *, int, sqlite_free))                                        \
    X(bind_text64, int, (sqlite3_stmt *, int, const char *, uint64_t, sqlite_free, unsigned char))                  \
    X(bind_blob, int, (sqlite3_stmt *, int, const void *, int, sqlite_free))                                        \
    X(bind_blob64, int, (sqlite3_stmt *, int, const void *, uint64_t, sqlite_free))                                 \
    X(bind_zeroblob, int, (sqlite3_stmt *, int, int))                                                               \
    X(bind_value, int, (sqlite3_stmt *, int, const sqlite3_value *))                                                \
    X(clear_bindings, int, (sqlite3_stmt *))                                                                        \
    X(step, int, (sqlite3_stmt *))                                                                                  \
    X(reset, int, (sqlite3_stmt *))                                                                                 \
    X(finalize, int, (sqlite3_stmt *))                                                                              \
    X(sql, const char *, (sqlite3_stmt *))                                                                          \
    X(db_handle, sqlite3 *, (sqlite3_stmt *))                                                                       \
    X(db_filename, const char *, (sqlite3 *, const char *))                                                         \
    X(db_name, const char *, (sqlite3 *, int))                                                                      \
    X(errmsg, const char *, (sqlite3 *))                                                                            \
    X(extended_errcode, int, (sqlite3 *))                                                                           \
    X(changes, int, (sqlite3 *))                                                                                    \
    X(last_insert_rowid, sqlite_int64, (sqlite3 *))                                                                 \
    X(stmt_readonly, int, (sqlite3_stmt *))                                                                         \
    X(bind_parameter_count, int, (sqlite3_stmt *))                                                                  \
    X(column_count, int, (sqlite3_stmt *))                                                                          \
    X(column_name, const char *, (sqlite3_stmt *, int))                                                             \
    X(column_type, int, (sqlite3_stmt *, int))                                                                      \
    X(column_int64, sqlite_int64, (sqlite3_stmt *, int))                                                            \
    X(column_double, double, (sqlite3_stmt *, int))                                                                 \
    X(column_text, const unsigned char *, (sqlite3_stmt *, int))                                                    \
    X(column_blob, const void *, (sqlite3_stmt *, int))                                                             \
    X(column_bytes, int, (sqlite3_stmt *, int))                                                                     \
    X(value_type, int, (sqlite3_value *))                                                                           \
    X(value_int64, sqlite_int64, (sqlite3_value *))                                                                 \
    X(value_double, double, (sqlite3_value *))                                                                      \
    X(value_text, const unsigned char *, (sqlite3_value *))                                                         \
    X(value_blob, const void *, (sqlite3_value *))                                                                  \
    X(value_bytes, int, (sqlite3_value *))

struct sqlite {
    uintptr_t low, high;  // the code of the caller that this table belongs to
    bool itself;          // that caller is SQLite
    bool complete;        // what recording needs is there
#define X(name, result, parameters) result(*name) parameters;
    SQLITE_FUNCTIONS(X)
#undef X
};

// sqlite_real.c: the functions that code at `address` means, or NULL where they are unknown.
const struct sqlite *sqlite_for(const void *address);

// sqlite_statement.c
#define SQLITE_PARAMETERS 256
struct statement {
    sqlite3_stmt *handle;
    struct statement *next;
    char *parameters[SQLITE_PARAMETERS];  // JSON of each bound value
    int bound;                            // highest index
    bool running, truncated;
    uint64_t id, start;
    long long rows;
    struct reenact_context context;
    struct json lines;
};
struct statement *statement_of(sqlite3_stmt *handle, bool make);
struct statement *statement_take(sqlite3_stmt *handle);
void statement_free(struct statement *s);
void statement_bind(sqlite3_stmt *handle, int index, struct json *value);
void statement_unbind(sqlite3_stmt *handle);
void statement_start(struct statement *s);
void statement_row(struct statement *s, const struct sqlite *real);
void statement_end(struct statement *s, const struct sqlite *real, int code);
void sqlite_report_text(const struct sqlite *real, sqlite3 *db, const char *sql, int length, int code, uint64_t start);
void sqlite_value(struct json *j, int type, sqlite_int64 integer, double real, const void *bytes, int length);

// sqlite_open.c
void sqlite_before_first(const struct sqlite *real, sqlite3 *db);
void sqlite_after_attach(const struct sqlite *real, sqlite3 *db, const char *sql);

// sqlite_calls.c: above 0 inside one of SQLite's own functions.
extern __thread int sqlite_inside;

// sqlite_locks.c: whether there are any; only in a sandbox.
extern bool sqlite_has_locks;
// Takes the lock that a statement met in the recording; NULL where it met none. `counts`: the statement
// runs now, and is not only prepared. To be given back by sqlite_unlock.
struct held;
struct held *sqlite_lock(const struct sqlite *real, sqlite3 *db, const char *sql, int length, bool counts, bool reads);
void sqlite_unlock(struct held *held);
// A statement was refused while it was prepared: that was its turn.
void sqlite_lock_met(const struct sqlite *real, sqlite3 *db, const char *sql, int length);
