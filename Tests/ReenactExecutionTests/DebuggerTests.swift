import Foundation
import Synchronization
import Testing

@testable import ReenactExecution

/// An unmodified gdb goes back from the failure to its cause.
@Suite(.serialized) struct DebuggerTests {
    @Test func `the write that corrupted a variable is found backwards`() throws {
        let program = try Laboratory.compile(
            "corrupts",
            """
            #include <stdio.h>
            #include <stdlib.h>
            int table[16];
            void fill(int n) { for (int i = 0; i < n; i++) table[i] = i * i; }
            __attribute__((noinline)) void corrupt(int k) { table[k] = -1; }
            __attribute__((noinline)) int use(void) { if (table[5] < 0) abort(); return table[5]; }
            int main() { fill(16); for (int i = 0; i < 10; i++) { printf("%d\\n", i); fflush(stdout); if (i == 7) corrupt(5); }
              return use(); }
            """, options: ["-O0"])
        let (path, _) = try Laboratory.record("corrupts-run", [program])
        let said = try Laboratory.debug(
            path, program,
            [
                "break use", "continue", "watch -l table[5]", "reverse-continue", "bt", "reverse-stepi", "stepi",
                "delete",
                "reverse-finish", "info locals", "continue",
            ])
        #expect(said.contains("Old value = -1"), "\(said)")
        #expect(said.contains("New value = 25"), "\(said)")
        #expect(said.contains("corrupt (k=5)"), "\(said)")
        #expect(said.contains("i = 7"), "\(said)")
        #expect(said.contains("SIGABRT"), "\(said)")
    }

    @Test func `a use after free is found from the crash back to the free`() throws {
        let program = try Laboratory.compile(
            "freed",
            """
            #include <stdlib.h>
            #include <string.h>
            struct node { struct node *next; int value; };
            struct node *head;
            __attribute__((noinline)) void drop(struct node *n) { free(n); memset(malloc(sizeof *n), 0x11, sizeof *n); }
            __attribute__((noinline)) int sum(void) { int s = 0; for (struct node *n = head; n; n = n->next) s += n->value; return s; }
            int main() { for (int i = 0; i < 4; i++) { struct node *n = malloc(sizeof *n); n->next = head; n->value = i; head = n; }
              drop(head->next); return sum(); }
            """, options: ["-O0"])
        let (path, summary) = try Laboratory.record("freed-run", [program])
        #expect(summary.status == 139)
        let said = try Laboratory.debug(
            path, program, ["continue", "bt", "watch -l head->next->next", "reverse-continue", "bt"])
        #expect(said.contains("SIGSEGV"), "\(said)")
        #expect(said.contains("drop"), "\(said)")
    }

    @Test func `a write behind a long loop is found backwards, and what led to it`() throws {
        let program = try Laboratory.compile(
            "loops",
            """
            #include <stdio.h>
            #include <unistd.h>
            volatile unsigned total, seen;
            __attribute__((noinline)) void finished(void) { getppid(); }
            int main() { for (int k = 0; k < 30; k++) { for (unsigned i = 0; i < 400000; i++) total += i; getppid(); if (k % 9 == 1) seen = k; }
              finished(); return 0; }
            """)
        let (path, _) = try Laboratory.record("loops-run", [program])
        let said = try Laboratory.debug(
            path, program,
            [
                "break finished", "continue", "reverse-stepi", "reverse-stepi", "delete", "watch -l seen",
                "reverse-continue", "print k", "reverse-stepi", "reverse-stepi", "print k", "reverse-continue",
                "print k", "stepi", "print seen",
            ])
        #expect(said.matches(of: /\$\d = (\d+)/).map { String($0.1) } == ["28", "28", "19", "19"], "\(said)")
    }

    @Test func `each step back undoes a step, across calls and from thread to thread`() throws {
        let program = try Laboratory.compile(
            "steps",
            """
            #include <pthread.h>
            #include <unistd.h>
            volatile long sum;
            void *work(void *a) { for (int i = 0; i < 40; i++) { for (int k = 0; k < 50; k++) sum += k; write(1, "x", 1); } return 0; }
            int main() { pthread_t t[2]; for (int i = 0; i < 2; i++) pthread_create(&t[i], 0, work, 0);
              for (int i = 0; i < 2; i++) pthread_join(t[i], 0); return 0; }
            """, options: ["-O0"])
        let (path, _) = try Laboratory.record("steps-run", [program], chaos: 5)
        let seed = UInt64.random(in: 1...1_000_000)
        let wrong = try TracerThread.run { () throws -> String? in
            var random = Random(state: seed)
            var options = ExecutionReplayer.Options()
            options.echoes = false
            let replayer = try ExecutionReplayer(try RecordingReader(path), options: options)
            let first = try Laboratory.start(of: program, replayer.reader)
            let session = try DebugSession(replayer, at: first)
            for _ in 0..<8 {
                let event = first + random.below(replayer.reader.eventCount - first - 1)
                try session.restore(before: event)
                try session.forward(to: event)
                try session.normalise()
                var places = [try session.place()]
                for _ in 0..<8 {
                    _ = try session.step()
                    places.append(try session.place())
                }
                if try session.isAtEnd() { continue }
                for place in places.dropLast().reversed() {
                    _ = try session.stepBack()
                    guard let place, try session.isAt(place) else { return "around event \(event), seed \(seed)" }
                }
            }
            return nil
        }
        #expect(wrong == nil)
    }

    @Test func `going back to before a file was shared memory finds it as it was then`() throws {
        let program = try Laboratory.compile(
            "shares",
            """
            #include <fcntl.h>
            #include <sys/mman.h>
            #include <unistd.h>
            int main(int n, char **a) { int f = open(a[1], O_RDWR | O_CREAT | O_TRUNC, 0600); ftruncate(f, 4096); volatile int *p;
              for (int i = 0; i < 20; i++) { p = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, f, 0); int old = *p; *p = old + 3;
                munmap((void *)p, 4096); lseek(f, old, SEEK_SET); write(f, &old, 2); } return 0; }
            """)
        let (path, _) = try Laboratory.record("shares-run", [program, Laboratory.file("shares-data")], checkEvery: 1)
        try TracerThread.run {
            var options = ExecutionReplayer.Options()
            options.echoes = false
            let replayer = try ExecutionReplayer(try RecordingReader(path), options: options)
            let first = try Laboratory.start(of: program, replayer.reader)
            let session = try DebugSession(replayer, at: first)
            for event in [replayer.reader.eventCount - 2, first + 10, replayer.reader.eventCount - 20, first + 1] {
                try session.restore(before: event)
                try session.forward(to: event)
                #expect(replayer.position == event)
            }
            try session.restore(before: first)
            try session.forward(to: replayer.reader.eventCount - 2)
        }
    }

    static let bank = """
        #include <pthread.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <unistd.h>
        int balance;
        void audit(int who, int seen) { char line[64]; int n = snprintf(line, sizeof line, "%d saw %d\\n", who, seen); write(1, line, n); }
        __attribute__((noinline)) void deposit(int who, int amount) { int seen = balance; audit(who, seen); balance = seen + amount; }
        void *work(void *a) { int who = (int)(long)a; for (int i = 0; i < 6; i++) deposit(who, who == 1 ? 1 : 100); return 0; }
        int main() { pthread_t t[2]; for (long i = 0; i < 2; i++) pthread_create(&t[i], 0, work, (void *)(i + 1));
          for (int i = 0; i < 2; i++) pthread_join(t[i], 0); if (balance != 606) abort(); return 0; }
        """

    @Test func `a lost update is found from the wrong sum back to the two threads`() throws {
        let program = try Laboratory.compile("bank", DebuggerTests.bank, options: ["-O0"])
        for seed: UInt64 in 1...30 {
            let (path, summary) = try Laboratory.record("bank-run", [program], chaos: seed)
            guard summary.status == 134 else { continue }
            // Back from write to write, until one overwrites what its thread has not seen; then the write that is lost.
            let said = try Laboratory.debug(
                path, program,
                [
                    "continue", "watch -l balance", "set $looks = 0", "set $found = 0",
                    "while !$found && $looks < 14", "reverse-continue", "set $looks = $looks + 1", "if balance != seen",
                    "set $found = 1", "end", "end",
                    "printf \"stale: thread %d of %d saw %d, there is %d\\n\", $_thread, who, seen, balance",
                    "reverse-continue", "printf \"lost: thread %d of %d\\n\", $_thread, who",
                ])
            #expect(said.contains("SIGABRT"), "\(said)")
            let stale = try #require(
                said.firstMatch(of: /stale: thread (\d) of (\d) saw (\d+), there is (\d+)/), "\(said)")
            let lost = try #require(said.firstMatch(of: /lost: thread (\d) of (\d)/), "\(said)")
            #expect(stale.1 != lost.1 && stale.2 != lost.2, "\(said)")
            #expect(stale.3 != stale.4, "\(said)")
            return
        }
        Issue.record("no schedule lost an update")
    }
}
