// The shifted wall clock, and its inverse for deadlines.
#pragma once
#include "reenact.h"

#include <time.h>

extern const volatile int64_t *reenact_clock;
bool reenact_is_wall(clockid_t clock);
struct timespec reenact_moved(struct timespec time, int64_t by);

// A deadline that the program computed from the shifted clock, on the kernel's clock again.
static inline const struct timespec *reenact_deadline(const struct timespec *deadline, struct timespec *room) {
    if (likely(!reenact_clock) || !deadline) return deadline;
    *room = reenact_moved(*deadline, -*reenact_clock);
    if (room->tv_sec < 0) *room = (struct timespec){0};
    return room;
}
