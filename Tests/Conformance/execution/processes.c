#include "case.h"
CASE(seccomp_sizes) { unsigned short v[4] = {7, 7, 7, 7}; long r = syscall(SYS_seccomp, 3, 0, v); SAY("%ld %d %d\n", r, v[0] > 0, v[3]); return 0; }
CASE(fork_wait) { int s; pid_t p = fork(); if (!p) _exit(7); SAY("%d %d\n", waitpid(p, &s, 0) == p, WEXITSTATUS(s)); return 0; }
CASE(fork_pid) { pid_t p = fork(); if (!p) { SAY("child %d of %d\n", getpid(), getppid()); _exit(0); } wait(0); SAY("parent %d child %d\n", getpid(), p); return 0; }
CASE(fork_many) { for (int i = 0; i < 20; i++) if (!fork()) _exit(i); int t = 0, s; while (wait(&s) > 0) t += WEXITSTATUS(s); SAY("%d\n", t); return 0; }
CASE(fork_nested) { if (!fork()) { if (!fork()) { SAY("grandchild\n"); _exit(0); } wait(0); _exit(0); } wait(0); SAY("done\n"); return 0; }
CASE(fork_memory) { int *p = malloc(4000); p[0] = 1; if (!fork()) { p[0] = 2; _exit(p[0]); } int s; wait(&s); SAY("%d %d\n", p[0], WEXITSTATUS(s)); return 0; }
CASE(shared_memory_fork) { volatile int *p = mmap(0, 4096, 3, MAP_SHARED | MAP_ANONYMOUS, -1, 0); if (!fork()) { for (int i = 0; i < 1000; i++) p[0]++; _exit(0); } for (int i = 0; i < 1000; i++) p[1]++; wait(0); SAY("%d %d\n", p[0], p[1]); return 0; }
CASE(shared_spin_fork) { volatile int *p = mmap(0, 4096, 3, MAP_SHARED | MAP_ANONYMOUS, -1, 0); if (!fork()) { for (volatile int i = 0; i < 3000000; i++) { } p[0] = 1; _exit(0); } long n = 0; while (!p[0]) n++; wait(0); SAY("%d\n", n > 0); return 0; }
CASE(vfork_exec) { pid_t p = vfork(); if (!p) { execl("/bin/echo", "echo", "from vfork", (char *)0); _exit(1); } int s; waitpid(p, &s, 0); SAY("%d\n", s); return 0; }
CASE(vfork_exit) { volatile int x = 1; pid_t p = vfork(); if (!p) { x = 2; _exit(3); } int s; waitpid(p, &s, 0); SAY("%d %d\n", x, WEXITSTATUS(s)); return 0; }
CASE(exec_self) { if (getenv("AGAIN")) { SAY("again %s\n", getenv("AGAIN")); return 4; } setenv("AGAIN", "yes", 1); execl("/proc/self/exe", "conformance", "exec_self", (char *)0); return 9; }
CASE(exec_missing) { SAY("%d %d\n", execl("/no/such", "x", (char *)0), errno); return 0; }
CASE(exec_script) { return system("echo one; echo two | cat; exit 5") >> 8; }
CASE(exec_thread) { extern int exec_from_thread(void); return exec_from_thread(); }
CASE(posix_spawn_missing) { SAY("%d\n", system("/no/such/program 2>/dev/null") >> 8); return 0; }
CASE(wait_status_signal) { pid_t p = fork(); if (!p) { raise(SIGKILL); } int s; waitpid(p, &s, 0); SAY("%d %d\n", WIFSIGNALED(s), WTERMSIG(s)); return 0; }
CASE(wait_nohang) { int p[2]; pipe(p); pid_t c = fork(); if (!c) { char b; read(p[0], &b, 1); _exit(0); } SAY("%d ", waitpid(c, 0, WNOHANG)); write(p[1], "x", 1); SAY("%d\n", waitpid(c, 0, 0) == c); return 0; }
CASE(waitid_call) { pid_t c = fork(); if (!c) _exit(11); siginfo_t i = {0}; SAY("%d ", waitid(P_PID, c, &i, WEXITED)); SAY("%d %d\n", i.si_status, i.si_pid == c); return 0; }
CASE(wait_rusage) { struct rusage u; if (!fork()) _exit(0); int s; SAY("%d %ld\n", wait4(-1, &s, 0, &u) > 0, u.ru_maxrss); return 0; }
CASE(wait_echild) { SAY("%d %d\n", wait(0), errno); return 0; }
CASE(sigchld_handler) { extern int count_children(void); return count_children(); }
CASE(orphan) { int p[2]; pipe(p); if (!fork()) { if (!fork()) { usleep(3000); char b[16]; int n = snprintf(b, 16, "%d", getppid() > 0); write(p[1], b, n); _exit(0); } _exit(0); } wait(0); char b[16] = {0}; read(p[0], b, 15); SAY("%s\n", b); return 0; }
CASE(process_group) { SAY("%d %d %d\n", getpgrp() > 0, setpgid(0, 0), getpgid(0) == getpid()); return 0; }
CASE(session) { if (!fork()) { SAY("%d %d\n", setsid() == getpid(), getsid(0) == getpid()); _exit(0); } wait(0); return 0; }
CASE(user_ids) { uid_t a, b, c; getresuid(&a, &b, &c); SAY("%d %d %d %d\n", getuid(), geteuid(), a == b, c == a); return 0; }
CASE(groups_list) { gid_t g[64]; SAY("%d\n", getgroups(64, g)); return 0; }
CASE(limits) { struct rlimit l; getrlimit(RLIMIT_NOFILE, &l); SAY("%lu\n", (unsigned long)l.rlim_cur); l.rlim_cur = 64; SAY("%d\n", setrlimit(RLIMIT_NOFILE, &l)); return 0; }
CASE(rusage_self) { struct rusage u; getrusage(RUSAGE_SELF, &u); SAY("%ld %ld\n", u.ru_maxrss, u.ru_minflt); return 0; }
CASE(priority) { SAY("%d %d\n", getpriority(PRIO_PROCESS, 0), nice(1)); return 0; }
CASE(affinity) { cpu_set_t s; sched_getaffinity(0, sizeof s, &s); SAY("%d %d\n", CPU_COUNT(&s), sched_getcpu() >= 0); return 0; }
CASE(uname_call) { struct utsname u; uname(&u); SAY("%s %s %s\n", u.sysname, u.release, u.nodename); return 0; }
CASE(sysinfo_call) { struct sysinfo i; sysinfo(&i); SAY("%ld %lu %d\n", i.uptime, i.freeram, i.procs); return 0; }
CASE(sysconf_values) { SAY("%ld %ld %ld\n", sysconf(_SC_NPROCESSORS_ONLN), sysconf(_SC_PAGESIZE), sysconf(_SC_PHYS_PAGES)); return 0; }
// Calls given to a handler of the program's own: the recorder's code in the program makes calls, too.
static volatile char dispatch_selector;
static void on_dispatched(int signal) { (void)signal; dispatch_selector = 0; }
CASE(prctl_dispatch) {
    struct sigaction action = {.sa_handler = on_dispatched};
    sigaction(SIGSYS, &action, NULL);
    int opened = 0;
    for (int i = 0; i < 10; i++) close(open("/dev/null", O_RDONLY));
    int set = prctl(59, 1, 0, 0, &dispatch_selector);
    for (int i = 0; i < 10; i++) {
        dispatch_selector = 1;
        int file = open("/dev/null", O_RDONLY);
        dispatch_selector = 0;
        if (file > 0 && file < 100) close(file), opened++;
    }
    SAY("%d %d\n", set, opened);
    return 0;
}
CASE(prctl_name) { char b[17] = {0}; prctl(PR_SET_NAME, "renamed"); prctl(PR_GET_NAME, b); SAY("%s\n", b); return 0; }
CASE(auxv_values) { SAY("%lx %d\n", getauxval(AT_HWCAP), getauxval(AT_SYSINFO_EHDR) == 0); return 0; }
CASE(at_random) { unsigned char *p = (void *)getauxval(AT_RANDOM); for (int i = 0; i < 16; i++) SAY("%02x", p[i]); return 0; }
CASE(environment) { extern char **environ; int n = 0; while (environ[n]) n++; SAY("%d %s\n", n, getenv("PATH")); return 0; }
CASE(exit_status) { return 42; }
CASE(exit_handlers) { extern int leave_by_atexit(void); return leave_by_atexit(); }
CASE(abort_core) { struct rlimit l = {0, 0}; setrlimit(RLIMIT_CORE, &l); abort(); }
CASE(kill_self) { kill(getpid(), SIGTERM); pause(); return 0; }
CASE(kill_child) { pid_t p = fork(); if (!p) { for (;;) pause(); } usleep(1000); kill(p, SIGTERM); int s; waitpid(p, &s, 0); SAY("%d\n", WTERMSIG(s)); return 0; }
CASE(stop_continue_child) { pid_t p = fork(); if (!p) { for (int i = 0; i < 3; i++) usleep(1000); _exit(6); } kill(p, SIGSTOP); int s; waitpid(p, &s, WUNTRACED); SAY("%d ", WIFSTOPPED(s)); kill(p, SIGCONT); waitpid(p, &s, 0); SAY("%d\n", WEXITSTATUS(s)); return 0; }
CASE(ptrace_denied) { SAY("%ld %d\n", syscall(SYS_ptrace, 0, 0, 0, 0), errno); return 0; }
CASE(pidfd) { pid_t p = fork(); if (!p) _exit(0); int f = (int)syscall(SYS_pidfd_open, p, 0); struct pollfd d = {f, POLLIN, 0}; SAY("%d\n", poll(&d, 1, 1000)); wait(0); return 0; }
CASE(clone_raw) { long p = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0); if (!p) _exit(8); int s; waitpid(p, &s, 0); SAY("%d\n", WEXITSTATUS(s)); return 0; }
CASE(unshare_files) { SAY("%d\n", unshare(CLONE_FILES)); return 0; }
CASE(pipeline_fifty) { int in = -1; for (int i = 0; i < 50; i++) { int p[2]; pipe(p); if (!fork()) { if (in >= 0) { char b[64]; int n = (int)read(in, b, 64); b[n] = 'a' + i % 26; write(p[1], b, n + 1); } else write(p[1], "!", 1); _exit(0); } close(p[1]); if (in >= 0) close(in); in = p[0]; } char b[80] = {0}; read(in, b, 79); while (wait(0) > 0) { } SAY("%s\n", b); return 0; }
static int reaped;
static void on_child(int s) { while (waitpid(-1, 0, WNOHANG) > 0) reaped++; (void)s; }
int count_children(void) { signal(SIGCHLD, on_child); for (int i = 0; i < 5; i++) if (!fork()) _exit(0); while (reaped < 5) usleep(500); SAY("%d\n", reaped); return 0; }
static void bye(void) { SAY("bye\n"); }
int leave_by_atexit(void) { atexit(bye); exit(3); }
static void *executes(void *a) { execl("/bin/echo", "echo", "from a thread", (char *)0); return a; }
int exec_from_thread(void) { pthread_t t; pthread_create(&t, 0, executes, 0); pthread_join(t, 0); return 1; }
CASE(own_filter) {
    // A seccomp filter of the program's own answers a call before any tracer hears of it.
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 77),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {4, code};
    int before = 0, after = 0;
    for (int i = 0; i < 5; i++) before += syscall(SYS_getppid) > 0;
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    int set = prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
    for (int i = 0; i < 5; i++) after += syscall(SYS_getppid) == -1 && errno == 77;
    if (!fork()) _exit(syscall(SYS_getppid) == -1 ? 3 : 4);
    int status;
    wait(&status);
    SAY("%d %d %d %d\n", set, before, after, WEXITSTATUS(status));
    return 0;
}
CASE(unshared_descriptors) {
    // Descriptors come and go while calls of each kind are made again and again.
    char block[64];
    int sum = 0;
    for (int i = 0; i < 12; i++) {
        int file = open("/etc/passwd", O_RDONLY), ends[2];
        sum += read(file, block, 10) == 10;
        if (i == 6) unshare(CLONE_FILES);
        pipe(ends);
        close(file);
        sum += dup2(ends[0], file) == file && write(ends[1], "ab", 2) == 2 && read(file, block, 64) == 2;
        close(file), close(ends[0]), close(ends[1]);
        sum += read(file, block, 1) == -1;
    }
    SAY("%d\n", sum);
    return 0;
}
CASE(no_write_execute) { for (int i = 0; i < 3; i++) access("/", 0); SAY("%d ", prctl(65, 1, 0, 0, 0) < 0 ? errno : 0); void *p = mmap(0, 4096, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); for (int i = 0; i < 9; i++) access("/nowhere", 0); p = p == MAP_FAILED ? 0 : p; if (!fork()) { for (int i = 0; i < 9; i++) getppid(); execlp("sh", "sh", "-c", "echo started; exit 5", NULL); _exit(9); } int s; wait(&s); SAY("%d\n", WEXITSTATUS(s)); return 0; }
