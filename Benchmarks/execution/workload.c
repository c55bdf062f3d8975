// What the benchmark runs besides programs of the system: `workload qsort|storm|long|tiny`.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int order(const void *a, const void *b) { return *(const int *)a < *(const int *)b ? -1 : 1; }

volatile unsigned touched;
__attribute__((noinline)) void finished(void) { __asm__ volatile(""); }

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
        for (int i = 0; i < 100000; i++) {
            if (read(zero, block, sizeof block) + write(null, block, sizeof block) != 1024) return 1;
        }
        return 0;
    }
    if (strcmp(what, "long") == 0) {
        // Some ten seconds of work with a call now and then. What a watchpoint looks for happens once a second, last in
        // the middle.
        struct timespec start, now;
        time_t second = -1;
        clock_gettime(CLOCK_MONOTONIC, &start);
        unsigned state = 1;
        for (now = start; now.tv_sec - start.tv_sec < 10; clock_gettime(CLOCK_MONOTONIC, &now)) {
            for (int i = 0; i < 1000000; i++) state = state * 1103515245 + 12345;
            if (now.tv_sec - start.tv_sec < 5 && now.tv_sec != second) touched = state, second = now.tv_sec;
        }
        finished();
        return state == 0;
    }
    // So few instructions that gdb's record full comes to an end.
    volatile int sum = 0;
    for (int i = 0; i < 3000; i++) sum += i;
    return sum == 0;
}
