import ReenactTimeline
import ReenactWire
import ReenactWireTesting
import Testing

@testable import ReenactHTTP

/// Bodies with a `Content-Encoding`.
struct PackedBodyTests {
    /// `{"rate": null, "name": "x"}`, and the same with a token, as Python's `gzip.compress` packs them.
    static let plain = Base64.decode("H4sIAAAAAAACA6tWKkosSVWyUsgrzcnRUVDKS8wF8ZQqlGoB8U2iZxsAAAA=") ?? []
    static let secret = Base64.decode("H4sIAAAAAAACA6tWKsnPTs1TslJQSkxKTklNS88wNDI2MTUzt1CqBQDIyCzMHQAAAA==") ?? []

    static func dialogue(_ body: [UInt8], request: [UInt8] = [], coding: String = "gzip") -> Dialogue {
        let ask =
            request.isEmpty
            ? Array("GET /rate HTTP/1.1\r\nHost: h\r\n\r\n".utf8)
            : Array(
                "POST /rate HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: \(request.count)\r\n\r\n"
                    .utf8) + request
        let head =
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: \(coding)\r\nContent-Length: \(body.count)\r\n\r\n"
        return Dialogue([.client(ask), .server(Array(head.utf8) + body)])
    }

    @Test func `the detail shows what was packed`() throws {
        let body = try #require(
            Self.dialogue(Self.plain).recorded(HTTP.recorder()).first?.exchange.detail["responseBody"])
        #expect(body["text"] == "{\"rate\": null, \"name\": \"x\"}")
        #expect(body["length"] == .integer(Int64(Self.plain.count)) && body["contentEncoding"] == "gzip")
        #expect(body["truncated"] == false)
    }

    @Test func `what can't be unpacked is shown as it came`() throws {
        let damaged = Self.dialogue([1, 0, 3], coding: "br").recorded(HTTP.recorder())
        #expect(damaged.first?.exchange.detail["responseBody"]?["base64"] == "AQAD")
    }

    @Test func `a secret in a packed body makes all of the body one, and is masked in the detail`() throws {
        let exchange = try #require(Self.dialogue(Self.secret).recorded(HTTP.recorder()).first?.exchange)
        #expect(exchange.detail["responseBody"]?["text"] == "{\"token\": \"<redacted 16>\"}")
        #expect(exchange.secrets.map(\.range.length) == [Self.secret.count])
        #expect(exchange.secrets[0].inner == [Array("abcdefgh12345678".utf8)], "it may stand elsewhere as it is")
        #expect(Self.dialogue(Self.plain).recorded(HTTP.recorder()).first?.exchange.secrets.isEmpty == true)
    }

    @Test func `a packed request asks what the plain one asks`() throws {
        let packed = try #require(Self.dialogue([], request: Self.plain).recorded(HTTP.recorder()).first?.exchange)
        let text = "{\"name\":\"x\",\"rate\":null}"
        let plain = Dialogue([
            .client(
                "POST /rate HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)"
            ), .server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        ]).recorded(HTTP.recorder())
        #expect(packed.key == plain.first?.exchange.key)
    }

    @Test func `a member of a packed body can be another, and the new body is plain`() throws {
        let answer = Self.dialogue(Self.plain).recorded(HTTP.recorder())[0].answerBytes
        let edited = try #require(HTTP.edited(answer, detail: ["method": "GET"], by: [.member([.key("rate")], 2)]))
        let message = try #require(HTTPMessage(edited, side: .server))
        #expect(message.json == ["rate": 2, "name": "x"] && message["content-encoding"] == nil)
    }
}
