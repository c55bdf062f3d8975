import Testing

@testable import ReenactExecution

/// Calls that wait inside the capsule, and come back when the program is wanted.
@Suite(.serialized) struct InterruptedWaitTests {
    enum Mode: String, CaseIterable {
        case buffered, unbuffered, chaos
    }

    /// What each prints by itself, whenever its signal comes.
    private static let expected = [
        "epoll_interrupted": "-1 4 1\n", "epoll_stopped": "1\n", "fifo_interrupted": "-1 4 1\n",
        "fifo_restarted": "1 1\n", "fifo_stopped": "on\n", "fifo_awaited": "through 1\n", "fifo_thread": "thread\n",
    ]

    @Test(arguments: expected.keys.sorted(), Mode.allCases)
    func `a wait ends when a signal or another task ends it`(name: String, mode: Mode) throws {
        for round in 0..<(mode == .chaos ? 4 : 2) {
            let run = "wait-\(name)-\(mode)"
            let (path, summary) = try Laboratory.record(
                run, [ConformanceTests.cases.program, name], chaos: mode == .chaos ? UInt64(round) : nil,
                isBuffered: mode != .unbuffered)
            let output = ProcFile.text(Laboratory.file("\(run).out")) ?? ""
            #expect(output == InterruptedWaitTests.expected[name], "round \(round)")
            for isBuffered in [true, false] {
                #expect(try Laboratory.replay(path, isBuffered: isBuffered).events == summary.events)
            }
        }
    }
}
