#include "case.h"
static pthread_t t[8];
static void *nothing(void *a) { return a; }
static void spread(int n, void *(*f)(void *)) { for (long i = 0; i < n; i++) pthread_create(&t[i], 0, f, (void *)i); for (int i = 0; i < n; i++) pthread_join(t[i], 0); }
CASE(thread_join) { void *r; pthread_create(t, 0, nothing, (void *)5L); pthread_join(t[0], &r); SAY("%ld\n", (long)r); return 0; }
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static volatile long n;
static void *locked(void *a) { for (int i = 0; i < 2000; i++) { pthread_mutex_lock(&m); n++; pthread_mutex_unlock(&m); } return a; }
CASE(mutex_count) { spread(4, locked); SAY("%ld\n", n); return 0; }
static void *racing(void *a) { for (int i = 0; i < 3000000; i++) n++; return a; }
CASE(lost_update) { spread(4, racing); SAY("%ld\n", n); return 0; }
static void *atomic(void *a) { for (int i = 0; i < 200000; i++) __atomic_add_fetch(&n, 1, 5); return a; }
CASE(atomic_count) { spread(4, atomic); SAY("%ld\n", n); return 0; }
static volatile int flag;
static void *raises_flag(void *a) { for (volatile int i = 0; i < 3000000; i++) { } flag = 1; return a; }
CASE(spin_wait) { pthread_create(t, 0, raises_flag, 0); long k = 0; while (!flag) k++; pthread_join(t[0], 0); SAY("%d\n", k > 0); return 0; }
CASE(spin_count) { pthread_create(t, 0, raises_flag, 0); volatile long k = 0; while (!flag) k++; pthread_join(t[0], 0); SAY("%ld\n", k); return 0; }
static void *yields(void *a) { for (int i = 0; i < 200; i++) { n = n * 3 + (long)a; sched_yield(); } return a; }
CASE(yield_order) { spread(3, yields); SAY("%ld\n", n); return 0; }
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
static void *produces(void *a) { for (int i = 0; i < 100; i++) { pthread_mutex_lock(&m); n++; pthread_cond_signal(&c); pthread_mutex_unlock(&m); } return a; }
CASE(condition) { pthread_create(t, 0, produces, 0); long got = 0; while (got < 100) { pthread_mutex_lock(&m); while (!n) pthread_cond_wait(&c, &m); got += n; n = 0; pthread_mutex_unlock(&m); } pthread_join(t[0], 0); SAY("%ld\n", got); return 0; }
CASE(condition_timeout) { struct timespec s; clock_gettime(CLOCK_REALTIME, &s); s.tv_nsec += 2000000; if (s.tv_nsec >= 1000000000) { s.tv_sec++; s.tv_nsec -= 1000000000; } pthread_mutex_lock(&m); SAY("%d\n", pthread_cond_timedwait(&c, &m, &s)); return 0; }
static pthread_barrier_t b;
static void *meets(void *a) { for (int i = 0; i < 20; i++) { pthread_barrier_wait(&b); __atomic_add_fetch(&n, 1, 5); } return a; }
CASE(barrier) { pthread_barrier_init(&b, 0, 4); spread(4, meets); SAY("%ld\n", n); return 0; }
static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;
static void *reads(void *a) { for (int i = 0; i < 300; i++) { if (i % 10 == (long)a) { pthread_rwlock_wrlock(&rw); n++; } else pthread_rwlock_rdlock(&rw); pthread_rwlock_unlock(&rw); } return a; }
CASE(rwlock) { spread(4, reads); SAY("%ld\n", n); return 0; }
static sem_t sem;
static void *posts(void *a) { for (int i = 0; i < 50; i++) sem_post(&sem); return a; }
CASE(semaphore) { sem_init(&sem, 0, 0); pthread_create(t, 0, posts, 0); for (int i = 0; i < 50; i++) sem_wait(&sem); pthread_join(t[0], 0); SAY("ok\n"); return 0; }
static pthread_spinlock_t sl;
static void *spins(void *a) { for (int i = 0; i < 3000; i++) { pthread_spin_lock(&sl); n += 2; pthread_spin_unlock(&sl); } return a; }
CASE(spinlock) { pthread_spin_init(&sl, 0); spread(4, spins); SAY("%ld\n", n); return 0; }
static __thread int own;
static void *uses_own(void *a) { for (int i = 0; i < 100; i++) own += (int)(long)a; __atomic_add_fetch(&n, own, 5); return a; }
CASE(thread_local) { spread(5, uses_own); SAY("%ld\n", n); return 0; }
static void *ids(void *a) { pthread_mutex_lock(&m); SAY("%ld is %ld\n", (long)a, syscall(SYS_gettid)); pthread_mutex_unlock(&m); return a; }
CASE(thread_ids) { spread(3, ids); return 0; }
static void *waits_forever(void *a) { for (;;) pause(); return a; }
CASE(exit_with_threads) { for (int i = 0; i < 4; i++) pthread_create(&t[i], 0, waits_forever, 0); usleep(2000); SAY("leaving\n"); return 6; }
CASE(cancel) { pthread_create(t, 0, waits_forever, 0); usleep(1000); pthread_cancel(t[0]); void *r; pthread_join(t[0], &r); SAY("%d\n", r == PTHREAD_CANCELED); return 0; }
static void *runs_on(void *a) { usleep(3000); SAY("last\n"); return a; }
CASE(main_leaves_first) { pthread_create(t, 0, runs_on, 0); pthread_detach(t[0]); pthread_exit(0); }
static volatile int told;
static void on_signal(int s) { told = s; }
static void *is_told(void *a) { while (!told) usleep(500); return a; }
CASE(thread_kill) { signal(SIGUSR1, on_signal); pthread_create(t, 0, is_told, 0); usleep(1000); pthread_kill(t[0], SIGUSR1); pthread_join(t[0], 0); SAY("%d\n", told); return 0; }
static void *forks(void *a) { if (!fork()) _exit(3); int s; wait(&s); __atomic_add_fetch(&n, WEXITSTATUS(s), 5); return a; }
CASE(fork_in_thread) { spread(3, forks); SAY("%ld\n", n); return 0; }
static void *pipes(void *a) { int p[2]; pipe(p); char x; for (int i = 0; i < 50; i++) { write(p[1], "a", 1); read(p[0], &x, 1); } return a; }
CASE(threads_pipes) { spread(4, pipes); SAY("done\n"); return 0; }
static void *waits_word(void *a) { while (__atomic_load_n(&flag, 5) == 0) syscall(SYS_futex, &flag, FUTEX_WAIT, 0, 0, 0, 0); return a; }
CASE(futex_wake) { pthread_create(t, 0, waits_word, 0); usleep(1000); __atomic_store_n(&flag, 1, 5); SAY("%d\n", syscall(SYS_futex, &flag, FUTEX_WAKE, 1, 0, 0, 0) >= 0); pthread_join(t[0], 0); return 0; }
static void *dies_holding(void *a) { pthread_mutex_lock(a); return 0; }
CASE(robust_mutex) { pthread_mutexattr_t a; pthread_mutex_t r; pthread_mutexattr_init(&a); pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST); pthread_mutex_init(&r, &a); pthread_create(t, 0, dies_holding, &r); pthread_join(t[0], 0); SAY("%d\n", pthread_mutex_lock(&r) == EOWNERDEAD); return 0; }
static void *inherits(void *a) { for (int i = 0; i < 100; i++) { pthread_mutex_lock(a); n++; pthread_mutex_unlock(a); } return 0; }
CASE(pi_mutex) { pthread_mutexattr_t a; static pthread_mutex_t r; pthread_mutexattr_init(&a); pthread_mutexattr_setprotocol(&a, PTHREAD_PRIO_INHERIT); pthread_mutex_init(&r, &a); pthread_create(t, 0, inherits, &r); pthread_create(t + 1, 0, inherits, &r); pthread_join(t[0], 0); pthread_join(t[1], 0); SAY("%ld\n", n); return 0; }
static void *allocates(void *a) { for (int i = 0; i < 500; i++) { char *p = malloc((size_t)(100 + i * 7)); p[0] = 1; free(p); } return a; }
CASE(malloc_threads) { spread(4, allocates); SAY("%p\n", malloc(10)); return 0; }
static void *creates(void *a) { pthread_t x; for (int i = 0; i < 10; i++) { pthread_create(&x, 0, nothing, 0); pthread_join(x, 0); } return a; }
CASE(thread_churn) { spread(4, creates); SAY("churned\n"); return 0; }
static void *crashes(void *a) { usleep(1000); *(volatile int *)0 = 1; return a; }
CASE(crash_in_thread) { pthread_create(t, 0, crashes, 0); pthread_join(t[0], 0); return 0; }
// One waits for events while others write, a timer's signals come, and a child writes.
static int events[2];
static void *writes_events(void *a) { for (int i = 0; i < 8; i++) { usleep(1500); __sync_fetch_and_add(&n, 1); if (i % 2 == 0) write(events[1], "x", 1); } return a; }
static void on_alarm(int s) { flag++; }
CASE(epoll_threads) { struct itimerval v = {{0, 4000}, {0, 4000}}; signal(SIGALRM, on_alarm); setitimer(ITIMER_REAL, &v, 0); pipe(events); int e = epoll_create1(0), got = 0; struct epoll_event w = {EPOLLIN, {.fd = events[0]}}, o[4]; epoll_ctl(e, EPOLL_CTL_ADD, events[0], &w); for (int i = 0; i < 3; i++) pthread_create(t + i, 0, writes_events, 0); if (!fork()) { usleep(6000); write(events[1], "yy", 2); _exit(0); } char b[8]; while (got < 14) { int r = epoll_wait(e, o, 4, 3); if (r > 0) got += (int)read(events[0], b, 8); } for (int i = 0; i < 3; i++) pthread_join(t[i], 0); memset(&v, 0, sizeof v); setitimer(ITIMER_REAL, &v, 0); wait(0); SAY("%d %ld\n", got, n); return 0; }
