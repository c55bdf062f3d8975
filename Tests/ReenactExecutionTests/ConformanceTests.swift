import Foundation
import Testing

@testable import ReenactExecution

/// Small programs, one for each thing that a program can ask of the kernel: `Tests/Conformance/execution`.
@Suite(.serialized) struct ConformanceTests {
    /// The program with all cases, and their names.
    static let cases: (program: String, names: [String]) = {
        let directory = "\(Laboratory.root)/Conformance/execution"
        let files = ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).filter {
            $0.hasSuffix(".c")
        }
        guard let program = try? Laboratory.compile("conformance", files: files.sorted().map { "\(directory)/\($0)" }),
            let (_, list) = try? Laboratory.run([program])
        else { return ("", []) }
        return (program, list.split(separator: "\n").map(String.init).sorted())
    }()

    /// Each case is a process of its own; several in one recording, since most of a short one is the program's start.
    static let groups: [[String]] = stride(from: 0, to: cases.names.count, by: 16).map {
        Array(cases.names[$0..<min($0 + 16, cases.names.count)])
    }

    @Test func `there are at least 200 cases`() { #expect(ConformanceTests.cases.names.count >= 200) }

    @Test(arguments: ConformanceTests.groups, [true, false])
    func `cases replay exactly, with the call buffer and without`(names: [String], isBuffered: Bool) throws {
        guard let whole = failure(names, isBuffered) else { return }
        // Which one it is, if it fails alone as well.
        let alone = names.compactMap { name in failure([name], isBuffered).map { "\(name): \($0)" } }
        Issue.record("\(names.joined(separator: " ")), buffered \(isBuffered): \(whole); alone: \(alone)")
    }

    /// What is wrong with the recording of these cases; nil where nothing is.
    private func failure(_ names: [String], _ isBuffered: Bool) -> String? {
        do {
            let (path, summary) = try Laboratory.record(
                "cases-\(names[0])", [ConformanceTests.cases.program] + names, checkEvery: 10,
                isBuffered: isBuffered)
            // Each kind of recording is replayed by the other kind of replay.
            let report = try Laboratory.replay(path, isBuffered: !isBuffered)
            guard report.events == summary.events else { return "\(report.events) events of \(summary.events)" }
            try? FileManager.default.removeItem(atPath: path)
            return nil
        } catch { return "\(error)" }
    }
}
