// Connections that the program opened, and how many bytes it has sent on each.
//
// The counts lie in memory that forked processes share, for they share the connections too. A descriptor's mark names
// a slot; the slot names the socket's inode. The mark is believed only while the inode is right, so a descriptor that
// was closed behind our back (by stdio, by a raw system call) never yields a wrong edge.
#include "reenact.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SLOTS = 65536 };

struct slot {
    _Atomic(uint64_t) ino, off;
    atomic_uint sending, starts;
};

static struct {
    atomic_uint next;
    struct slot slots[SLOTS];
} *shared;

uint32_t reenact_outbound[REENACT_OUTBOUND_FDS];

__attribute__((constructor)) static void map_slots(void) {
    if (!reenact_active()) return;
    void *memory = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory != MAP_FAILED) shared = memory;
}

void reenact_mark_outbound(int fd) {
    if (!shared || (unsigned)fd >= REENACT_OUTBOUND_FDS || reenact_is_control(fd)) return;
    uint64_t ino = reenact_inode(fd);
    if (!ino) return;
    uint32_t mark = reenact_outbound[fd];
    // A second connect() on the same socket asks how the first one went.
    if (mark && atomic_load(&shared->slots[mark - 1].ino) == ino) return;
    // Slots are used in turn; who is overtaken after 65,536 connections is no longer reported.
    uint32_t index = atomic_fetch_add(&shared->next, 1) % SLOTS;
    struct slot *slot = &shared->slots[index];
    atomic_store(&slot->ino, ino);
    atomic_store(&slot->off, 0);
    atomic_store(&slot->sending, 0);
    reenact_outbound[fd] = index + 1;
}

// A vfork child runs in its parent's memory: what it closes stays open there, and the inode check would cost an edge.
static pid_t home;
static void remember_home(void) { home = getpid(); }
__attribute__((constructor)) static void watch_home(void) {
    remember_home();
    if (reenact_active()) pthread_atfork(NULL, NULL, remember_home);
}

void reenact_forget(int fd) {
    if (!reenact_is_outbound(fd)) return;
    uint32_t mark = reenact_outbound[fd];
    if (getpid() == home || atomic_load(&shared->slots[mark - 1].ino) != reenact_inode(fd)) reenact_outbound[fd] = 0;
}

void reenact_copy_mark(int from, int to) {
    if ((unsigned)to >= REENACT_OUTBOUND_FDS || (unsigned)from >= REENACT_OUTBOUND_FDS) return;
    uint32_t mark = reenact_outbound[from];
    if (mark == reenact_outbound[to]) return;
    reenact_outbound[to] = mark;
}

// Two threads that send on one connection at the same time: the order of their bytes is not known here, so both are
// counted and neither is attributed.
void reenact_sending_begin(struct reenact_sending *sending, int fd) {
    uint32_t mark = reenact_outbound[fd];
    sending->slot = 0;
    if (!mark || !shared) return;
    struct slot *slot = &shared->slots[mark - 1];
    uint64_t ino = reenact_inode(fd);
    if (!ino || atomic_load(&slot->ino) != ino) {
        reenact_outbound[fd] = 0;
        return;
    }
    sending->slot = mark;
    sending->alone = atomic_fetch_add(&slot->sending, 1) == 0;
    sending->start = atomic_fetch_add(&slot->starts, 1) + 1;
}

void reenact_sending_end(struct reenact_sending *sending, ssize_t sent) {
    if (!sending->slot) return;
    int saved = errno;
    struct slot *slot = &shared->slots[sending->slot - 1];
    bool alone = sending->alone && atomic_load(&slot->starts) == sending->start;
    uint64_t before = sent > 0 ? atomic_fetch_add(&slot->off, (uint64_t)sent) : 0;
    atomic_fetch_sub(&slot->sending, 1);
    struct reenact_context context = reenact_current;
    if (sent > 0 && alone && context.ino) {
        char room[400];
        struct json j = JSON_ON(room);
        json_begin(&j, "send");
        json_text(
            &j, ",\"ino\":%llu,\"off\":%llu,\"len\":%zd,\"layer\":\"wire\"",
            (unsigned long long)atomic_load(&slot->ino), (unsigned long long)before, sent);
        json_context(&j, context);
        json_text(&j, "}");
        if (!j.full) reenact_send(j.bytes, j.used);
    }
    errno = saved;
}
