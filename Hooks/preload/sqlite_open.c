// Before the first statement on a database file the recorder may copy it as it was.
#include "sqlite.h"

#include <pthread.h>
#include <stdlib.h>
#include <strings.h>

static char *told[64];
static int count;
static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;

static bool is_new(const char *path) {
    bool fresh = false;
    pthread_mutex_lock(&guard);
    int i = 0;
    while (i < count && strcmp(told[i], path)) i++;
    if (i == count && count < 64 && (told[count] = strdup(path))) {
        count++;
        fresh = true;
    }
    pthread_mutex_unlock(&guard);
    return fresh;
}

static void tell(const char *path) {
    if (!path || !*path || !is_new(path)) return;
    struct json j = JSON_UP_TO(16384);
    json_begin(&j, "open-db");
    json_text(&j, ",\"path\":");
    json_string(&j, path, strlen(path));
    json_text(&j, "}");
    if (!j.full) reenact_handshake(j.bytes, j.used);
    json_free(&j);
}

// In memory and temporary databases have no file name.
void sqlite_before_first(const struct sqlite *real, sqlite3 *db) {
    if (reenact_active() && db && real->db_filename) tell(real->db_filename(db, "main"));
}

void sqlite_after_attach(const struct sqlite *real, sqlite3 *db, const char *sql) {
    while (*sql == ' ' || *sql == '\t' || *sql == '\n' || *sql == '\r') sql++;
    if (strncasecmp(sql, "attach", 6) || !real->db_name || !real->db_filename) return;
    for (int i = 2; i < 14; i++) {
        const char *name = real->db_name(db, i);
        if (!name) break;
        tell(real->db_filename(db, name));
    }
}

static void lock(void) { pthread_mutex_lock(&guard); }
static void unlock(void) { pthread_mutex_unlock(&guard); }
__attribute__((constructor)) static void watch_forks(void) {
    if (reenact_active()) pthread_atfork(lock, unlock, unlock);
}
