#include "case.h"
CASE(clock_monotonic) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); SAY("%ld.%09ld\n", (long)t.tv_sec, t.tv_nsec); return 0; }
CASE(clock_realtime) { struct timespec t; clock_gettime(CLOCK_REALTIME, &t); SAY("%ld.%09ld\n", (long)t.tv_sec, t.tv_nsec); return 0; }
CASE(clock_cpu) { struct timespec t; clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); SAY("%ld\n", t.tv_nsec); clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t); SAY("%ld\n", t.tv_nsec); return 0; }
CASE(clock_resolution) { struct timespec t; clock_getres(CLOCK_MONOTONIC, &t); SAY("%ld\n", t.tv_nsec); return 0; }
CASE(gettimeofday_call) { struct timeval t; gettimeofday(&t, 0); SAY("%ld.%06ld\n", (long)t.tv_sec, (long)t.tv_usec); return 0; }
CASE(time_call) { SAY("%ld\n", (long)time(0)); return 0; }
CASE(times_call) { struct tms t; SAY("%ld\n", (long)times(&t)); return 0; }
CASE(local_time) { time_t t = time(0); char b[64]; strftime(b, 64, "%F %T", localtime(&t)); SAY("%s\n", b); return 0; }
CASE(sleep_nanos) { struct timespec t = {0, 2000000}; SAY("%d\n", nanosleep(&t, 0)); return 0; }
CASE(sleep_absolute) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); t.tv_nsec = (t.tv_nsec + 2000000) % 1000000000; SAY("%d\n", clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, 0)); return 0; }
CASE(itimer_get) { struct itimerval t = {{0, 0}, {100, 0}}, o; setitimer(ITIMER_REAL, &t, 0); getitimer(ITIMER_REAL, &o); SAY("%ld\n", (long)o.it_value.tv_sec); return 0; }
CASE(rdtsc_read) { unsigned long long a = __builtin_ia32_rdtsc(), b = __builtin_ia32_rdtsc(); SAY("%d %llu\n", b >= a, a); return 0; }
CASE(rdtscp_read) { unsigned c; SAY("%llu %u\n", (unsigned long long)__builtin_ia32_rdtscp(&c), c); return 0; }
CASE(rdtsc_loop) { unsigned long long s = 0; for (int i = 0; i < 200; i++) s ^= __builtin_ia32_rdtsc(); SAY("%llx\n", s); return 0; }
CASE(clock_loop) { struct timespec t; long s = 0; for (int i = 0; i < 300; i++) { clock_gettime(CLOCK_MONOTONIC, &t); s ^= t.tv_nsec; } SAY("%ld\n", s); return 0; }
CASE(getrandom_call) { unsigned char b[32]; getrandom(b, 32, 0); for (int i = 0; i < 32; i++) SAY("%02x", b[i]); return 0; }
CASE(random_seeded) { srandom((unsigned)time(0) ^ (unsigned)getpid()); SAY("%ld\n", random()); return 0; }
CASE(floating_point) { double s = 0; for (int i = 1; i < 100000; i++) s += sin(i) / i; SAY("%.17g\n", s); return 0; }
CASE(long_double) { long double s = 1; for (int i = 1; i < 30; i++) s *= i; SAY("%.20Lg\n", s); return 0; }
CASE(string_instructions) { char a[5000], b[5000]; memset(a, 3, sizeof a); __asm__ volatile("rep movsb" : : "D"(b), "S"(a), "c"(sizeof a) : "memory"); SAY("%d\n", memcmp(a, b, sizeof a)); return 0; }
static int order(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }
CASE(sorting) { static int v[100000]; unsigned s = 7; for (int i = 0; i < 100000; i++) v[i] = (int)((s = s * 1103515245 + 12345) >> 8); qsort(v, 100000, sizeof v[0], order); SAY("%d %d\n", v[0], v[99999]); return 0; }
CASE(gs_base) { static long v = 55; unsigned long g = 0; syscall(SYS_arch_prctl, 0x1001, &v); long r; __asm__("mov %%gs:0, %0" : "=r"(r)); syscall(SYS_arch_prctl, 0x1004, &g); SAY("%ld %d\n", r, g == (unsigned long)&v); return 0; }
CASE(unknown_call) { SAY("%ld %d\n", syscall(490, 1, 2, 3), errno); return 0; }
CASE(terminal_size) { struct winsize w; SAY("%d\n", ioctl(1, TIOCGWINSZ, &w)); return 0; }
CASE(terminal_attributes) { struct termios o; SAY("%d %d\n", tcgetattr(0, &o), isatty(0)); return 0; }
CASE(pseudo_terminal) { int p = posix_openpt(O_RDWR | O_NOCTTY); grantpt(p); unlockpt(p); int s = open(ptsname(p), O_RDWR | O_NOCTTY); struct termios t; SAY("%d ", tcgetattr(s, &t)); write(s, "typed", 5); char b[9] = {0}; SAY("%zd %s\n", read(p, b, 8), b); return 0; }
CASE(setjmp_loop) { jmp_buf j; volatile int n = 0; setjmp(j); if (++n < 100) longjmp(j, 1); SAY("%d\n", n); return 0; }
static ucontext_t one, two;
static void other(void) { SAY("in other\n"); }
CASE(swap_context) { static char s[65536]; getcontext(&two); two.uc_stack.ss_sp = s; two.uc_stack.ss_size = sizeof s; two.uc_link = &one; makecontext(&two, other, 0); swapcontext(&one, &two); SAY("back\n"); return 0; }
