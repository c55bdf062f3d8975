// The capsule as the tracer sees it: its code, the filter that lets only its calls through, the pages it shares.
#include "capsule.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

extern const char ct_capsule_hook[], ct_capsule_call_end[];
extern const char __start_reenact_capsule[], __stop_reenact_capsule[];

const void *ct_capsule_bytes(size_t *size, size_t *hook, size_t *call_end) {
    *size = (size_t)(__stop_reenact_capsule - __start_reenact_capsule);
    *hook = (size_t)(ct_capsule_hook - __start_reenact_capsule);
    *call_end = (size_t)(ct_capsule_call_end - __start_reenact_capsule);
    return __start_reenact_capsule;
}

int ct_filter(void) {
    size_t size, hook, call_end;
    ct_capsule_bytes(&size, &hook, &call_end);
    uint32_t allowed = ct_capsule_code + (uint32_t)call_end, own = ct_capsule_base + 2;
    struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, instruction_pointer) + 4),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 5),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, instruction_pointer)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, allowed, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, own, 0, 2),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {sizeof program / sizeof *program, program};
    // The calls are the program's own: against what it guards itself is not changed by being recorded.
    unsigned long flags = SECCOMP_FILTER_FLAG_SPEC_ALLOW;
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter) == 0) return 0;
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter);
}

struct ct_control *ct_shared_map(int descriptor) {
    if (ftruncate(descriptor, ct_capsule_shared_size) != 0) return NULL;
    void *place = mmap(NULL, ct_capsule_shared_size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    return place == MAP_FAILED ? NULL : place;
}
