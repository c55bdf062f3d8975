import Foundation
import Testing

@testable import ReenactExecution

/// Random programs of system calls, threads, processes and signals: `Tests/Conformance/random/storm.c`. What fails names
/// its seed; `storm SEED` is the program again, and the recording is kept.
@Suite(.serialized) struct RandomProgramTests {
    static let seeds: [UInt64] = {
        let first = UInt64.random(in: 1...1_000_000)
        return (0..<8).map { first + $0 }
    }()

    @Test(arguments: seeds.prefix(4)) func `a random program with buffered calls replays exactly`(seed: UInt64) throws {
        let program = try Laboratory.compile(
            "buffered-storm-\(seed)", files: ["\(Laboratory.root)/Conformance/random/storm.c"])
        let (path, summary) = try Laboratory.record("buffered-storm-run-\(seed)", [program, "\(seed)"])
        do {
            let report = try Laboratory.replay(path)
            #expect(report.events == summary.events)
        } catch { Issue.record("seed \(seed), recording \(path): \(error)") }
    }

    @Test(arguments: seeds) func `a random program replays exactly`(seed: UInt64) throws {
        let program = try Laboratory.compile(
            "storm-\(seed)", files: ["\(Laboratory.root)/Conformance/random/storm.c"])
        let (path, summary) = try Laboratory.record("storm-run-\(seed)", [program, "\(seed)"], chaos: seed)
        do {
            let report = try Laboratory.replay(path)
            #expect(report.events == summary.events)
        } catch { Issue.record("seed \(seed), recording \(path): \(error)") }
    }
}
