// Waits with an absolute wall-clock deadline keep their length where the clock is shifted.
#include "clock.h"

#include <pthread.h>
#include <semaphore.h>
#include <threads.h>

// The C library has kept two versions of the condition functions since 2002, and dlsym may find the old one.
static void *condition_function(_Atomic(void *) *slot, const char *name) {
    void *found = atomic_load_explicit(slot, memory_order_relaxed);
    if (likely(found != NULL)) return found;
    found = dlvsym(RTLD_NEXT, name, "GLIBC_2.3.2");
    if (!found) return reenact_next(slot, name);
    atomic_store_explicit(slot, found, memory_order_relaxed);
    return found;
}

// Bit 1 of __wrefs says that pthread_condattr_setclock chose the monotonic clock.
static bool waits_on_wall(pthread_cond_t *condition) { return !(condition->__data.__wrefs & 2); }

EXPORT int pthread_cond_timedwait(
    pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex, const struct timespec *restrict deadline) {
    static _Atomic(void *) slot;
    __typeof__(&pthread_cond_timedwait) real = condition_function(&slot, "pthread_cond_timedwait");
    struct timespec room;
    return real(condition, mutex, waits_on_wall(condition) ? reenact_deadline(deadline, &room) : deadline);
}

EXPORT int pthread_cond_clockwait(
    pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex, clockid_t clock,
    const struct timespec *restrict deadline) {
    struct timespec room;
    return NEXT(pthread_cond_clockwait)(
        condition, mutex, clock, reenact_is_wall(clock) ? reenact_deadline(deadline, &room) : deadline);
}

EXPORT int cnd_timedwait(cnd_t *restrict condition, mtx_t *restrict mutex, const struct timespec *restrict deadline) {
    struct timespec room;
    return NEXT(cnd_timedwait)(condition, mutex, reenact_deadline(deadline, &room));
}

EXPORT int mtx_timedlock(mtx_t *restrict mutex, const struct timespec *restrict deadline) {
    struct timespec room;
    return NEXT(mtx_timedlock)(mutex, reenact_deadline(deadline, &room));
}

EXPORT int pthread_mutex_timedlock(pthread_mutex_t *restrict mutex, const struct timespec *restrict deadline) {
    struct timespec room;
    return NEXT(pthread_mutex_timedlock)(mutex, reenact_deadline(deadline, &room));
}

EXPORT int pthread_rwlock_timedrdlock(pthread_rwlock_t *restrict lock, const struct timespec *restrict deadline) {
    struct timespec room;
    return NEXT(pthread_rwlock_timedrdlock)(lock, reenact_deadline(deadline, &room));
}

EXPORT int pthread_rwlock_timedwrlock(pthread_rwlock_t *restrict lock, const struct timespec *restrict deadline) {
    struct timespec room;
    return NEXT(pthread_rwlock_timedwrlock)(lock, reenact_deadline(deadline, &room));
}

EXPORT int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict deadline) {
    struct timespec room;
    return NEXT(sem_timedwait)(semaphore, reenact_deadline(deadline, &room));
}

EXPORT int sem_clockwait(sem_t *restrict semaphore, clockid_t clock, const struct timespec *restrict deadline) {
    struct timespec room;
    return NEXT(sem_clockwait)(
        semaphore, clock, reenact_is_wall(clock) ? reenact_deadline(deadline, &room) : deadline);
}

EXPORT int clock_nanosleep(clockid_t clock, int flags, const struct timespec *time, struct timespec *left) {
    struct timespec room;
    bool absolute = (flags & TIMER_ABSTIME) && reenact_is_wall(clock);
    return NEXT(clock_nanosleep)(clock, flags, absolute ? reenact_deadline(time, &room) : time, left);
}
