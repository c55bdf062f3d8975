// A start script may name certificate authorities of its own (SSL_CERT_FILE=…), which puts the recording's out of the
// environment again. So what is executed with such a variable gets a file that holds both. Between fork and exec only
// system calls are safe: no allocation here.
#include "exec_hooks.h"

#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

extern char **environ;

static const char *const names[] = {
    "SSL_CERT_FILE=", "REQUESTS_CA_BUNDLE=", "CURL_CA_BUNDLE=", "AWS_CA_BUNDLE=", "GIT_SSL_CAINFO=", "DENO_CERT=",
    "NODE_EXTRA_CA_CERTS=",
};
#define NAMES (sizeof names / sizeof *names)
#define ENTRIES_MAX 4096
static char authority[PATH_MAX];
// The recorder's directory: files in it hold the authority already, and go with it.
static size_t directory_length;

__attribute__((constructor(102))) static void read_environment(void) {
    const char *value = getauxval(AT_SECURE) ? NULL : getenv("REENACT_CA");
    if (!value || strlen(value) >= sizeof authority - 64 || value[0] != '/') return;
    strcpy(authority, value);
    directory_length = (size_t)(strrchr(authority, '/') - authority) + 1;
}

static bool append(int to, const char *path) {
    int from = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
    if (from < 0) return false;
    char buffer[4096];
    ssize_t count;
    bool sound = true;
    while (sound && (count = read(from, buffer, sizeof buffer)) > 0) sound = write(to, buffer, (size_t)count) == count;
    close(from);
    return sound && count == 0 && write(to, "\n", 1) == 1;
}

static void hex(char *to, uint64_t value) {
    for (int i = 15; i >= 0; i--, value >>= 4) to[i] = "0123456789abcdef"[value & 15];
}

// Writes `NAME=path of the union` to `out`; false where the variable is better left as it is.
static bool union_of(const char *name, const char *base, char *out, size_t room) {
    struct stat about;
    size_t length = strlen(name);
    if (!*base || !strncmp(base, authority, directory_length) || stat(base, &about) != 0) return false;
    if (length + directory_length + 64 > room) return false;
    uint64_t hash = 0xcbf29ce484222325u;
    for (const char *each = base; *each; each++) hash = (hash ^ (unsigned char)*each) * 0x100000001b3u;
    hash ^= (uint64_t)about.st_mtime * 31 + (uint64_t)about.st_size + (uint64_t)about.st_ino * 0x9e3779b97f4a7c15u;
    strcpy(out, name);
    char *path = out + length;
    memcpy(path, authority, directory_length);
    char *end = path + directory_length;
    memcpy(end, "env-", 4);
    hex(end + 4, hash);
    strcpy(end + 20, ".pem");
    if (access(path, R_OK) == 0) return true;
    char made[PATH_MAX + 64];
    strcpy(made, path);
    size_t used = strlen(made);
    made[used] = '.';
    hex(made + used + 1, (uint64_t)getpid());
    made[used + 17] = 0;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, made, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0) return false;
    bool sound = append(fd, base) && append(fd, authority);
    close(fd);
    if (sound && syscall(SYS_renameat, AT_FDCWD, made, AT_FDCWD, path) == 0) return true;
    syscall(SYS_unlinkat, AT_FDCWD, made, 0);
    return false;
}

#define ROOM (PATH_MAX + 64)
// The environment to execute with: the given one, or `copy` with some entries replaced or added.
static char *const *prepared(
    char *const given[], char **copy, char (*texts)[ROOM], char (*lists)[EXEC_HOOKS_ROOM])
{
    if (!given || !reenact_active()) return given;
    size_t count = 0, replaced = 0;
    while (given[count]) {
        if (count >= ENTRIES_MAX) return given;
        copy[count] = given[count];
        for (size_t i = 0; directory_length && i < NAMES; i++) {
            size_t length = strlen(names[i]);
            if (strncmp(given[count], names[i], length) || replaced >= NAMES) continue;
            if (union_of(names[i], given[count] + length, texts[replaced], ROOM)) copy[count] = texts[replaced++];
            break;
        }
        count++;
    }
    count = exec_hooks_restore(copy, count, ENTRIES_MAX, lists);
    copy[count] = NULL;
    return copy;
}

#define PREPARED(call)                         \
    {                                          \
        int saved = errno;                     \
        char *copy[ENTRIES_MAX + 1];           \
        char texts[NAMES][ROOM];               \
        char lists[EXEC_HOOKS_LISTS][EXEC_HOOKS_ROOM]; \
        char *const *env = prepared(given, copy, texts, lists); \
        errno = saved;                         \
        return call;                           \
    }

EXPORT int execve(const char *path, char *const argv[], char *const given[])
    PREPARED(NEXT(execve)(path, argv, env))
EXPORT int execvpe(const char *file, char *const argv[], char *const given[])
    PREPARED(NEXT(execvpe)(file, argv, env))
EXPORT int execv(const char *path, char *const argv[]) {
    char *const *given = environ;
    PREPARED(NEXT(execve)(path, argv, env))
}
EXPORT int execvp(const char *file, char *const argv[]) {
    char *const *given = environ;
    PREPARED(NEXT(execvpe)(file, argv, env))
}
EXPORT int posix_spawn(
    pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attributes,
    char *const argv[], char *const given[])
    PREPARED(NEXT(posix_spawn)(pid, path, actions, attributes, argv, env))
EXPORT int posix_spawnp(
    pid_t *pid, const char *file, const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attributes,
    char *const argv[], char *const given[])
    PREPARED(NEXT(posix_spawnp)(pid, file, actions, attributes, argv, env))
