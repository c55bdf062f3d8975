import ReenactTimeline

/// A report in the XML that continuous integration reads.
///
/// Source: the de-facto schema of Jenkins' JUnit plugin and of Apache Ant's `junitreport`.
enum JUnit {
    static func document(_ results: [TestResult]) -> String {
        let failures = results.count { $0.state == .failed }
        let errors = results.count { $0.state == .undecided }
        let total = seconds(results.reduce(0) { $0 + $1.milliseconds })
        let counts = "tests=\"\(results.count)\" failures=\"\(failures)\" errors=\"\(errors)\" time=\"\(total)\""
        var text = """
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuites \(counts)>
              <testsuite name="reenact" \(counts) skipped="0">

            """
        for result in results { text += testCase(result) }
        return text + "  </testsuite>\n</testsuites>\n"
    }

    private static func testCase(_ result: TestResult) -> String {
        let operation = result.operation.isEmpty ? "reenact" : result.operation
        var text =
            "    <testcase classname=\"\(escaped(operation))\" name=\"\(escaped(result.name))\" "
            + "file=\"\(escaped(result.path))\" time=\"\(seconds(result.milliseconds))\">\n"
        switch result.state {
        case .passed: break
        case .failed:
            text += "      <failure type=\"\(escaped(result.outcome))\" message=\"\(escaped(result.reason))\"/>\n"
        case .undecided:
            text += "      <error type=\"\(escaped(result.outcome))\" message=\"\(escaped(result.reason))\"/>\n"
        }
        if !result.sentence.isEmpty { text += "      <system-out>\(escaped(result.sentence))</system-out>\n" }
        return text + "    </testcase>\n"
    }

    private static func seconds(_ milliseconds: Int) -> String {
        let rest = "\(milliseconds % 1000)"
        return "\(milliseconds / 1000).\(String(repeating: "0", count: 3 - rest.count))\(rest)"
    }

    /// Text of an element or an attribute. What XML 1.0 has no way to write becomes U+FFFD.
    static func escaped(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result.append(contentsOf: "&amp;".unicodeScalars)
            case "<": result.append(contentsOf: "&lt;".unicodeScalars)
            case ">": result.append(contentsOf: "&gt;".unicodeScalars)
            case "\"": result.append(contentsOf: "&quot;".unicodeScalars)
            case "\n", "\t", "\r": result.append(contentsOf: "&#\(scalar.value);".unicodeScalars)
            case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF:
                result.append("\u{FFFD}")
            default: result.append(scalar)
            }
        }
        return String(result)
    }
}
