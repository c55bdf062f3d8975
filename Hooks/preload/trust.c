// Programs that load certificate authorities through OpenSSL (curl, PHP, Perl, Ruby, …) trust the recording's besides,
// and the recorder is told whom they trust: it checks the real servers as they would.
#include "reenact.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/auxv.h>

typedef struct ssl_ctx_st SSL_CTX;
typedef struct x509_store_st X509_STORE;

// OpenSSL's own functions call one another: only the outermost call is the program's.
static __thread int depth;
static char authority[PATH_MAX];

__attribute__((constructor(102))) static void read_environment(void) {
    const char *value = getauxval(AT_SECURE) ? NULL : getenv("REENACT_CA");
    if (value && strlen(value) < sizeof authority) strcpy(authority, value);
}

static bool is_on(void) { return authority[0] && depth == 0 && reenact_active(); }

// Whether that was told before by this process or by the one that it was forked from.
static bool is_known(const char *text, size_t length) {
    static _Atomic(uint64_t) told[64];
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < length; i++) hash = (hash ^ (unsigned char)text[i]) * 0x100000001b3u;
    for (int i = 0; i < 64; i++) {
        uint64_t empty = 0;
        if (atomic_compare_exchange_strong(&told[i], &empty, hash)) return false;
        if (empty == hash) return true;
    }
    return false;
}

static void tell(const char *file, const char *directory) {
    struct json j = JSON_UP_TO(16384);
    json_begin(&j, "trust");
    json_text(&j, ",\"files\":[");
    size_t start = j.used;
    char whole[PATH_MAX];
    const char *both[] = {file, directory};
    for (int i = 0, count = 0; i < 2; i++) {
        // The recorder has a working directory of its own.
        const char *path = both[i] ? realpath(both[i], whole) : NULL;
        if (!path) continue;
        if (count++) json_text(&j, ",");
        json_string(&j, path, strlen(path));
    }
    json_text(&j, "],\"waits\":true}");
    // Waited for: the recorder must know before the first bytes of the connection pass it.
    if (!j.full && !is_known(j.bytes + start, j.used - start)) reenact_handshake(j.bytes, j.used);
    json_free(&j);
}

extern int SSL_CTX_load_verify_locations(SSL_CTX *, const char *, const char *);
extern int SSL_CTX_load_verify_file(SSL_CTX *, const char *);
extern int SSL_CTX_load_verify_dir(SSL_CTX *, const char *);
extern int SSL_CTX_set_default_verify_paths(SSL_CTX *);
extern int X509_STORE_load_locations(X509_STORE *, const char *, const char *);
extern int X509_STORE_load_file(X509_STORE *, const char *);
extern int X509_STORE_load_path(X509_STORE *, const char *);
extern int X509_STORE_set_default_paths(X509_STORE *);

// The function that the caller would have had without us: its own library's, or one that its library depends on.
static void *real_for(const void *caller, const char *name) {
    static const char *const libraries[] = {"libssl.so.3", "libssl.so.1.1", "libcrypto.so.3", "libcrypto.so.1.1"};
    Dl_info module, us, it;
    dladdr(authority, &us);
    const char *path = dladdr(caller, &module) ? module.dli_fname : NULL;
    for (int i = -2; i < 4; i++) {
        void *handle = i == -2 ? (path ? dlopen(path, RTLD_NOLOAD | RTLD_LAZY) : NULL)
                       : i == -1 ? RTLD_NEXT
                                 : dlopen(libraries[i], RTLD_NOLOAD | RTLD_LAZY);
        void *found = handle ? dlsym(handle, name) : NULL;
        if (handle && handle != RTLD_NEXT) dlclose(handle);
        if (found && !(dladdr(found, &it) && it.dli_fbase == us.dli_fbase)) return found;
    }
    return NULL;
}

static void add(const void *caller, const char *loader, void *subject) {
    int (*load)(void *, const char *, const char *) = real_for(caller, loader);
    if (load) load(subject, authority, NULL);
}

#define TRUSTING_(name, loader, subject, call, file, directory) \
    {                                                          \
        const void *caller = __builtin_return_address(0);      \
        int saved = errno;                                     \
        __typeof__(&name) real = real_for(caller, #name);      \
        errno = saved;                                         \
        if (!real) return 0;                                   \
        bool outermost = is_on();                              \
        depth++;                                               \
        int result = real call;                                \
        if (result == 1 && outermost) {                        \
            saved = errno;                                     \
            add(caller, loader, subject);                      \
            tell(file, directory);                             \
            errno = saved;                                     \
        }                                                      \
        depth--;                                               \
        return result;                                         \
    }
#define TRUSTING(name, ...) TRUSTING_(name, __VA_ARGS__)
#define CONTEXT "SSL_CTX_load_verify_locations", context
#define STORE "X509_STORE_load_locations", store

EXPORT int SSL_CTX_load_verify_locations(SSL_CTX *context, const char *file, const char *directory)
    TRUSTING(SSL_CTX_load_verify_locations, CONTEXT, (context, file, directory), file, directory)
EXPORT int SSL_CTX_load_verify_file(SSL_CTX *context, const char *file)
    TRUSTING(SSL_CTX_load_verify_file, CONTEXT, (context, file), file, NULL)
EXPORT int SSL_CTX_load_verify_dir(SSL_CTX *context, const char *directory)
    TRUSTING(SSL_CTX_load_verify_dir, CONTEXT, (context, directory), NULL, directory)
EXPORT int SSL_CTX_set_default_verify_paths(SSL_CTX *context)
    TRUSTING(SSL_CTX_set_default_verify_paths, CONTEXT, (context), NULL, NULL)
EXPORT int X509_STORE_load_locations(X509_STORE *store, const char *file, const char *directory)
    TRUSTING(X509_STORE_load_locations, STORE, (store, file, directory), file, directory)
EXPORT int X509_STORE_load_file(X509_STORE *store, const char *file)
    TRUSTING(X509_STORE_load_file, STORE, (store, file), file, NULL)
EXPORT int X509_STORE_load_path(X509_STORE *store, const char *directory)
    TRUSTING(X509_STORE_load_path, STORE, (store, directory), NULL, directory)
EXPORT int X509_STORE_set_default_paths(X509_STORE *store)
    TRUSTING(X509_STORE_set_default_paths, STORE, (store), NULL, NULL)
