import Foundation
import Testing

/// Rules of the house that the compiler does not know.
struct StyleTests {
    static let all = ["Sources", "Tests", "Hooks", "scripts", "Benchmarks", "Examples", "docs"]

    @Test func `no source file is longer than 400 lines`() {
        for file in Repository.files(in: ["Sources", "Tests", "Hooks"], named: [".swift", ".c", ".h", ".py", ".cjs"]) {
            #expect(file.lines.count <= 401, "\(file.path) has \(file.lines.count) lines: split it by concern")
        }
    }

    @Test func `every test function has its attribute`() throws {
        let function = try Regex(#"^\s*(?:static )?func (?:`[^`]+ [^`]+`|test[A-Z]\w*)\("#)
        for file in Repository.files(in: ["Tests"], named: ["Tests.swift"]) {
            for (index, line) in file.lines.enumerated() where line.contains(function) {
                #expect(
                    StyleTests.hasAttribute(file.lines, above: index),
                    "\(file.path):\(index + 1) looks like a test and lacks @Test: it never runs")
            }
        }
    }

    /// `@Test(…)` may take several lines; another declaration or a blank line ends the search.
    private static func hasAttribute(_ lines: [String], above index: Int) -> Bool {
        for line in lines[max(0, index - 30)..<index].reversed() {
            if line.contains("@Test") { return true }
            let text = line.trimmingCharacters(in: .whitespaces)
            if text.isEmpty || text == "}" || text.contains("func ") { return false }
        }
        return false
    }

    @Test func `nothing is left to do later`() {
        let marks = ["TO" + "DO", "FIX" + "ME"]
        for file in Repository.files(in: StyleTests.all) {
            for (index, line) in file.lines.enumerated() {
                let found = marks.filter { line.contains($0) }
                #expect(found.isEmpty, "\(file.path):\(index + 1) \(found)")
            }
        }
    }

    /// Text that programs printed elsewhere, kept as samples.
    static let samples: Set<String> = ["Tests/ReenactTriageTests/TraceSamples.swift"]

    @Test func `no path of a particular machine`() throws {
        let path = try Regex(
            #"(?:^|[^\w.}/])/(?:work/main|work/shared|root/|tmp/wt/|opt/swift|home/(?!me/|alice|b/|user)[a-z])"#)
        for file in Repository.files(in: StyleTests.all) where !StyleTests.samples.contains(file.path) {
            for (index, line) in file.lines.enumerated() {
                #expect(!line.contains(path), "\(file.path):\(index + 1) names a place of one machine: \(line)")
            }
        }
    }

    @Test func `scripts stop at the first error`() {
        for file in Repository.files(in: ["scripts", ".ci", "Benchmarks", "Examples", "Hooks"]) {
            guard file.lines.first == "#!/bin/bash" else { continue }
            #expect(file.lines.contains { $0.hasPrefix("set -euo pipefail") }, "\(file.path) lacks set -euo pipefail")
        }
    }
}
