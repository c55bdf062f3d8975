import Foundation
import Synchronization
import Testing

@testable import ReenactExecution

@Suite(.serialized) struct RecordReplayTests {
    /// Records and replays; the replay throws at the first difference.
    private func both(
        _ name: String, _ command: [String], checkEvery: Int = 0, chaos: UInt64? = nil, replays: Int = 1
    ) throws -> (RecordingSummary, ExecutionReplayer.Report) {
        let (path, summary) = try Laboratory.record(name, command, checkEvery: checkEvery, chaos: chaos)
        var report = ExecutionReplayer.Report()
        for _ in 0..<replays { report = try Laboratory.replay(path) }
        #expect(report.events == summary.events)
        #expect(report.status == summary.status)
        return (summary, report)
    }

    @Test func `a static program replays with equal registers and memory at every call`() throws {
        let program = try Laboratory.compile(
            "static",
            "#include <stdio.h>\nint main(){for(int i=0;i<20;i++)printf(\"%d\\n\",i),fflush(stdout);return 3;}",
            options: ["-static"])
        let (summary, report) = try both("static-run", [program], checkEvery: 1)
        #expect(summary.status == 3)
        #expect(report.memoryChecks > 20)
        #expect(report.registerChecks > 20)
    }

    @Test(arguments: [
        [
            "python3", "-c",
            "import json,time,os,random;print(time.time(),os.getpid(),random.random(),json.dumps([1,2]))",
        ],
        ["sqlite3", ":memory:", "create table a(b); insert into a values(random()); select * from a;"],
        ["bash", "-c", "for i in 1 2 3; do seq 1 100 | sort -R | head -3 | tr 1 x | wc -c; done; echo $RANDOM $$"],
        ["perl", "-e", "print time, rand(), `date +%N`"],
        ["git", "--version"],
    ])
    func `programs of the system replay exactly`(command: [String]) throws {
        let path = try #require(
            ["/usr/bin", "/bin", "/usr/local/bin"].map { "\($0)/\(command[0])" }.first {
                FileManager.default.isExecutableFile(atPath: $0)
            })
        _ = try both("system-\(command[0])", [path] + command.dropFirst(), checkEvery: 50)
    }

    static let race = """
        #include <pthread.h>
        #include <stdio.h>
        volatile long counter;
        void *work(void *a) { for (int i = 0; i < 8000000; i++) counter++; return 0; }
        int main() { pthread_t t[4]; for (int i = 0; i < 4; i++) pthread_create(&t[i], 0, work, 0);
            for (int i = 0; i < 4; i++) pthread_join(t[i], 0); printf("%ld\\n", counter); return counter == 32000000; }
        """

    @Test(arguments: 1...6) func `a data race replays exactly, whatever its schedule`(seed: UInt64) throws {
        let program = try Laboratory.compile("race-\(seed)", RecordReplayTests.race, options: ["-O0"])
        _ = try both("race-run-\(seed)", [program], chaos: seed, replays: 3)
    }

    @Test(arguments: [nil, 3] as [UInt64?], [true, false])
    func `a program gets on although each slice ends at a call's entry`(chaos: UInt64?, isBuffered: Bool) throws {
        let program = try Laboratory.compile(
            "late-\(chaos ?? 0)-\(isBuffered)",
            """
            #include <pthread.h>
            #include <sched.h>
            #include <signal.h>
            volatile int sum;
            void count(int s) { __atomic_add_fetch(&sum, 1, 5); }
            void *work(void *a) { for (int i = 0; i < 30; i++) { count(0); sched_yield(); if (i % 7 == 0) raise(SIGUSR1); } return 0; }
            int main() { signal(SIGUSR1, count); pthread_t t[3]; for (int i = 0; i < 3; i++) pthread_create(&t[i], 0, work, 0);
                for (int i = 0; i < 3; i++) pthread_join(t[i], 0); return sum != 105; }
            """)
        let (path, summary) = try Laboratory.record(
            "late-run-\(chaos ?? 0)-\(isBuffered)", [program], chaos: chaos, isBuffered: isBuffered,
            interruptsLate: true)
        let report = try Laboratory.replay(path)
        #expect(report.events == summary.events && summary.status == 0)
    }

    @Test func `a program that waits in a loop for another thread makes progress`() throws {
        let program = try Laboratory.compile(
            "spin",
            """
            #include <pthread.h>
            volatile int flag;
            void *work(void *a) { for (volatile int i = 0; i < 9000000; i++) {} flag = 1; return 0; }
            int main() { pthread_t t; pthread_create(&t, 0, work, 0); volatile long n = 0; while (!flag) n++; return flag + 1; }
            """)
        let (summary, report) = try both("spin-run", [program])
        #expect(summary.status == 2)
        #expect(report.preemptions > 0)
    }

    @Test func `a file that has the number of one that is gone is another file`() throws {
        let program = try Laboratory.compile(
            "inodes",
            """
            #include <stdio.h>
            #include <stdlib.h>
            #include <sys/mman.h>
            #include <unistd.h>
            int main() { int sum = 0; for (int i = 0; i < 20; i++) { char name[] = "/tmp/reenact-inode-XXXXXX"; int f = mkstemp(name);
              unlink(name); ftruncate(f, 8192); char *p = mmap(0, 8192, 3, MAP_SHARED, f, 0); sum += p[i] == 0; p[i] = p[i + 1] = 1;
              munmap(p, 8192); write(f, "x", 1); p = mmap(0, 8192, 3, MAP_SHARED, f, 0); sum += p[0] == 'x'; munmap(p, 8192); close(f); }
              return sum; }
            """)
        let (summary, _) = try both("inodes-run", [program], checkEvery: 1)
        #expect(summary.status == 40)
    }

    @Test func `a stop in code that the program has just written is found`() throws {
        let program = try Laboratory.compile(
            "writes-code",
            """
            #include <pthread.h>
            #include <string.h>
            #include <sys/mman.h>
            volatile int flag;
            void *work(void *a) { for (volatile int i = 0; i < 9000000; i++) {} flag = 1; return 0; }
            int main() {
              char *page = mmap(0, 4096, 7, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
              pthread_t t; pthread_create(&t, 0, work, 0);
              /* cmpl $0, (%rdi); je back; ret */
              memcpy(page, "\\x81\\x3f\\0\\0\\0\\0\\x74\\xf8\\xc3", 9);
              ((void (*)(volatile int *))page)(&flag);
              return flag + 1; }
            """)
        let (summary, report) = try both("writes-code-run", [program])
        #expect(summary.status == 2)
        #expect(report.preemptions > 0)
    }

    @Test func `what sockets carry is heard from a replay`() throws {
        let program = try Laboratory.compile(
            "sockets",
            """
            #include <arpa/inet.h>
            #include <string.h>
            #include <sys/uio.h>
            #include <sys/wait.h>
            #include <unistd.h>
            int main() {
              struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}; socklen_t n = sizeof a;
              int l = socket(AF_INET, SOCK_STREAM, 0); bind(l, (void *)&a, n); listen(l, 1); getsockname(l, (void *)&a, &n);
              char b[64]; int s, status;
              if (!fork()) { s = socket(AF_INET, SOCK_STREAM, 0); connect(s, (void *)&a, sizeof a);
                struct iovec v[2] = {{"pi", 2}, {"ng", 2}}; writev(s, v, 2); int d = dup(s); close(s); read(d, b, 64); return 0; }
              s = accept(l, (void *)&a, &n); n = read(s, b, 64); write(s, "pong!", 5); n += read(s, b, 64); wait(&status); return n; }
            """)
        let (path, summary) = try Laboratory.record("sockets-run", [program])
        #expect(summary.status == 4)
        let heard = Mutex<[SocketEvent]>([])
        _ = try TracerThread.run {
            var options = ExecutionReplayer.Options()
            options.echoes = false
            options.onSocket = { event in heard.withLock { $0.append(event) } }
            return try ExecutionReplayer(try RecordingReader(path), options: options).run()
        }
        let bodies = heard.withLock { $0.map(\.body) }
        let bytes = { (text: String) in Array(text.utf8) }
        #expect(bodies.contains(.sent(bytes("ping"))) && bodies.contains(.received(bytes("ping"))))
        #expect(bodies.contains(.sent(bytes("pong!"))) && bodies.contains(.received(bytes("pong!"))))
        #expect(bodies.contains(.ended))
        #expect(bodies.count { $0 == .closed } == 2)
        let inbound = bodies.compactMap { body -> (Bool, String)? in
            guard case .opened(let isInbound, false, let server, let client, 0) = body else { return nil }
            return (isInbound, isInbound ? client : server)
        }
        #expect(inbound.count == 2 && inbound.allSatisfy { $0.1.hasPrefix("127.0.0.1:") })
        #expect(inbound.count { $0.0 } == 1)
    }

    @Test func `a fatal signal ends the replay as it ended the program`() throws {
        let program = try Laboratory.compile("crash", "int main(){*(volatile int*)8=1;}")
        let (summary, _) = try both("crash-run", [program])
        #expect(summary.status == 128 + 11)
    }

    @Test func `a program that is not there is named`() throws {
        let options = ExecutionRecorder.Options(
            command: ["/no/such/program"], environment: [:], workingDirectory: "/",
            output: Laboratory.file("none.rexec"))
        let error = #expect(throws: ExecutionError.self) {
            _ = try TracerThread.run { try ExecutionRecorder(options, stop: .init()).run() }
        }
        #expect(error?.code == .notStarted(errno: ENOENT))
    }

    @Test func `io_uring is refused to the program, and named`() throws {
        let program = try Laboratory.compile(
            "uring",
            "#include <unistd.h>\n#include <errno.h>\nint main(){return syscall(425,1,0)==-1&&errno==ENOSYS?7:1;}")
        let (path, summary) = try Laboratory.record("uring-run", [program])
        #expect(summary.status == 7)
        #expect(summary.notes.contains { $0.contains("io_uring") })
        _ = try Laboratory.replay(path)
    }

    @Test func `a recording that is ended early is sealed, and leaves no process`() throws {
        let output = Laboratory.file("endless.rexec")
        let options = ExecutionRecorder.Options(
            command: ["/bin/sh", "-c", "while :; do /bin/true; done"], environment: [:], workingDirectory: "/",
            output: output)
        let stop = ExecutionRecorder.Stop()
        let thread = Thread {
            usleep(300_000)
            stop.request()
        }
        thread.start()
        let summary = try TracerThread.run { try ExecutionRecorder(options, stop: stop).run() }
        #expect(summary.notes.contains { $0.contains("ended before") })
        let reader = try RecordingReader(output)
        #expect(reader.defect == nil)
        #expect(reader.eventCount == summary.events)
        #expect(try Laboratory.replay(output).events == summary.events)
    }
    @Test func `what a program did before it waits for ever is recorded when the recording is ended`() throws {
        let program = try Laboratory.compile(
            "waits",
            """
            #include <sys/epoll.h>
            #include <unistd.h>
            int main() { struct epoll_event v; int e = epoll_create1(0);
              for (int i = 0; i < 20; i++) { getppid(); epoll_wait(e, &v, 1, 1); }
              epoll_wait(e, &v, 1, -1); return 0; }
            """)
        let output = Laboratory.file("waits.rexec")
        var options = ExecutionRecorder.Options(
            command: [program], environment: [:], workingDirectory: "/", output: output)
        options.patchesAfter = 1
        let stop = ExecutionRecorder.Stop()
        let thread = Thread {
            usleep(700_000)
            stop.request()
        }
        thread.start()
        let final = options
        let summary = try TracerThread.run { try ExecutionRecorder(final, stop: stop).run() }
        let reader = try RecordingReader(output)
        #expect(reader.defect == nil && reader.eventCount == summary.events)
        #expect(try Laboratory.replay(output).events == summary.events)
        // Times of calls that waited are their own: the last of them was over long before the recording ended.
        let last = try #require(try reader.event(reader.eventCount - 1))
        #expect(last.time < summary.nanoseconds)
        let waits = try Laboratory.events(output).filter { event in
            if case .call(let entry, _, _) = event.body { return entry.call == 232 }
            return false
        }
        #expect(waits.count <= 20)
    }
}
