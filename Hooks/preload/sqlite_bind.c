// The values that a program binds to a statement, kept as JSON until the statement runs.
#include "sqlite.h"

#include <stdlib.h>

#define REAL_BIND(function, ...)                                               \
    const struct sqlite *real = sqlite_for(__builtin_return_address(0));       \
    if (!real || !real->function) return SQLITE_ERROR;                         \
    bool record = reenact_active() && real->complete && !real->itself;                           \
    struct json value = JSON_UP_TO(65536);                                     \
    (void)value;

#define BOUND(call, type, integer, number, bytes, length)                      \
    if (record) sqlite_value(&value, type, integer, number, bytes, length);    \
    int code = call;                                                           \
    if (record && code == SQLITE_OK) statement_bind(s, index, &value);         \
    else json_free(&value);                                                    \
    return code;

static int text_length(const void *text, int length) {
    return !text ? 0 : length >= 0 ? length : (int)strnlen(text, 65536);
}

EXPORT int sqlite3_bind_null(sqlite3_stmt *s, int index) {
    REAL_BIND(bind_null)
    BOUND(real->bind_null(s, index), SQLITE_NULL, 0, 0, NULL, 0)
}

EXPORT int sqlite3_bind_int(sqlite3_stmt *s, int index, int integer) {
    REAL_BIND(bind_int)
    BOUND(real->bind_int(s, index, integer), SQLITE_INTEGER, integer, 0, NULL, 0)
}

EXPORT int sqlite3_bind_int64(sqlite3_stmt *s, int index, sqlite_int64 integer) {
    REAL_BIND(bind_int64)
    BOUND(real->bind_int64(s, index, integer), SQLITE_INTEGER, integer, 0, NULL, 0)
}

EXPORT int sqlite3_bind_double(sqlite3_stmt *s, int index, double number) {
    REAL_BIND(bind_double)
    BOUND(real->bind_double(s, index, number), SQLITE_FLOAT, 0, number, NULL, 0)
}

// The bytes are read before the call: afterwards they may have been freed.
EXPORT int sqlite3_bind_text(sqlite3_stmt *s, int index, const char *text, int length, sqlite_free done) {
    REAL_BIND(bind_text)
    BOUND(
        real->bind_text(s, index, text, length, done), text ? SQLITE_TEXT : SQLITE_NULL, 0, 0, text,
        text_length(text, length))
}

EXPORT int sqlite3_bind_text64(
    sqlite3_stmt *s, int index, const char *text, uint64_t length, sqlite_free done, unsigned char encoding) {
    REAL_BIND(bind_text64)
    // 1 is UTF-8; what is bound in UTF-16 is kept as the bytes it is.
    int type = !text ? SQLITE_NULL : encoding == 1 ? SQLITE_TEXT : SQLITE_BLOB;
    BOUND(
        real->bind_text64(s, index, text, length, done, encoding), type, 0, 0, text,
        length > 65536 ? 65536 : (int)length)
}

EXPORT int sqlite3_bind_blob(sqlite3_stmt *s, int index, const void *bytes, int length, sqlite_free done) {
    REAL_BIND(bind_blob)
    BOUND(real->bind_blob(s, index, bytes, length, done), bytes ? SQLITE_BLOB : SQLITE_NULL, 0, 0, bytes, length)
}

EXPORT int sqlite3_bind_blob64(sqlite3_stmt *s, int index, const void *bytes, uint64_t length, sqlite_free done) {
    REAL_BIND(bind_blob64)
    BOUND(
        real->bind_blob64(s, index, bytes, length, done), bytes ? SQLITE_BLOB : SQLITE_NULL, 0, 0, bytes,
        length > 65536 ? 65536 : (int)length)
}

EXPORT int sqlite3_bind_zeroblob(sqlite3_stmt *s, int index, int length) {
    REAL_BIND(bind_zeroblob)
    static const char zeros[16385];
    BOUND(
        real->bind_zeroblob(s, index, length), SQLITE_BLOB, 0, 0, zeros,
        length > (int)sizeof zeros ? (int)sizeof zeros : length)
}

EXPORT int sqlite3_bind_value(sqlite3_stmt *s, int index, const sqlite3_value *given) {
    REAL_BIND(bind_value)
    sqlite3_value *v = (sqlite3_value *)given;
    int type = record ? real->value_type(v) : SQLITE_NULL;
    sqlite_int64 integer = type == SQLITE_INTEGER ? real->value_int64(v) : 0;
    double number = type == SQLITE_FLOAT ? real->value_double(v) : 0;
    const void *bytes = type == SQLITE_TEXT   ? (const void *)real->value_text(v)
                        : type == SQLITE_BLOB ? real->value_blob(v)
                                              : NULL;
    int length = type == SQLITE_TEXT || type == SQLITE_BLOB ? real->value_bytes(v) : 0;
    BOUND(real->bind_value(s, index, given), type, integer, number, bytes, length)
}

EXPORT int sqlite3_clear_bindings(sqlite3_stmt *s) {
    const struct sqlite *real = sqlite_for(__builtin_return_address(0));
    if (!real || !real->clear_bindings) return SQLITE_ERROR;
    if (reenact_active()) statement_unbind(s);
    return real->clear_bindings(s);
}
