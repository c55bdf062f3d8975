// A start script may set PYTHONPATH or NODE_OPTIONS anew, or clear the environment (env -i): what it executes would run
// unseen. So what this process was given for the hooks is given on. Between fork and exec only system calls are safe:
// everything is noted at the start.
#include "exec_hooks.h"

#include <stdlib.h>
#include <sys/auxv.h>

extern char **environ;

// Variables that are the recorder's own, or point at its files.
static const char *const own[] = {
    "REENACT_", "SSL_CERT_FILE=", "REQUESTS_CA_BUNDLE=", "CURL_CA_BUNDLE=", "GIT_SSL_CAINFO=", "DENO_CERT=",
    "NODE_EXTRA_CA_CERTS=", "PIP_CERT=", "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH=", "HTTPLIB2_CA_CERTS=", "PHP_INI_SCAN_DIR=",
    "PGCHANNELBINDING=", "PYTHONHASHSEED=",
};
#define OWN (sizeof own / sizeof *own)
#define KEPT_MAX 64
static struct {
    char *entry;
    size_t name;
} kept[KEPT_MAX];
static size_t kept_count;

// Variables that hold a list: the recorder's piece goes first.
static struct {
    const char *name, *format;
    char separator;
    char piece[EXEC_HOOKS_PIECE];
} lists[EXEC_HOOKS_LISTS] = {
    {"LD_PRELOAD=", "/libreenact-preload.so", ':', ""},
    {"PYTHONPATH=", "/python", ':', ""},
    {"NODE_OPTIONS=", "/node/hook.cjs", ' ', ""},
};

static void note_list(size_t list, const char *value, const char *hooks) {
    static const char require[] = "--require ";
    size_t lead = lists[list].separator == ' ' ? sizeof require - 1 : 0;
    if (lead + strlen(hooks) + strlen(lists[list].format) >= EXEC_HOOKS_PIECE) return;
    char *piece = lists[list].piece;
    memcpy(piece, require, lead);
    strcpy(piece + lead, hooks);
    strcat(piece, lists[list].format);
    // Given to this process, too: else that runtime is not hooked.
    if (!strstr(value, piece)) *piece = 0;
}

__attribute__((constructor(102))) static void read_environment(void) {
    const char *hooks = getauxval(AT_SECURE) ? NULL : getenv("REENACT_HOOKS");
    if (!hooks || !getenv("REENACT_CONTROL")) return;
    for (char **each = environ; *each; each++) {
        const char *sign = strchr(*each, '=');
        if (!sign) continue;
        for (size_t i = 0; i < OWN && kept_count < KEPT_MAX; i++) {
            if (strncmp(*each, own[i], strlen(own[i]))) continue;
            char *copy = strdup(*each);
            if (copy) kept[kept_count].entry = copy, kept[kept_count++].name = (size_t)(sign - *each) + 1;
            break;
        }
        for (size_t i = 0; i < EXEC_HOOKS_LISTS; i++) {
            if (!strncmp(*each, lists[i].name, strlen(lists[i].name))) note_list(i, sign + 1, hooks);
        }
    }
}

static bool has(char *const *given, size_t count, const char *entry, size_t name) {
    for (size_t i = 0; i < count; i++) {
        if (!strncmp(given[i], entry, name)) return true;
    }
    return false;
}

// The list with the recorder's piece; false where it is there already, or too long.
static bool with_piece(size_t list, const char *value, char *out) {
    const char *piece = lists[list].piece;
    if (!*piece || strstr(value, piece)) return false;
    size_t name = strlen(lists[list].name), length = strlen(piece), rest = strlen(value);
    if (name + length + rest + 2 > EXEC_HOOKS_ROOM) return false;
    memcpy(out, lists[list].name, name);
    memcpy(out + name, piece, length);
    out += name + length;
    if (rest) *out++ = lists[list].separator;
    memcpy(out, value, rest + 1);
    return true;
}

size_t exec_hooks_restore(char **entries, size_t count, size_t limit, char (*texts)[EXEC_HOOKS_ROOM]) {
    size_t given = count;
    for (size_t list = 0; list < EXEC_HOOKS_LISTS; list++) {
        size_t name = strlen(lists[list].name), at = 0;
        while (at < given && strncmp(entries[at], lists[list].name, name)) at++;
        if (at == given && count >= limit) return count;
        if (!with_piece(list, at < given ? entries[at] + name : "", texts[list])) continue;
        entries[at < given ? at : count++] = texts[list];
    }
    for (size_t i = 0; i < kept_count && count < limit; i++) {
        if (!has(entries, given, kept[i].entry, kept[i].name)) entries[count++] = kept[i].entry;
    }
    return count;
}
