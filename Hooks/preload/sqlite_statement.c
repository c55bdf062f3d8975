// One statement: its bound values, its rows, and the message about them.
#include "sqlite.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { BUCKETS = 1024, ROWS = 200, BYTES = 65536, VALUE = 16384, PARAMETER_BYTES = 16384, SQL = 16384 };

static struct statement *buckets[BUCKETS];
static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static _Atomic(uint64_t) ids;

static struct statement **bucket(sqlite3_stmt *handle) {
    return &buckets[((uintptr_t)handle >> 4) * 0x9e3779b97f4a7c15ull >> 54];
}

// SQLite lets one thread at a time use a statement, so what is found may be used without the lock.
struct statement *statement_of(sqlite3_stmt *handle, bool make) {
    if (!handle) return NULL;
    pthread_mutex_lock(&guard);
    struct statement **place = bucket(handle), *s = *place;
    while (s && s->handle != handle) s = s->next;
    if (!s && make && (s = calloc(1, sizeof *s))) {
        s->handle = handle;
        s->lines.limit = BYTES;
        s->next = *place;
        *place = s;
    }
    pthread_mutex_unlock(&guard);
    return s;
}

struct statement *statement_take(sqlite3_stmt *handle) {
    if (!handle) return NULL;
    pthread_mutex_lock(&guard);
    struct statement **place = bucket(handle);
    while (*place && (*place)->handle != handle) place = &(*place)->next;
    struct statement *s = *place;
    if (s) *place = s->next;
    pthread_mutex_unlock(&guard);
    return s;
}

void statement_free(struct statement *s) {
    if (!s) return;
    for (int i = 0; i < s->bound; i++) free(s->parameters[i]);
    json_free(&s->lines);
    free(s);
}

void sqlite_value(struct json *j, int type, sqlite_int64 integer, double real, const void *bytes, int length) {
    size_t size = length > 0 && bytes ? (size_t)length : 0;
    switch (type) {
    case SQLITE_INTEGER: json_text(j, "%lld", integer); break;
    case SQLITE_FLOAT: json_double(j, real); break;
    // A value that is cut would be a wrong value: what is too long makes the row incomplete instead.
    case SQLITE_TEXT: size > VALUE ? (void)(j->full = true) : (void)json_string(j, bytes ? bytes : "", size); break;
    case SQLITE_BLOB: size > VALUE ? (void)(j->full = true) : (void)json_hex(j, bytes ? bytes : "", size); break;
    default: json_raw(j, "null", 4);
    }
}

void statement_bind(sqlite3_stmt *handle, int index, struct json *value) {
    struct statement *s = index >= 1 && index <= SQLITE_PARAMETERS ? statement_of(handle, true) : NULL;
    if (!s) return json_free(value);
    free(s->parameters[index - 1]);
    char *text = value->full || !json_raw(value, "", 1) ? NULL : value->bytes;
    s->parameters[index - 1] = text;
    if (!text) json_free(value);
    if (!text) s->parameters[index - 1] = strdup("{\"cut\":true}");
    if (index > s->bound) s->bound = index;
}

void statement_unbind(sqlite3_stmt *handle) {
    struct statement *s = statement_of(handle, false);
    if (!s) return;
    for (int i = 0; i < s->bound; i++) {
        free(s->parameters[i]);
        s->parameters[i] = NULL;
    }
    s->bound = 0;
}

void statement_start(struct statement *s) {
    s->running = true;
    s->truncated = false;
    s->rows = 0;
    s->lines.used = 0;
    s->lines.full = false;
    s->id = atomic_fetch_add(&ids, 1) + 1;
    s->start = reenact_monotonic();
    s->context = reenact_current;
}

// Reads each column as what it is: asking for anything else would convert it under the program's hands.
void statement_row(struct statement *s, const struct sqlite *real) {
    s->rows++;
    if (s->rows > ROWS || s->truncated) {
        s->truncated = true;
        return;
    }
    size_t before = s->lines.used;
    json_text(&s->lines, before ? ",[" : "[");
    int count = real->column_count(s->handle);
    for (int i = 0; i < count; i++) {
        if (i) json_raw(&s->lines, ",", 1);
        int type = real->column_type(s->handle, i);
        const void *bytes = type == SQLITE_TEXT   ? (const void *)real->column_text(s->handle, i)
                            : type == SQLITE_BLOB ? real->column_blob(s->handle, i)
                                                  : NULL;
        sqlite_value(
            &s->lines, type, type == SQLITE_INTEGER ? real->column_int64(s->handle, i) : 0,
            type == SQLITE_FLOAT ? real->column_double(s->handle, i) : 0, bytes,
            type == SQLITE_TEXT || type == SQLITE_BLOB ? real->column_bytes(s->handle, i) : 0);
    }
    json_raw(&s->lines, "]", 1);
    if (s->lines.full) {
        s->lines.used = before;
        s->lines.full = false;
        s->truncated = true;
    }
}

static void text_member(struct json *j, const char *name, const char *text, size_t limit) {
    size_t length = strnlen(text, limit);
    json_text(j, ",\"%s\":", name);
    json_string(j, text, length);
}

void statement_end(struct statement *s, const struct sqlite *real, int code) {
    if (!s || !s->running) return;
    s->running = false;
    uint64_t end = reenact_monotonic();
    sqlite3 *db = real->db_handle(s->handle);
    const char *file = db && real->db_filename ? real->db_filename(db, "main") : NULL;
    const char *sql = real->sql(s->handle);
    bool failed = code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE;
    bool readonly = real->stmt_readonly(s->handle);
    struct json j = JSON_UP_TO(REENACT_MESSAGE_LIMIT);
    json_begin(&j, "sql");
    json_text(&j, ",\"id\":%llu", (unsigned long long)s->id);
    text_member(&j, "db", file && *file ? file : ":memory:", 4096);
    text_member(&j, "sql", sql ? sql : "", SQL);
    if (sql && strlen(sql) > SQL) json_text(&j, ",\"sqlTruncated\":true");
    json_text(&j, ",\"params\":[");
    int wanted = real->bind_parameter_count(s->handle);
    for (int i = 0; i < wanted && i < SQLITE_PARAMETERS; i++) {
        const char *value = s->parameters[i] ? s->parameters[i] : "null";
        size_t length = strlen(value);
        if (i) json_raw(&j, ",", 1);
        if (j.used + length > SQL + PARAMETER_BYTES + 1024) value = "{\"cut\":true}", length = strlen(value);
        json_raw(&j, value, length);
    }
    json_text(&j, "],\"columns\":[");
    int columns = real->column_count(s->handle);
    for (int i = 0; i < columns && i < 500; i++) {
        const char *name = real->column_name(s->handle, i);
        if (i) json_raw(&j, ",", 1);
        json_string(&j, name ? name : "", name ? strnlen(name, 64) : 0);
    }
    json_text(&j, "],\"rows\":[");
    json_raw(&j, s->lines.bytes ? s->lines.bytes : "", s->lines.used);
    json_text(
        &j, "],\"rowCount\":%lld,\"truncated\":%s,\"code\":%d,\"readonly\":%s,\"start\":%llu,\"end\":%llu", s->rows,
        s->truncated ? "true" : "false", failed ? code : 0, readonly ? "true" : "false",
        (unsigned long long)s->start, (unsigned long long)end);
    if (!readonly && db)
        json_text(&j, ",\"changes\":%d,\"lastRowID\":%lld", real->changes(db), real->last_insert_rowid(db));
    if (failed && db) text_member(&j, "error", real->errmsg(db), 2000);
    json_context(&j, s->context);
    json_text(&j, "}");
    if (!j.full) reenact_send(j.bytes, j.used);
    json_free(&j);
    if (db && sql && !failed) sqlite_after_attach(real, db, sql);
}

// A statement of which only the text is known: it could not be prepared, or SQLite ran it by itself.
void sqlite_report_text(
    const struct sqlite *real, sqlite3 *db, const char *sql, int length, int code, uint64_t start) {
    int saved = errno;
    const char *file = real->db_filename ? real->db_filename(db, "main") : NULL;
    struct json j = JSON_UP_TO(65536);
    json_begin(&j, "sql");
    json_text(&j, ",\"id\":%llu", (unsigned long long)(atomic_fetch_add(&ids, 1) + 1));
    text_member(&j, "db", file && *file ? file : ":memory:", 4096);
    text_member(&j, "sql", sql ? sql : "", length >= 0 && length < SQL ? (size_t)length : SQL);
    json_text(
        &j,
        ",\"params\":[],\"columns\":[],\"rows\":[],\"rowCount\":0,\"truncated\":%s,\"code\":%d,"
        "\"readonly\":false,\"changes\":%d,\"lastRowID\":%lld,\"start\":%llu,\"end\":%llu",
        code ? "false" : "true", code, code ? 0 : real->changes(db), real->last_insert_rowid(db),
        (unsigned long long)start, (unsigned long long)reenact_monotonic());
    if (code) text_member(&j, "error", real->errmsg(db), 2000);
    json_context(&j, reenact_current);
    json_text(&j, "}");
    if (!j.full) reenact_send(j.bytes, j.used);
    json_free(&j);
    errno = saved;
}

static void lock(void) { pthread_mutex_lock(&guard); }
static void unlock(void) { pthread_mutex_unlock(&guard); }
__attribute__((constructor)) static void watch_forks(void) {
    if (reenact_active()) pthread_atfork(lock, unlock, unlock);
}
