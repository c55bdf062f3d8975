// What the benchmark runs besides programs of the system: `workload qsort|storm|tiny`.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int order(const void *a, const void *b) { return *(const int *)a < *(const int *)b ? -1 : 1; }

int main(int count, char **arguments) {
    const char *what = count > 1 ? arguments[1] : "";
    if (strcmp(what, "qsort") == 0) {
        int n = 3000000, *values = malloc(sizeof(int) * (size_t)n);
        unsigned state = 1;
        for (int i = 0; i < n; i++) values[i] = (int)((state = state * 1103515245 + 12345) >> 1);
        qsort(values, (size_t)n, sizeof(int), order);
        return values[0] > values[n - 1];
    }
    if (strcmp(what, "storm") == 0) {
        char block[512] = {1};
        int zero = open("/dev/zero", O_RDONLY), null = open("/dev/null", O_WRONLY);
        for (int i = 0; i < 20000; i++) {
            if (read(zero, block, sizeof block) + write(null, block, sizeof block) != 1024) return 1;
        }
        return 0;
    }
    // So few instructions that gdb's record full comes to an end.
    volatile int sum = 0;
    for (int i = 0; i < 3000; i++) sum += i;
    return sum == 0;
}
