import ReenactTimeline
import Testing

@testable import ReenactReproduction

/// A document that is not UTF-8.
struct EncodingConditionTests {
    /// A failure after an answer with that body.
    private func failure(body: [UInt8]) -> Case {
        var failure = Case.sample()
        failure.exceptions = [.sample(type: "UnicodeDecodeError", message: "'utf-8' codec can't decode byte 0xfc")]
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: \(body.count)\r\n\r\n"
        let answer = Array(head.utf8) + body
        failure.connections[2].segments[1].bytes = answer
        failure.events[3].outcome = "http:200"
        failure.events[3].response = StreamRange(offset: 0, length: answer.count)
        failure.events[3].detail = ["method": "GET", "status": 200]
        return failure
    }

    private func found(_ body: [UInt8]) -> [Condition] {
        HTTPConditions.find(Subject(failure(body: body), host: machine([:])))
    }

    @Test func `no member of it is exchanged alone, since that would mend the others`() throws {
        let body = Array(#"{"people":null,"name":"Z"#.utf8) + [0xFC] + Array(#"rich"}"#.utf8)
        let conditions = found(body)
        #expect(conditions.allSatisfy { !$0.recorded.contains("people") })
        let first = try #require(conditions.first)
        #expect(first.recorded.contains("not UTF-8"))
        guard case .edit(_, .whole(let bytes)) = first.change else {
            Issue.record("it is the whole answer that changes")
            return
        }
        #expect(String(decoding: bytes, as: UTF8.self).hasSuffix(#"{"people":null,"name":"Zürich"}"#))
    }

    @Test func `one in UTF-8 is taken apart as ever`() {
        let conditions = found(Array(#"{"people":null,"name":"Zürich"}"#.utf8))
        #expect(conditions.allSatisfy { !$0.recorded.contains("UTF-8") })
        #expect(conditions.contains { $0.recorded.contains("people") })
    }
}
