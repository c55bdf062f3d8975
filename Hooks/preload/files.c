// Data files: which ones the program reads, and those that it is about to change, so that the recorder can copy them as
// they were. Opens of code and of system files are told apart by their names alone: this is on the way of every open.
#include "reenact.h"

#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

// A larger file is not copied.
#define CHANGED_BYTES_MAX (1 << 20)
#define TOLD_MAX 200
#define CHANGES_MAX 500

static const char *const system_places[] = {"/usr/", "/lib", "/bin/", "/sbin/", "/proc/", "/sys/", "/dev/", "/run/",
                                            "/boot/", "/etc/ld.so", "/etc/ssl/", "/var/lib/dpkg/"};
static const char *const code_places[] = {"/site-packages/", "/dist-packages/", "/node_modules/", "/__pycache__/",
                                          "/.git/", "/.ssh/", "/.gnupg/", "/.aws/", ".so."};
static const char *const code_endings[] = {".py", ".pyc", ".pth", ".so", ".js", ".mjs", ".cjs", ".ts", ".node", ".map",
                                           ".php", ".phar", ".rb", ".pl", ".pm", ".class", ".jar", ".wasm", ".a", ".o",
                                           "/package.json", "/pyvenv.cfg", "-wal", "-shm", "-journal"};
#define COUNT(list) (sizeof(list) / sizeof *(list))

static bool is_data(const char *path, size_t length) {
    for (size_t i = 0; i < COUNT(system_places); i++)
        if (!strncmp(path, system_places[i], strlen(system_places[i]))) return false;
    for (size_t i = 0; i < COUNT(code_endings); i++) {
        size_t ending = strlen(code_endings[i]);
        if (length >= ending && !memcmp(path + length - ending, code_endings[i], ending)) return false;
    }
    for (size_t i = 0; i < COUNT(code_places); i++)
        if (strstr(path, code_places[i])) return false;
    return !reenact_is_own(path);
}

// The absolute path; 0 where there is none, or where it names no data.
static size_t resolve(int directory, const char *path, char out[PATH_MAX]) {
    if (!path || !*path) return 0;
    size_t used = 0, length = strlen(path);
    if (*path != '/') {
        if (directory == AT_FDCWD) {
            if (!getcwd(out, PATH_MAX)) return 0;
            used = strlen(out);
        } else {
            char link[40];
            snprintf(link, sizeof link, "/proc/self/fd/%d", directory);
            ssize_t found = readlink(link, out, PATH_MAX - 1);
            if (found <= 0) return 0;
            used = (size_t)found;
        }
        if (used + 1 >= PATH_MAX) return 0;
        out[used++] = '/';
    }
    if (used + length >= PATH_MAX) return 0;
    memcpy(out + used, path, length + 1);
    return is_data(out, used + length) ? used + length : 0;
}

// A path is told once. Two that share a place of this table may be told again: the recorder keeps names apart.
static bool is_new(const char *path, size_t length) {
    static _Atomic(uint64_t) told[1024];
    static atomic_uint count;
    uint64_t hash = 1469598103934665603u;
    for (size_t i = 0; i < length; i++) hash = (hash ^ (unsigned char)path[i]) * 1099511628211u;
    if (atomic_exchange(&told[hash % COUNT(told)], hash) == hash) return false;
    return atomic_fetch_add(&count, 1) < TOLD_MAX;
}

static void send(const char *type, const char *path, size_t length, bool waits) {
    char room[PATH_MAX * 2];
    struct json j = JSON_ON(room);
    json_begin(&j, type);
    json_text(&j, ",\"path\":");
    json_string(&j, path, length);
    json_text(&j, "}");
    if (j.full) return;
    if (waits) reenact_handshake(j.bytes, j.used);
    else reenact_send(j.bytes, j.used);
}

// Python says itself what it reads, and knows better what is code.
static bool reads_are_told(void) {
    static atomic_int known;
    int value = atomic_load_explicit(&known, memory_order_relaxed);
    if (!value) atomic_store(&known, value = dlsym(RTLD_DEFAULT, "PySys_AddAuditHook") ? 1 : 2);
    return value == 1;
}

static void reads(int directory, const char *path) {
    char whole[PATH_MAX];
    struct stat about;
    int saved = errno;
    size_t length = reads_are_told() ? 0 : resolve(directory, path, whole);
    if (length && is_new(whole, length) && !stat(whole, &about) && S_ISREG(about.st_mode))
        send("file", whole, length, false);
    errno = saved;
}

static void changes(int directory, const char *path) {
    static atomic_uint count;
    char whole[PATH_MAX];
    struct stat about;
    int saved = errno;
    size_t length = resolve(directory, path, whole);
    if (length && !stat(whole, &about) && S_ISREG(about.st_mode) && about.st_size <= CHANGED_BYTES_MAX &&
        atomic_fetch_add(&count, 1) < CHANGES_MAX)
        send("change", whole, length, true);
    errno = saved;
}

static void opens(int directory, const char *path, int flags) {
    if (!reenact_active() || flags & (O_DIRECTORY | O_PATH)) return;
    bool writes = (flags & O_ACCMODE) != O_RDONLY || flags & O_TRUNC;
    if (writes) changes(directory, path);
    if ((flags & O_ACCMODE) != O_WRONLY && !(flags & O_TRUNC)) reads(directory, path);
}

#define MODE(last, flags)                                        \
    ({                                                           \
        mode_t mode_ = 0;                                        \
        if ((flags) & (O_CREAT | __O_TMPFILE)) {                 \
            va_list rest_;                                       \
            va_start(rest_, last);                               \
            mode_ = va_arg(rest_, mode_t);                       \
            va_end(rest_);                                       \
        }                                                        \
        mode_;                                                   \
    })

EXPORT int open(const char *path, int flags, ...) {
    mode_t mode = MODE(flags, flags);
    opens(AT_FDCWD, path, flags);
    return NEXT(open)(path, flags, mode);
}

EXPORT int open64(const char *path, int flags, ...) {
    mode_t mode = MODE(flags, flags);
    opens(AT_FDCWD, path, flags);
    return NEXT(open64)(path, flags, mode);
}

EXPORT int openat(int directory, const char *path, int flags, ...) {
    mode_t mode = MODE(flags, flags);
    opens(directory, path, flags);
    return NEXT(openat)(directory, path, flags, mode);
}

EXPORT int openat64(int directory, const char *path, int flags, ...) {
    mode_t mode = MODE(flags, flags);
    opens(directory, path, flags);
    return NEXT(openat64)(directory, path, flags, mode);
}

EXPORT int creat(const char *path, mode_t mode) {
    opens(AT_FDCWD, path, O_WRONLY | O_TRUNC);
    return NEXT(creat)(path, mode);
}

EXPORT int creat64(const char *path, mode_t mode) {
    opens(AT_FDCWD, path, O_WRONLY | O_TRUNC);
    return NEXT(creat64)(path, mode);
}

// What fortified programs call where the flags are not known when they are built.
int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);
int __openat_2(int directory, const char *path, int flags);
int __openat64_2(int directory, const char *path, int flags);

EXPORT int __open_2(const char *path, int flags) {
    opens(AT_FDCWD, path, flags);
    return NEXT(__open_2)(path, flags);
}

EXPORT int __open64_2(const char *path, int flags) {
    opens(AT_FDCWD, path, flags);
    return NEXT(__open64_2)(path, flags);
}

EXPORT int __openat_2(int directory, const char *path, int flags) {
    opens(directory, path, flags);
    return NEXT(__openat_2)(directory, path, flags);
}

EXPORT int __openat64_2(int directory, const char *path, int flags) {
    opens(directory, path, flags);
    return NEXT(__openat64_2)(directory, path, flags);
}

static void streams(const char *path, const char *mode) {
    if (!mode) return;
    bool both = strchr(mode, '+') != NULL;
    opens(AT_FDCWD, path, *mode == 'r' ? (both ? O_RDWR : O_RDONLY) : (both ? O_RDWR : O_WRONLY));
}

EXPORT FILE *fopen(const char *restrict path, const char *restrict mode) {
    streams(path, mode);
    return NEXT(fopen)(path, mode);
}

EXPORT FILE *fopen64(const char *restrict path, const char *restrict mode) {
    streams(path, mode);
    return NEXT(fopen64)(path, mode);
}

EXPORT FILE *freopen(const char *restrict path, const char *restrict mode, FILE *restrict stream) {
    if (path) streams(path, mode);
    return NEXT(freopen)(path, mode, stream);
}

EXPORT FILE *freopen64(const char *restrict path, const char *restrict mode, FILE *restrict stream) {
    if (path) streams(path, mode);
    return NEXT(freopen64)(path, mode, stream);
}

// What takes a file's name away, or gives it to another, ends it as well.
static void ends(int directory, const char *path) {
    if (reenact_active()) changes(directory, path);
}

EXPORT int truncate(const char *path, off_t length) {
    ends(AT_FDCWD, path);
    return NEXT(truncate)(path, length);
}

EXPORT int truncate64(const char *path, off64_t length) {
    ends(AT_FDCWD, path);
    return NEXT(truncate64)(path, length);
}

EXPORT int unlink(const char *path) {
    ends(AT_FDCWD, path);
    return NEXT(unlink)(path);
}

EXPORT int unlinkat(int directory, const char *path, int flags) {
    if (!(flags & AT_REMOVEDIR)) ends(directory, path);
    return NEXT(unlinkat)(directory, path, flags);
}

EXPORT int remove(const char *path) {
    ends(AT_FDCWD, path);
    return NEXT(remove)(path);
}

EXPORT int rename(const char *from, const char *to) {
    ends(AT_FDCWD, from);
    ends(AT_FDCWD, to);
    return NEXT(rename)(from, to);
}

EXPORT int renameat(int from_directory, const char *from, int to_directory, const char *to) {
    ends(from_directory, from);
    ends(to_directory, to);
    return NEXT(renameat)(from_directory, from, to_directory, to);
}

EXPORT int renameat2(int from_directory, const char *from, int to_directory, const char *to, unsigned flags) {
    ends(from_directory, from);
    ends(to_directory, to);
    return NEXT(renameat2)(from_directory, from, to_directory, to, flags);
}
