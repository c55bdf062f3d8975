#include "case.h"
static volatile sig_atomic_t hits, last;
static void count(int s) { hits++; last = s; }
static void handle(int s, void (*f)(int), int flags) { struct sigaction a = {.sa_flags = flags}; a.sa_handler = f; sigaction(s, &a, 0); }
CASE(raise_handler) { handle(SIGUSR1, count, 0); raise(SIGUSR1); SAY("%d %d\n", hits, last); return 0; }
CASE(signal_ignored) { signal(SIGUSR1, SIG_IGN); raise(SIGUSR1); SAY("alive\n"); return 0; }
CASE(signal_fatal) { raise(SIGUSR2); return 0; }
CASE(signal_nested) { handle(SIGUSR1, count, SA_NODEFER); handle(SIGUSR2, count, 0); for (int i = 0; i < 10; i++) { raise(SIGUSR1); raise(SIGUSR2); } SAY("%d\n", hits); return 0; }
static void info(int s, siginfo_t *i, void *c) { SAY("%d %d %d %d\n", s, i->si_code, i->si_pid == getpid(), i->si_value.sival_int); (void)c; }
CASE(sigqueue_info) { struct sigaction a = {.sa_flags = SA_SIGINFO}; a.sa_sigaction = info; sigaction(SIGRTMIN, &a, 0); sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = 77}); return 0; }
static void change(int s, siginfo_t *i, void *c) { ((ucontext_t *)c)->uc_mcontext.gregs[REG_RIP] += 2; hits++; (void)s; (void)i; }
CASE(context_changed) { struct sigaction a = {.sa_flags = SA_SIGINFO}; a.sa_sigaction = change; sigaction(SIGILL, &a, 0); __asm__ volatile("ud2"); SAY("%d\n", hits); return 0; }
static sigjmp_buf back;
static void jump(int s) { siglongjmp(back, s); }
CASE(segv_longjmp) { handle(SIGSEGV, jump, 0); int s = sigsetjmp(back, 1); if (!s) *(volatile int *)16 = 1; SAY("%d\n", s); return 0; }
CASE(segv_many) { handle(SIGSEGV, jump, 0); volatile int n = 0; for (int i = 0; i < 50; i++) { if (sigsetjmp(back, 1)) n++; else *(volatile int *)8; } SAY("%d\n", n); return 0; }
static char *guarded;
static void unprotect(int s, siginfo_t *i, void *c) { mprotect(guarded, 4096, 3); SAY("fault %d\n", (int)((char *)i->si_addr - guarded)); (void)s; (void)c; }
CASE(segv_repaired) { guarded = mmap(0, 4096, 1, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); struct sigaction a = {.sa_flags = SA_SIGINFO}; a.sa_sigaction = unprotect; sigaction(SIGSEGV, &a, 0); guarded[123] = 5; SAY("%d\n", guarded[123]); return 0; }
CASE(fpe_divide) { handle(SIGFPE, jump, 0); volatile int z = 0; int s = sigsetjmp(back, 1); if (!s) z = 1 / z; SAY("%d\n", s); return 0; }
CASE(bus_beyond_end) { handle(SIGBUS, jump, 0); int f = scratch(); char *p = mmap(0, 8192, 3, MAP_SHARED, f, 0); int s = sigsetjmp(back, 1); if (!s) p[4096] = 1; SAY("%d\n", s); return 0; }
CASE(trap_int3) { handle(SIGTRAP, count, 0); __asm__ volatile("int3"); SAY("%d\n", hits); return 0; }
CASE(alternate_stack) { stack_t s = {.ss_sp = malloc(65536), .ss_size = 65536}; sigaltstack(&s, 0); handle(SIGUSR1, count, SA_ONSTACK); raise(SIGUSR1); sigaltstack(0, &s); SAY("%d %d\n", hits, (int)s.ss_size); return 0; }
static void leave(int s) { (void)s; SAY("overflow\n"); _exit(5); }
static int endless(int n) { volatile char pad[4096]; pad[0] = (char)n; return endless(n + 1) + pad[0]; }
CASE(stack_overflow) { struct rlimit l = {1 << 20, 1 << 20}; setrlimit(RLIMIT_STACK, &l); stack_t s = {.ss_sp = malloc(65536), .ss_size = 65536}; sigaltstack(&s, 0); handle(SIGSEGV, leave, SA_ONSTACK); return endless(0); }
CASE(mask_pending) { sigset_t m, p; sigemptyset(&m); sigaddset(&m, SIGUSR1); handle(SIGUSR1, count, 0); sigprocmask(SIG_BLOCK, &m, 0); raise(SIGUSR1); sigpending(&p); int before = hits; sigprocmask(SIG_UNBLOCK, &m, 0); SAY("%d %d %d\n", sigismember(&p, SIGUSR1), before, hits); return 0; }
CASE(sigsuspend_call) { sigset_t m, o; sigemptyset(&m); sigaddset(&m, SIGALRM); handle(SIGALRM, count, 0); sigprocmask(SIG_BLOCK, &m, &o); struct itimerval t = {{0, 0}, {0, 2000}}; setitimer(ITIMER_REAL, &t, 0); SAY("%d %d\n", sigsuspend(&o), hits); return 0; }
CASE(sigwait_call) { sigset_t m; int s; sigemptyset(&m); sigaddset(&m, SIGALRM); sigprocmask(SIG_BLOCK, &m, 0); alarm(1); struct itimerval t = {{0, 0}, {0, 2000}}; setitimer(ITIMER_REAL, &t, 0); sigwait(&m, &s); SAY("%d\n", s); return 0; }
CASE(sigtimedwait_timeout) { sigset_t m; sigemptyset(&m); sigaddset(&m, SIGUSR1); struct timespec t = {0, 2000000}; SAY("%d %d\n", sigtimedwait(&m, 0, &t), errno); return 0; }
static void every(int us) { struct itimerval t = {{0, us}, {0, us}}; setitimer(ITIMER_REAL, &t, 0); }
CASE(alarm_busy) { handle(SIGALRM, count, SA_RESTART); every(2000); volatile double x = 1; while (hits < 10) x = x * 1.0000001 + 1; every(0); SAY("%.3f\n", x); return 0; }
CASE(alarm_pause) { handle(SIGALRM, count, 0); every(1000); for (int i = 0; i < 5; i++) pause(); every(0); SAY("%d\n", hits >= 5); return 0; }
CASE(alarm_read_restart) { handle(SIGALRM, count, SA_RESTART); int p[2]; pipe(p); every(1000); if (!fork()) { usleep(6000); write(p[1], "late", 4); _exit(0); } char b[5] = {0}; ssize_t n; n = read(p[0], b, 4); every(0); SAY("%zd %s\n", n, b); return 0; }
CASE(alarm_read_eintr) { handle(SIGALRM, count, 0); int p[2]; pipe(p); every(2000); char b; ssize_t n = read(p[0], &b, 1); int e = errno; every(0); SAY("%zd %d\n", n, e); return 0; }
CASE(alarm_nanosleep) { handle(SIGALRM, count, 0); struct itimerval t = {{0, 0}, {0, 2000}}; setitimer(ITIMER_REAL, &t, 0); struct timespec s = {1, 0}, r = {0, 0}; SAY("%d %d %ld\n", nanosleep(&s, &r), errno, r.tv_nsec); return 0; }
CASE(alarm_poll) { handle(SIGALRM, count, SA_RESTART); struct itimerval t = {{0, 0}, {0, 2000}}; setitimer(ITIMER_REAL, &t, 0); SAY("%d %d\n", poll(0, 0, 500), errno); return 0; }
CASE(alarm_futex) { handle(SIGALRM, count, SA_RESTART); every(1000); int w = 0; struct timespec t = {0, 8000000}; SAY("%ld ", syscall(SYS_futex, &w, FUTEX_WAIT, 0, &t, 0, 0)); every(0); SAY("%d\n", errno); return 0; }
CASE(ignored_interrupts_sleep) { signal(SIGCHLD, SIG_DFL); if (!fork()) { usleep(1000); _exit(0); } struct timespec s = {0, 8000000}; SAY("%d\n", nanosleep(&s, 0)); wait(0); return 0; }
CASE(stop_interrupts_sleep) { pid_t p = getpid(); if (!fork()) { usleep(1000); kill(p, SIGSTOP); usleep(1000); kill(p, SIGCONT); _exit(0); } struct timespec s = {0, 9000000}; SAY("%d\n", nanosleep(&s, 0)); wait(0); return 0; }
CASE(signal_storm) { handle(SIGUSR1, count, SA_RESTART); pid_t p = getpid(); if (!fork()) { for (int i = 0; i < 100; i++) { kill(p, SIGUSR1); for (volatile int k = 0; k < 3000; k++) { } } _exit(0); } int s; volatile long n = 0; while (waitpid(-1, &s, WNOHANG) == 0) n++; SAY("%d\n", hits > 0); return 0; }
CASE(itimer_virtual) { handle(SIGVTALRM, count, 0); struct itimerval t = {{0, 3000}, {0, 3000}}; setitimer(ITIMER_VIRTUAL, &t, 0); volatile long n = 0; while (hits < 3) n++; SAY("%d\n", hits); return 0; }
CASE(timer_signal) { handle(SIGRTMIN, count, 0); timer_t t; struct sigevent e = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN}; timer_create(CLOCK_MONOTONIC, &e, &t); struct itimerspec s = {{0, 2000000}, {0, 2000000}}; timer_settime(t, 0, &s, 0); pause(); int o = timer_getoverrun(t); timer_delete(t); SAY("%d %d\n", hits, o); return 0; }
CASE(handler_vectors) { handle(SIGALRM, count, SA_RESTART); every(1000); double s = 0; for (int i = 1; i < 3000000 && hits < 8; i++) s += sqrt(i); every(0); SAY("%d\n", s > 1); return 0; }
CASE(sigaction_old) { struct sigaction o; handle(SIGUSR1, count, SA_RESTART); sigaction(SIGUSR1, 0, &o); SAY("%d\n", o.sa_handler == count); return 0; }
CASE(sigpipe_fatal) { int p[2]; pipe(p); close(p[0]); write(p[1], "x", 1); return 0; }
CASE(kill_zero) { SAY("%d %d\n", kill(getpid(), 0), kill(99999999, 0)); return 0; }
CASE(realtime_order) { for (int i = 0; i < 3; i++) handle(SIGRTMIN + i, count, 0); sigset_t m; sigfillset(&m); sigprocmask(SIG_BLOCK, &m, 0); for (int i = 2; i >= 0; i--) raise(SIGRTMIN + i); sigprocmask(SIG_UNBLOCK, &m, 0); SAY("%d %d\n", hits, last - SIGRTMIN); return 0; }
