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

    @Test func `there are at least 200 cases`() { #expect(ConformanceTests.cases.names.count >= 200) }

    @Test(arguments: ConformanceTests.cases.names) func `a case replays exactly`(name: String) throws {
        let (path, summary) = try Laboratory.record(
            "case-\(name)", [ConformanceTests.cases.program, name], checkEvery: 10)
        let report = try Laboratory.replay(path)
        #expect(report.events == summary.events)
        try? FileManager.default.removeItem(atPath: path)
    }
}
