import Foundation
import Testing

@testable import ReenactExecution

/// Going to an event, a time, a task.
@Suite(.serialized) struct SeekTests {
    @Test func `what people write is read, and nothing else`() {
        func target(_ text: String) -> SeekTarget? { SeekTarget(text.split(separator: " ")) }
        #expect(target("1200") == .event(1200))
        #expect(target("35.5ms") == .time(35_500_000) && target("2s") == .time(2_000_000_000))
        #expect(target("7us") == .time(7000))
        #expect(target("task 3") == .task(3, isBack: false) && target("thread 3 back") == .task(3, isBack: true))
        for text in ["", "-1", "x", "ms", "-2s", "nans", "1e99s", "task", "task x", "task 3 forth", "1 2", "task -1"] {
            #expect(target(text) == nil, "\(text)")
        }
    }

    @Test func `gdb goes to an event, a time, the next and the last event of a thread`() throws {
        let program = try Laboratory.compile(
            "sought",
            """
            #include <pthread.h>
            #include <unistd.h>
            void *work(void *p) { for (int i = 0; i < 20; i++) { usleep(1000); write(9, p, 1); } return 0; }
            int main() { pthread_t t[2]; for (int i = 0; i < 2; i++) pthread_create(t + i, 0, work, "x");
              for (int i = 0; i < 2; i++) pthread_join(t[i], 0); return 0; }
            """)
        let (path, _) = try Laboratory.record("sought-run", [program])
        let reader = try RecordingReader(path)
        let first = try Laboratory.start(of: program, reader)
        let ofTwo = try SeekTarget.task(2, isBack: false).event(in: reader, from: first)
        #expect(try reader.event(ofTwo)?.task == 2)
        #expect(try (first..<ofTwo).allSatisfy { try reader.event($0)?.task != 2 })
        // One that a debugger can stand before.
        let around = try SeekTarget.task(0, isBack: true).event(in: reader, from: reader.eventCount)
        let middle = try #require(try reader.event(around)).time
        let timed = try SeekTarget.time(middle).event(in: reader, from: 0)
        #expect(timed == around)
        #expect(try reader.event(timed - 1).map { $0.time < middle } == true)
        let lastOfOne = try SeekTarget.task(1, isBack: true).event(in: reader, from: reader.eventCount)
        for target in [SeekTarget.event(reader.eventCount), .time(1 << 60), .task(9, isBack: false)] {
            #expect(throws: ExecutionError.self, "\(target)") { try target.event(in: reader, from: 0) }
        }
        let said = try Laboratory.debug(
            path, program,
            [
                "monitor seek task 2", "monitor when", "monitor seek \(Double(middle) / 1e6)ms", "monitor when",
                "monitor seek \(lastOfOne + 1)",
                "monitor seek task 1 back", "monitor when", "monitor seek \(ofTwo)", "monitor when",
                "monitor seek task 9",
                "monitor seek never",
            ])
        func place(_ event: Int) throws -> String {
            let event = (event, try #require(try reader.event(event)))
            return
                "event \(event.0) of \(reader.eventCount), \(Double(event.1.time / 1000) / 1000) ms, task \(event.1.task)"
        }
        #expect(said.contains(try place(ofTwo)), "\(said)")
        #expect(said.contains(try place(timed)), "\(said)")
        #expect(said.contains(try place(lastOfOne)), "\(said)")
        #expect(said.contains("no event of it") && said.contains("monitor seek EVENT, 35.5ms"), "\(said)")
    }
}
