// A random program: `storm SEED`. Threads and processes that make system calls, share memory, and signal each other,
// with calls that are restarted and calls that are not. What it finds goes into a sum that it prints.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { workers = 4 };
static volatile uint64_t sum;
static volatile int handled;
static pthread_t thread[workers];
static int channel[2];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static uint64_t next(uint64_t *state) {
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static void on_signal(int number) {
    int kept = errno;
    handled++;
    sum = sum * 31 + (uint64_t)number;
    if (handled % 3 == 0) sum += (uint64_t)getppid();
    errno = kept;
}

static void one(uint64_t *state) {
    char bytes[256];
    switch (next(state) % 16) {
    case 0: { int f = open("/dev/urandom", O_RDONLY); sum += (uint64_t)read(f, bytes, 64) + (unsigned char)bytes[7]; close(f); break; }
    case 1: { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); sum ^= (uint64_t)t.tv_nsec; break; }
    case 2: { struct timespec t = {0, (long)(next(state) % 300000)}, rest = {0, 0}; sum += (uint64_t)nanosleep(&t, &rest) + (uint64_t)rest.tv_nsec; break; }
    case 3: { char *p = malloc(next(state) % 100000); sum += (uintptr_t)p; free(p); break; }
    case 4: { size_t n = (1 + next(state) % 20) * 4096; char *p = mmap(0, n, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); p[n - 1] = 3; sum += (uintptr_t)p; munmap(p, n); break; }
    case 5: pthread_kill(thread[next(state) % workers], next(state) % 2 ? SIGUSR1 : SIGUSR2); break;
    case 6: { ssize_t n = write(channel[1], "12345", 5); sum += (uint64_t)n; break; }
    case 7: { ssize_t n = read(channel[0], bytes, 3); sum += (uint64_t)n; break; }
    case 8: { struct pollfd p = {channel[0], POLLIN, 0}; sum += (uint64_t)poll(&p, 1, (int)(next(state) % 2)) + (uint64_t)p.revents; break; }
    case 9: pthread_mutex_lock(&lock); for (int i = 0; i < 100; i++) sum++; pthread_mutex_unlock(&lock); break;
    case 10: for (uint64_t i = next(state) % 200000; i > 0; i--) sum = sum * 3 + i; break;
    case 11: sched_yield(); break;
    case 12: { pid_t child = fork(); if (child == 0) { kill(getppid(), SIGUSR1); _exit((int)(sum & 63)); } int s = 0; pid_t r; while ((r = waitpid(child, &s, 0)) < 0 && errno == EINTR) sum++; sum += (uint64_t)s; break; }
    case 13: sum ^= __builtin_ia32_rdtsc(); break;
    case 14: { struct itimerval t = {{0, 0}, {0, (long)(next(state) % 2000)}}; setitimer(ITIMER_REAL, &t, 0); break; }
    default: sum += (uint64_t)syscall(SYS_gettid); break;
    }
}

static void *work(void *argument) {
    uint64_t state = (uintptr_t)argument;
    for (int i = 0; i < 60; i++) one(&state);
    return 0;
}

int main(int count, char **arguments) {
    uint64_t seed = count > 1 ? strtoull(arguments[1], 0, 10) : 1;
    struct sigaction restarted = {.sa_flags = SA_RESTART}, plain = {.sa_flags = 0};
    restarted.sa_handler = plain.sa_handler = on_signal;
    sigaction(SIGUSR1, &restarted, 0);
    sigaction(SIGALRM, &restarted, 0);
    sigaction(SIGUSR2, &plain, 0);
    pipe2(channel, O_NONBLOCK);
    for (int i = 0; i < workers; i++) thread[i] = pthread_self();
    for (uintptr_t i = 0; i < workers; i++) pthread_create(&thread[i], 0, work, (void *)(seed * 1000 + i));
    for (int i = 0; i < workers; i++) pthread_join(thread[i], 0);
    printf("%llu %d\n", (unsigned long long)sum, handled > 0);
    return 0;
}
