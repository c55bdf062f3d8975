// In a sandbox nobody else writes to the program's database files: where the recording has SQLITE_BUSY, another
// connection takes the lock for as long as the program waited then. The refusal is SQLite's own.
#include "sqlite.h"

#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// The file that REENACT_LOCKS names, shared by all processes of the program; written by the runner.
struct locks {
    _Atomic uint32_t phase;  // which phase the program is in: 0 start, 1 failing, others count nothing
    uint32_t size;           // of the whole file
};
struct lock {
    uint32_t size;         // with the texts and padding to 8 bytes
    uint32_t phase;        // the phase that it belongs to
    uint32_t occurrence;   // which statement of that text met it, from 1
    _Atomic uint32_t met;  // how many of them have been by
    uint64_t nanoseconds;  // how long the program waited
    uint32_t path, sql;    // lengths
    char texts[];
};

enum { SIZE_MAX_ = 32 << 20, SQLITE_READWRITE = 2 };
static struct locks *shared;
bool sqlite_has_locks;

__attribute__((constructor(101))) static void map_locks(void) {
    const char *path = getauxval(AT_SECURE) ? NULL : getenv("REENACT_LOCKS");
    if (!path) return;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC);
    if (fd < 0) return;
    off_t size = (off_t)syscall(SYS_lseek, fd, 0, SEEK_END);
    if (size >= (off_t)sizeof *shared && size <= SIZE_MAX_) {
        void *memory = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (memory != MAP_FAILED && ((struct locks *)memory)->size == (uint32_t)size) shared = memory;
        sqlite_has_locks = shared != NULL;
    }
    syscall(SYS_close, fd);
}

static struct lock *next_lock(struct lock *lock) {
    char *end = (char *)shared + shared->size, *at = lock ? (char *)lock + lock->size : (char *)(shared + 1);
    struct lock *next = (struct lock *)at;
    if (end - at < (ptrdiff_t)sizeof *next || next->size < sizeof *next || next->size > (size_t)(end - at)) return NULL;
    uint64_t room = next->size - sizeof *next;
    return (uint64_t)next->path + next->sql <= room ? next : NULL;
}

static bool is_for(const struct lock *lock, uint32_t phase, const char *path, const char *sql, size_t length) {
    return lock->phase == phase && lock->sql == length && strlen(path) == lock->path
           && !memcmp(lock->texts, path, lock->path) && !memcmp(lock->texts + lock->path, sql, length);
}

struct held {
    const struct sqlite *real;
    char *path;
    const char *begin;
    uint64_t nanoseconds;
    sem_t taken, over;
    pthread_t thread;
};

static void *hold(void *argument) {
    struct held *held = argument;
    sqlite_inside++;
    sqlite3 *db = NULL;
    bool is_held = held->real->open_v2(held->path, &db, SQLITE_READWRITE, NULL) == SQLITE_OK
                   && held->real->exec(db, held->begin, NULL, NULL, NULL) == SQLITE_OK;
    sem_post(&held->taken);
    if (is_held) {
        struct timespec end;
        clock_gettime(CLOCK_MONOTONIC, &end);
        uint64_t until = (uint64_t)end.tv_nsec + held->nanoseconds;
        end.tv_sec += (time_t)(until / 1000000000);
        end.tv_nsec = (long)(until % 1000000000);
        while (sem_clockwait(&held->over, CLOCK_MONOTONIC, &end) && errno == EINTR) {}
        held->real->exec(db, "ROLLBACK", NULL, NULL, NULL);
    }
    if (db) held->real->close(db);
    sqlite_inside--;
    return NULL;
}

// What keeps others from doing what the statement does. A commit waits for readers, a reader for those that commit.
static const char *beginning(const char *sql, bool reads) {
    while (*sql == ' ' || *sql == '\t' || *sql == '\n' || *sql == '\r') sql++;
    if (!strncasecmp(sql, "commit", 6) || !strncasecmp(sql, "end", 3)) return "BEGIN; SELECT 1 FROM sqlite_master";
    return reads && strncasecmp(sql, "begin", 5) ? "BEGIN EXCLUSIVE" : "BEGIN IMMEDIATE";
}

struct held *sqlite_lock(const struct sqlite *real, sqlite3 *db, const char *sql, int given, bool counts, bool reads) {
    if (likely(!shared) || !db || !sql || !real->db_filename || !real->open_v2 || !real->exec || !real->close) return NULL;
    const char *path = real->db_filename(db, "main");
    size_t length = given >= 0 ? strnlen(sql, (size_t)given) : strlen(sql);
    uint32_t phase = atomic_load(&shared->phase);
    const struct lock *found = NULL;
    for (struct lock *lock = NULL; path && *path && (lock = next_lock(lock));) {
        if (!is_for(lock, phase, path, sql, length)) continue;
        uint32_t place = counts ? atomic_fetch_add(&lock->met, 1) + 1 : atomic_load(&lock->met) + 1;
        if (place == lock->occurrence) found = lock;
    }
    struct held *held = found ? calloc(1, sizeof *held) : NULL;
    if (!held) return NULL;
    held->real = real;
    held->path = strdup(path);
    held->begin = beginning(sql, reads);
    // The program gives up first: what it waits for ends behind.
    held->nanoseconds = found->nanoseconds + found->nanoseconds / 4 + 250000000;
    sem_init(&held->taken, 0, 0);
    sem_init(&held->over, 0, 0);
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool started = held->path && !pthread_create(&held->thread, NULL, hold, held);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!started) {
        free(held->path);
        free(held);
        return NULL;
    }
    while (sem_wait(&held->taken) && errno == EINTR) {}
    return held;
}

void sqlite_unlock(struct held *held) {
    if (!held) return;
    int saved = errno;
    sem_post(&held->over);
    pthread_join(held->thread, NULL);
    sem_destroy(&held->taken);
    sem_destroy(&held->over);
    free(held->path);
    free(held);
    errno = saved;
}

void sqlite_lock_met(const struct sqlite *real, sqlite3 *db, const char *sql, int given) {
    if (likely(!shared) || !db || !sql || !real->db_filename) return;
    const char *path = real->db_filename(db, "main");
    size_t length = given >= 0 ? strnlen(sql, (size_t)given) : strlen(sql);
    uint32_t phase = atomic_load(&shared->phase);
    for (struct lock *lock = NULL; path && *path && (lock = next_lock(lock));)
        if (is_for(lock, phase, path, sql, length)) atomic_fetch_add(&lock->met, 1);
}
