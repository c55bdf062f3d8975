// In a sandbox the wall clock follows the recording: REENACT_CLOCK names 8 shared bytes, nanoseconds to add.
#include "clock.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timeb.h>
#include <unistd.h>

const volatile int64_t *reenact_clock;

__attribute__((constructor(101))) static void map_clock(void) {
    const char *path = getauxval(AT_SECURE) ? NULL : getenv("REENACT_CLOCK");
    if (!path) return;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    struct { off_t size; } about = {(off_t)syscall(SYS_lseek, fd, 0, SEEK_END)};
    void *memory = about.size >= 8 ? mmap(NULL, 8, PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
    if (memory != MAP_FAILED) reenact_clock = memory;
    syscall(SYS_close, fd);
}

bool reenact_is_wall(clockid_t clock) {
    return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI;
}

struct timespec reenact_moved(struct timespec time, int64_t by) {
    int64_t seconds = by / 1000000000, nanoseconds = time.tv_nsec + by % 1000000000;
    if (nanoseconds < 0) {
        nanoseconds += 1000000000;
        seconds--;
    } else if (nanoseconds >= 1000000000) {
        nanoseconds -= 1000000000;
        seconds++;
    }
    time.tv_sec += seconds;
    time.tv_nsec = nanoseconds;
    return time;
}

// While the dynamic linker looks the real function up, an allocator may ask for the time: the kernel knows it too.
static int real_gettime(clockid_t clock, struct timespec *time) {
    static _Atomic(void *) slot;
    static __thread bool looking;
    void *real = atomic_load_explicit(&slot, memory_order_relaxed);
    if (unlikely(!real)) {
        if (looking) return (int)syscall(SYS_clock_gettime, clock, time);
        looking = true;
        real = reenact_next(&slot, "clock_gettime");
        looking = false;
    }
    return ((int (*)(clockid_t, struct timespec *))real)(clock, time);
}

EXPORT int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = real_gettime(clock, time);
    if (unlikely(reenact_clock) && result == 0 && reenact_is_wall(clock)) *time = reenact_moved(*time, *reenact_clock);
    return result;
}

EXPORT int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    if (likely(!reenact_clock)) return NEXT(gettimeofday)(time, zone);
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (time) *time = (struct timeval){.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
    if (zone) *(struct timezone *)zone = (struct timezone){0};
    return 0;
}

EXPORT time_t time(time_t *result) {
    if (likely(!reenact_clock)) return NEXT(time)(result);
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (result) *result = now.tv_sec;
    return now.tv_sec;
}

EXPORT int timespec_get(struct timespec *time, int base) {
    if (likely(!reenact_clock) || base != TIME_UTC) return NEXT(timespec_get)(time, base);
    return clock_gettime(CLOCK_REALTIME, time) == 0 ? base : 0;
}

// Declared here because the header marks it as deprecated.
EXPORT int reenact_ftime(struct timeb *time) __asm__("ftime");
EXPORT int reenact_ftime(struct timeb *time) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    *time = (struct timeb){.time = now.tv_sec, .millitm = (unsigned short)(now.tv_nsec / 1000000)};
    return 0;
}
