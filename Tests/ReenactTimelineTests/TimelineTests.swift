import ReenactTimeline
import Testing

struct TimelineTests {
    @Test func `bytes of a range are put together from segments, and gaps stay gaps`() {
        var connection = Connection(
            id: 1, direction: .outbound, transport: .tcp, server: "127.0.0.1:1", opened: 0)
        connection.segments = [
            Segment(side: .client, time: 1, offset: 0, bytes: [0, 1, 2]),
            Segment(side: .server, time: 2, offset: 0, bytes: [9]),
            Segment(side: .client, time: 3, offset: 3, bytes: [3, 4]),
            Segment(side: .client, time: 4, offset: 10, bytes: [10]),
        ]
        #expect(connection.bytes(.init(offset: 1, length: 3), from: .client) == [1, 2, 3])
        #expect(connection.bytes(.init(offset: 4, length: 7), from: .client) == [4, 10])
        #expect(connection.bytes(.init(offset: 0, length: 5), from: .server) == [9])
        #expect(connection.bytes(.init(offset: 20, length: 5), from: .client).isEmpty)
    }

    @Test func `a segment survives JSON, its bytes as base64`() throws {
        let segment = Segment(side: .server, time: -5, offset: 7, bytes: [0, 255, 10])
        let text = try JSONText.encode(segment)
        #expect(text.contains("AP8K"))
        #expect(try JSONText.decode(Segment.self, from: text.utf8) == segment)
    }

    @Test(arguments: ["null", "true", "-12", "1.5", "\"a\\u00e9\"", "[1,[],{}]", "{\"a\":{\"b\":[null]},\"c\":\"\"}"])
    func `a JSON value survives`(text: String) throws {
        let value = try JSONText.decode(JSONValue.self, from: text.utf8)
        #expect(try JSONText.decode(JSONValue.self, from: JSONText.encode(value).utf8) == value)
    }

    @Test func `equal values give equal text, whatever the order of their members`() throws {
        let one: JSONValue = ["b": 1, "a": 2]
        let other: JSONValue = ["a": 2, "b": 1]
        #expect(try JSONText.encode(one) == JSONText.encode(other))
    }
}
