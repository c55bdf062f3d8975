import ReenactTimeline
import ReenactWire
import Testing

@testable import ReenactReproduction

/// Whole elements of lists as conditions, and documents in messages that nobody reads.
struct ElementConditionTests {
    private func found(_ text: String, type: String = "ValueError", message: String = "no") throws -> [Condition] {
        var failure = Case.sample()
        failure.exceptions = [.sample(type: type, message: message)]
        let document = try #require(JSONParser.parse(text))
        return DocumentConditions.find(
            in: document, healthy: nil, told: "GET keys", event: 3, target: "event 3", isSuspect: false,
            Subject(failure, host: machine([:]))
        ) { .edit(event: 3, .member($0, $1)) }
    }

    @Test func `an element could be missing, the one with the value that the failure speaks of first`() throws {
        let conditions = try found(
            #"{"keys":[{"k":"a","c":"P-256"},{"k":"b","c":"Ed448"},{"k":"d","c":"P-384"}]}"#,
            message: "unsupported curve Ed448")
        let gone = conditions.filter { $0.changed == "not in the list" }
        #expect(gone.count == 3 && gone.allSatisfy { $0.stage == .remote })
        let first = try #require(gone.first)
        #expect(first.recorded.hasPrefix("keys[1] of GET keys was "))
        #expect(first.change == .edit(event: 3, .member([.key("keys"), .index(1)], nil)))
    }

    @Test func `one that stands alone is left, and what stands twice is likelier`() throws {
        #expect(try found(#"{"keys":[{"k":"a"}]}"#).allSatisfy { $0.changed != "not in the list" })
        let gone = try found(#"["a","b","a"]"#).filter { $0.changed == "not in the list" }
        #expect(gone.first?.change == .edit(event: 3, .member([.index(2)], nil)))
    }

    @Test func `code that counted on more elements, or on fewer, gets them`() throws {
        let short = try found(#"{"parts":["x"]}"#, type: "IndexError", message: "list index out of range")
        let more = try #require(short.first { $0.recorded == "parts of GET keys had 1 element" })
        #expect(more.change == .edit(event: 3, .member([.key("parts"), .index(1)], "x")))
        let long = try found("[1,2,3]", message: "too many values to unpack (expected 2)")
        let fewer = try #require(long.first { $0.recorded == "GET keys had 3 elements" })
        #expect(fewer.change == .edit(event: 3, .member([.index(2)], nil)))
        #expect(try found("[1,2,3]").allSatisfy { !$0.recorded.contains("elements") })
    }

    @Test func `members of JSON in a message that nobody reads are conditions`() throws {
        var failure = Case.sample()
        let answer = Array("MSG rates 1 23\r\n{\"rates\":{\"CHF\":null}}\r\n".utf8)
        failure.events[3].protocolName = "raw"
        failure.events[3].kind = .call
        failure.events[3].response = StreamRange(offset: 0, length: answer.count)
        failure.events[3].detail = ["requestLength": 3]
        failure.connections[2].protocolName = "raw"
        failure.connections[2].segments[1].bytes = answer
        let found = MessageConditions.find(Subject(failure, host: machine([:])))
        let first = try #require(found.first)
        #expect(first.recorded.hasPrefix("rates.CHF of what ") && first.recorded.hasSuffix(" answered was null"))
        #expect(found.allSatisfy { $0.isApplicable(to: failure) })
    }

    @Test func `an item that memcached did not have could have been there`() throws {
        var failure = Case.sample()
        let answer = Array("END\r\n".utf8)
        failure.events[3].protocolName = "memcached"
        failure.events[3].kind = .call
        failure.events[3].response = StreamRange(offset: 0, length: answer.count)
        failure.events[3].detail = ["command": "get", "args": ["k:1"], "reply": "END"]
        failure.connections[2].protocolName = "memcached"
        failure.connections[2].segments[1].bytes = answer
        let found = MessageConditions.find(Subject(failure, host: machine([:])))
        #expect(found.count == 3)
        #expect(
            found.first?.change
                == .edit(event: failure.events[3].id, .whole(Array("VALUE k:1 0 1\r\n1\r\nEND\r\n".utf8))))
    }
}
