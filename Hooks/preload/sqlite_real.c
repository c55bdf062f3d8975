// Which SQLite a caller means. A process may hold several: the system's, one inside a wheel, one linked into a module
// whose own symbols our preloaded ones now hide. Each caller gets exactly the functions it would have had without us.
#include "sqlite.h"

#include <link.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { CALLERS = 32 };
static struct sqlite tables[CALLERS];
static atomic_int known;
static pthread_mutex_t growing = PTHREAD_MUTEX_INITIALIZER;

struct search {
    uintptr_t address, low, high;
    const char *name;
};

static int look(struct dl_phdr_info *info, size_t size, void *argument) {
    (void)size;
    struct search *search = argument;
    uintptr_t low = UINTPTR_MAX, high = 0;
    bool inside = false;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        if (part->p_type != PT_LOAD) continue;
        uintptr_t from = info->dlpi_addr + part->p_vaddr, to = from + part->p_memsz;
        if (from < low) low = from;
        if (to > high) high = to;
        if (search->address >= from && search->address < to) inside = true;
    }
    if (!inside) return 0;
    search->low = low;
    search->high = high;
    search->name = info->dlpi_name;
    return 1;
}

static void *outside(void *found) {
    Dl_info it, us;
    if (!found || !dladdr(found, &it) || !dladdr(tables, &us)) return found;
    return it.dli_fbase == us.dli_fbase ? NULL : found;
}

static void *find(void *handle, void *fallback, const char *name) {
    void *found = handle ? outside(dlsym(handle, name)) : NULL;
    if (!found) found = outside(dlsym(RTLD_NEXT, name));
    if (!found && fallback) found = outside(dlsym(fallback, name));
    return found;
}

static bool fill(struct sqlite *table, const void *address) {
    struct search search = {.address = (uintptr_t)address};
    if (!dl_iterate_phdr(look, &search)) return false;
    // The handles are kept: what they name must not be unloaded while the table points into it.
    void *handle = search.name && *search.name ? dlopen(search.name, RTLD_NOLOAD | RTLD_LAZY) : NULL;
    void *fallback = dlopen("libsqlite3.so.0", RTLD_NOLOAD | RTLD_LAZY);
    table->low = search.low;
    table->high = search.high;
#define X(name, result, parameters) \
    table->name = (result(*) parameters)find(handle, fallback, "sqlite3_" #name);
    SQLITE_FUNCTIONS(X)
#undef X
    // Too old or too strange to be read safely: its callers still get their functions, nothing is recorded.
    table->complete = table->step && table->db_handle && table->sql && table->errmsg && table->stmt_readonly
                      && table->column_count && table->column_type && table->bind_parameter_count;
    uintptr_t step = (uintptr_t)table->step;
    table->itself = step >= table->low && step < table->high;
    return true;
}

const struct sqlite *sqlite_for(const void *address) {
    uintptr_t where = (uintptr_t)address;
    for (int i = 0, n = atomic_load_explicit(&known, memory_order_acquire); i < n; i++)
        if (where >= tables[i].low && where < tables[i].high) return &tables[i];
    int saved = errno;
    const struct sqlite *result = NULL;
    pthread_mutex_lock(&growing);
    int n = atomic_load(&known);
    for (int i = 0; i < n; i++)
        if (where >= tables[i].low && where < tables[i].high) result = &tables[i];
    if (!result && n < CALLERS && fill(&tables[n], address)) {
        result = &tables[n];
        atomic_store_explicit(&known, n + 1, memory_order_release);
    }
    pthread_mutex_unlock(&growing);
    errno = saved;
    return result;
}

static void lock(void) { pthread_mutex_lock(&growing); }
static void unlock(void) { pthread_mutex_unlock(&growing); }
__attribute__((constructor)) static void watch_forks(void) {
    if (reenact_active()) pthread_atfork(lock, unlock, unlock);
}
