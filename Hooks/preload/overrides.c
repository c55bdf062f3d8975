// Variables of the environment that a re-enactment changes, whatever the program's own scripts set them to.

#include "reenact.h"

#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

// REENACT_VARIABLES: `NAME=value` sets, `NAME` alone takes away; a unit separator (0x1f) between them. Before the program,
// or its runtime, reads the environment; this library's other constructors read only what is never overridden.
__attribute__((constructor(101))) static void override_variables(void) {
    const char *given = getauxval(AT_SECURE) ? NULL : getenv("REENACT_VARIABLES");
    if (!given) return;
    char *list = strdup(given), *rest = list;
    for (char *entry; list && (entry = strsep(&rest, "\x1f"));) {
        char *value = strchr(entry, '=');
        if (value) *value++ = 0;
        if (!*entry) continue;
        if (value) setenv(entry, value, 1);
        else unsetenv(entry);
    }
    free(list);
}
