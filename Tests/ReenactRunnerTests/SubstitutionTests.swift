import Testing

@testable import ReenactRunner

@Suite struct `Substitution of sessions` {
    private func answer(_ headers: String, _ body: String = "") -> [UInt8] {
        Array("HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\r\n\(body)".utf8)
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test func `puts the live cookie in the recorded one's place`() {
        var substitutions = SessionSubstitutions()
        substitutions.learn(
            recorded: answer("Set-Cookie: sid=recorded1; Path=/"), live: answer("set-cookie: sid=live-value-2; Path=/"))
        let request = "GET / HTTP/1.1\r\nCookie: a=b; sid=recorded1\r\n\r\n"
        #expect(
            text(substitutions.apply(to: Array(request.utf8)))
                == "GET / HTTP/1.1\r\nCookie: a=b; sid=live-value-2\r\n\r\n")
    }

    @Test func `corrects the length of a body that changes`() {
        var substitutions = SessionSubstitutions()
        substitutions.learn(
            recorded: answer("Set-Cookie: csrf=old-token"), live: answer("Set-Cookie: csrf=a-longer-token"))
        let request = "POST / HTTP/1.1\r\nContent-Length: 14\r\nX: old-token\r\n\r\ntoken=old-token"
        #expect(
            text(substitutions.apply(to: Array(request.utf8)))
                == "POST / HTTP/1.1\r\nContent-Length: 20\r\nX: a-longer-token\r\n\r\ntoken=a-longer-token")
    }

    @Test func `takes over tokens from the same place of a JSON answer`() {
        var substitutions = SessionSubstitutions()
        substitutions.learn(
            recorded: answer("A: b", #"{"data":{"token":"recorded-token","n":1},"l":["first-id-1"]}"#),
            live: answer("A: b", #"{"data":{"token":"live-token","n":2},"l":["first-id-2"]}"#))
        let request = "GET /first-id-1 HTTP/1.1\r\nAuthorization: Bearer recorded-token\r\n\r\n"
        #expect(
            text(substitutions.apply(to: Array(request.utf8)))
                == "GET /first-id-2 HTTP/1.1\r\nAuthorization: Bearer live-token\r\n\r\n")
    }

    @Test func `leaves alone what is short, equal or in another place`() {
        var substitutions = SessionSubstitutions()
        substitutions.learn(
            recorded: answer("Set-Cookie: lang=en", #"{"a":"same-value","b":"recorded-b"}"#),
            live: answer("Set-Cookie: lang=de", #"{"a":"same-value","c":"live-value"}"#))
        #expect(substitutions == SessionSubstitutions())
        let request = Array("GET /en HTTP/1.1\r\n\r\n".utf8)
        #expect(substitutions.apply(to: request) == request)
    }
}
