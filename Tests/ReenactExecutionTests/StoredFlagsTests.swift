import Testing

@testable import ReenactExecution

@Suite(.serialized) struct StoredFlagsTests {
    /// As Go's runtime does when it preempts a goroutine, among steps of the recorder's.
    static let keepsFlags = """
        #include <pthread.h>
        #include <signal.h>
        #include <sys/time.h>
        volatile long ticks, marked;
        void on(int s) { ticks++; }
        void *work(void *a) { for (int i = 0; i < 60000; i++) { unsigned long f; asm volatile("pushfq; pop %0" : "=r"(f)); marked += f & 0x100; } return 0; }
        int main() { struct sigaction a = {.sa_handler = on, .sa_flags = SA_RESTART}; sigaction(SIGALRM, &a, 0);
          struct itimerval t = {{0, 3000}, {0, 3000}}; setitimer(ITIMER_REAL, &t, 0);
          pthread_t p[3]; for (int i = 0; i < 3; i++) pthread_create(&p[i], 0, work, 0);
          for (int i = 0; i < 3; i++) pthread_join(p[i], 0); return marked ? 1 : 0; }
        """

    @Test(arguments: [nil, 1] as [UInt64?])
    func `a program that stores its flags does not see that it is stepped`(chaos: UInt64?) throws {
        let name = "flags-\(chaos ?? 0)"
        let program = try Laboratory.compile(name, StoredFlagsTests.keepsFlags)
        let (path, summary) = try Laboratory.record(name + "-run", [program], chaos: chaos)
        #expect(summary.status == 0)
        #expect(try Laboratory.replay(path).events == summary.events)
    }
}
