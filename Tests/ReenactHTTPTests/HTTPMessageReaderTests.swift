import ReenactWireTesting
import Testing

@testable import ReenactHTTP

struct HTTPMessageReaderTests {
    func read(_ answer: String, to method: String = "GET", cut: Dialogue.Cut = .whole) -> HTTPMessageReader {
        var reader = HTTPMessageReader(requestMethod: method)
        for piece in Dialogue.pieces(of: Array(answer.utf8), cut) { reader.received(piece[...]) }
        return reader
    }

    @Test(arguments: Dialogue.Cut.all)
    func `it tells when an answer is complete`(cut: Dialogue.Cut) {
        let reader = read(
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 500 Oh\r\nA: b\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\nrest",
            cut: cut)
        #expect(reader.isComplete && reader.status == 500 && reader.reason == "Oh" && reader.bodyLength == 2)
        #expect(reader.headers.map(\.name) == ["A", "Transfer-Encoding"] && reader.headers[0].value == "b")
        #expect(!reader.needsClose && reader.bodyBeginning == Array("hi".utf8))
    }

    @Test func `it knows answers that end with the connection`() {
        var reader = read("HTTP/1.1 200 OK\r\n\r\nabc")
        #expect(!reader.isComplete && reader.needsClose)
        reader.closed()
        #expect(reader.isComplete && reader.bodyLength == 3)
        reader = read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc")
        reader.closed()
        #expect(!reader.isComplete && reader.failure != nil)
        #expect(read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", to: "HEAD").isComplete)
        #expect(HTTPMessageReader(answering: Array("HEAD / HTTP/1.1\r\n\r\n".utf8)).status == nil)
        #expect(read("garbage\r\n\r\n").failure != nil)
    }

    @Test func `the rewriter replaces values and nothing else`() {
        let request = "POST / HTTP/1.1\nhost:  h \r\nAuthorization: <redacted>\r\nContent-Length: 2\r\n\r\n{}tail"
        let rewritten = HTTPRequestRewriter.replacing(
            ["Authorization": "Bearer x", "Host": "127.0.0.1:81", "New": "n"], in: Array(request.utf8))
        #expect(
            rewritten.map { String(decoding: $0, as: UTF8.self) }
                == "POST / HTTP/1.1\nhost:  127.0.0.1:81 \r\nAuthorization: Bearer x\r\nContent-Length: 2\r\n\r\n{}tail"
        )
        #expect(HTTPRequestRewriter.replacing([:], in: Array("nonsense".utf8)) == nil)
    }
}
