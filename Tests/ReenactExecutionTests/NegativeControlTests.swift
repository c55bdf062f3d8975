import Foundation
import Testing

@testable import ReenactExecution

/// A checker that cannot fail proves nothing: each change of a recording must stop its replay, at that event.
@Suite(.serialized) struct NegativeControlTests {
    private func recorded() throws -> String {
        let program = try Laboratory.compile(
            "control",
            """
            #include <stdio.h>
            #include <fcntl.h>
            #include <unistd.h>
            int main(){char b[64];int s=0;for(int i=0;i<30;i++){int f=open("/dev/urandom",O_RDONLY);read(f,b,64);close(f);
            for(int k=0;k<64;k++)s+=b[k];if(s&1)getppid();}return 0;}
            """)
        return try Laboratory.record("control-run", [program], checkEvery: 1).recording
    }

    /// The replay of a changed recording stops at one of these events.
    private func expectStop(_ path: String, at events: ClosedRange<Int>) {
        let error = #expect(throws: ExecutionError.self) { _ = try Laboratory.replay(path) }
        guard let error else { return }
        let number = error.description.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        #expect(number.map { events.contains($0) } == true, "\(error.description), expected in \(events)")
    }

    private func reads(_ events: [Event]) -> [Int] {
        events.indices.filter { index in
            if case .call(let entry, 64, _) = events[index].body { return entry.call == 0 }
            return false
        }
    }

    /// Where the processor has none, the program does not draw one, and the replay is exact.
    @Test func `a number that the processor drew stops the replay, which names rdrand`() throws {
        let program = try Laboratory.compile(
            "rdrand-program",
            """
            #include <string.h>
            #include <sys/mman.h>
            unsigned long long drawn;
            int main(){
              __builtin_cpu_init();
              if(!__builtin_cpu_supports("rdrnd")) return 3;
              /* Text that the program writes itself is not looked through: rdrand %rax; jnc back; ret. */
              char *text = mmap(0, 4096, 7, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
              memcpy(text, "\\x48\\x0f\\xc7\\xf0\\x73\\xfa\\xc3", 7);
              drawn = ((unsigned long long (*)(void))text)(); return 0;}
            """)
        let run = try Laboratory.record("rdrand-run", [program])
        guard run.summary.status == 0 else { return }
        let error = #expect(throws: ExecutionError.self) { _ = try Laboratory.replay(run.recording) }
        let said = error?.description ?? ""
        #expect(said.contains("rdrand or rdseed") && said.contains("memory that it wrote"), "\(said)")
    }

    @Test func `one flipped bit of input stops at the next memory check`() throws {
        let path = try recorded()
        var target = 0
        let changed = try Laboratory.rewrite(path, to: "flipped") { events in
            target = reads(events)[10]
            guard case .call(let entry, let result, var effects) = events[target].body else { return }
            effects.writes[0].bytes[5] ^= 1
            events[target].body = .call(entry: entry, result: result, effects)
        }
        expectStop(changed, at: target + 1...target + 1)
    }

    @Test func `one changed register stops at its event`() throws {
        let path = try recorded()
        for index in [14, 12, 4, 19] {
            var target = 0
            let changed = try Laboratory.rewrite(path, to: "register-\(index)") { events in
                target = reads(events)[7]
                guard case .call(let entry, let result, let effects) = events[target].body else { return }
                var words = entry.words
                words[index] ^= 8
                events[target].body = .call(entry: Registers(words: words), result: result, effects)
            }
            expectStop(changed, at: target...target)
        }
    }

    @Test func `a missing event stops the replay where it is missed`() throws {
        let path = try recorded()
        var target = 0
        let changed = try Laboratory.rewrite(path, to: "missing") { events in
            target = reads(events)[5]
            events.remove(at: target)
        }
        expectStop(changed, at: target...target + 1)
    }

    @Test func `another result stops the replay at once`() throws {
        let path = try recorded()
        var target = 0
        let changed = try Laboratory.rewrite(path, to: "result") { events in
            target =
                events.indices.first { index in
                    if case .call(let entry, let result, _) = events[index].body {
                        return entry.call == 257 && result > 2 && index > 60
                    }
                    return false
                } ?? 0
            guard case .call(let entry, let result, let effects) = events[target].body else { return }
            events[target].body = .call(entry: entry, result: result + 1, effects)
        }
        expectStop(changed, at: target + 1...target + 2)
    }

    @Test func `a changed stop of a preempted thread is not found`() throws {
        let program = try Laboratory.compile("preempted", RecordReplayTests.race, options: ["-O0"])
        for seed: UInt64 in 20..<40 {
            let (path, summary) = try Laboratory.record("preempted-run", [program], chaos: seed)
            guard summary.preemptions > 0 else { continue }
            var target = 0
            let changed = try Laboratory.rewrite(path, to: "preempted-changed") { events in
                target = try #require(
                    events.indices.first { index in
                        if case .preempt = events[index].body { return true }
                        return false
                    })
                guard case .preempt(var point) = events[target].body else { return }
                point.fingerprint ^= 1
                events[target].body = .preempt(point)
            }
            expectStop(changed, at: target...target)
            return
        }
        Issue.record("no recording had a preemption")
    }
}
