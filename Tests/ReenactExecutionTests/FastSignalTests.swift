import Testing

@testable import ReenactExecution

/// Signals that come faster than all memory can be looked at.
@Suite(.serialized) struct FastSignalTests {
    /// 48 MiB that are no zeros, and a timer of 2 ms.
    private static let begin = """
        #include <signal.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <sys/time.h>
        #include <time.h>
        #include <unistd.h>
        static volatile sig_atomic_t ticks;
        static volatile long sum;
        static void tick(int s) { ticks++; }
        static void compute(int n) { for (int k = 0; k < n; k++) sum = sum * 31 + k; }
        static void every(int first, int us) { struct itimerval t = {{0, us}, {0, first}}; setitimer(ITIMER_REAL, &t, 0); }
        static void fill(void) { long *p = malloc(48 << 20); for (int i = 0; i < 6 << 20; i++) p[i] = i * 7 + 1; sum = (long)p; }

        """

    private func recorded(_ name: String, _ source: String, isBuffered: Bool = true) throws -> RecordingSummary {
        let program = try Laboratory.compile(name, FastSignalTests.begin + source)
        let (path, summary) = try Laboratory.record("\(name)-run", [program], isBuffered: isBuffered)
        for isBuffered in [true, false] {
            #expect(try Laboratory.replay(path, isBuffered: isBuffered).events == summary.events)
        }
        return summary
    }

    @Test(arguments: [true, false])
    func `a program that makes calls gets on beside a timer of two milliseconds`(isBuffered: Bool) throws {
        let source = """
            int main() { signal(SIGALRM, tick); fill(); every(2000, 2000); struct timespec t;
              for (int i = 0; i < 600; i++) { compute(50000); clock_gettime(CLOCK_MONOTONIC, &t); }
              every(0, 0); return ticks > 5 ? 3 : 4; }
            """
        let summary = try recorded("ticks-\(isBuffered)", source, isBuffered: isBuffered)
        #expect(summary.status == 3)
        // Nearly all of them met a call.
        #expect(summary.preemptions < summary.signals / 2 + 2)
    }

    @Test func `a program that makes none gets on as well`() throws {
        let source = """
            int main() { signal(SIGALRM, tick); fill(); every(2000, 2000); compute(60000000); every(0, 0);
              return ticks > 0 ? 3 : 4; }
            """
        #expect(try recorded("computes", source).status == 3)
    }

    @Test func `chaos gets on beside three timers of two milliseconds`() throws {
        let source = """
            int main() { signal(SIGALRM, tick); signal(SIGVTALRM, tick); signal(SIGPROF, tick); fill(); every(2000, 2000);
              struct itimerval t = {{0, 2000}, {0, 2000}}; setitimer(ITIMER_VIRTUAL, &t, 0); setitimer(ITIMER_PROF, &t, 0);
              compute(10000000); return ticks > 0 ? 3 : 4; }
            """
        let program = try Laboratory.compile("chaos-timers", FastSignalTests.begin + source)
        let (path, summary) = try Laboratory.record("chaos-timers-run", [program], chaos: 1)
        let report = try Laboratory.replay(path)
        #expect(report.events == summary.events && report.status == 3 && summary.preemptions > 0)
    }

    @Test func `a handler still runs before the program's end, and hears who sent the signal`() throws {
        let source = """
            static void last(int s, siginfo_t *i, void *c) { _exit(i->si_code == SI_KERNEL ? 7 : 8); }
            int main() { signal(SIGALRM, tick); fill(); every(2000, 2000); compute(30000000); every(0, 0);
              struct sigaction a = {.sa_sigaction = last, .sa_flags = SA_SIGINFO}; sigaction(SIGALRM, &a, 0);
              every(500, 0); compute(3000000); return 4; }
            """
        #expect(try recorded("before-end", source).status == 7)
    }

    @Test func `each of several kinds of signals arrives`() throws {
        let source = """
            static volatile sig_atomic_t got[65];
            static void count(int s) { got[s]++; }
            int main() { fill(); int kinds[] = {SIGALRM, SIGVTALRM, SIGPROF}; for (int i = 0; i < 3; i++) signal(kinds[i], count);
              struct itimerval t = {{0, 3000}, {0, 3000}};
              setitimer(ITIMER_REAL, &t, 0); setitimer(ITIMER_VIRTUAL, &t, 0); setitimer(ITIMER_PROF, &t, 0);
              struct timespec n; for (int i = 0; i < 600; i++) { compute(60000); clock_gettime(CLOCK_MONOTONIC, &n); }
              return got[SIGALRM] > 0 && got[SIGVTALRM] > 0 && got[SIGPROF] > 0 ? 3 : 4; }
            """
        #expect(try recorded("kinds", source).status == 3)
    }

    @Test(arguments: [true, false])
    func `no queued signal is lost, whichever thread it comes to`(isBuffered: Bool) throws {
        let source = """
            #include <pthread.h>
            #include <sys/wait.h>
            static volatile long heard;
            static void hear(int s, siginfo_t *i, void *c) { __atomic_add_fetch(&heard, i->si_value.sival_int, 5); }
            static void *work(void *a) { for (int i = 0; i < 30; i++) compute(100000); return 0; }
            int main() {
              struct sigaction a = {.sa_sigaction = hear, .sa_flags = SA_SIGINFO | SA_RESTART}; sigaction(SIGRTMIN, &a, 0);
              fill(); pthread_t t[3]; for (int i = 0; i < 3; i++) pthread_create(&t[i], 0, work, 0);
              for (int i = 0; i < 5; i++) if (!fork()) {
                for (int k = 0; k < 5; k++) { compute(50000); sigqueue(getppid(), SIGRTMIN, (union sigval){.sival_int = 1}); }
                _exit(0); }
              struct timespec n; for (int i = 0; i < 100; i++) { compute(30000); clock_gettime(CLOCK_MONOTONIC, &n); }
              for (int i = 0; i < 3; i++) pthread_join(t[i], 0);
              while (wait(0) > 0) {}
              return heard; }
            """
        #expect(try recorded("queued-\(isBuffered)", source, isBuffered: isBuffered).status == 25)
    }
}
