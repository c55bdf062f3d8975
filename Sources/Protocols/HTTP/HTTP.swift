import ReenactTimeline
import ReenactWire

/// HTTP/1.0 and HTTP/1.1.
///
/// Source: RFC 9110 (semantics), RFC 9112 (messages).
public enum HTTP: WireProtocol {
    public static let name = "http"

    /// A head (start line and header fields), a chunk's size line and a trailer section end here; longer is a failure.
    static let headBytesMax = 65_536
    /// Of each body, so many bytes are kept for a look; of longer ones only length and hash are known.
    static let bodyBytesKept = 65_536
    /// Requests that may wait for an answer at one time on one connection.
    static let pipelineMax = 256

    public static func recorder() -> any ExchangeRecorder { HTTPRecorder() }

    public static func stub() -> any StubSession { HTTPStub() }

    /// RFC 9112, 3: `method SP request-target SP HTTP/1.x`. Peers that speak first do not speak HTTP.
    public static func recognize(client: ArraySlice<UInt8>, server: ArraySlice<UInt8>, port: Int?) -> Recognition {
        if client.isEmpty { return server.isEmpty ? .unsure : .no }
        var rest = client
        let method = rest.prefix { ASCII.isToken($0) }
        guard (1...32).contains(method.count) else { return .no }
        rest = rest.dropFirst(method.count)
        guard let space = rest.first else { return .unsure }
        guard space == ASCII.space else { return .no }
        rest = rest.dropFirst()
        let target = rest.prefix { $0 > ASCII.space && $0 != 0x7f }
        rest = rest.dropFirst(target.count)
        guard let afterTarget = rest.first else { return target.count < headBytesMax ? .unsure : .no }
        guard afterTarget == ASCII.space, !target.isEmpty else { return .no }
        rest = rest.dropFirst()
        let version = Array("HTTP/1.".utf8)
        guard zip(rest, version).allSatisfy({ $0 == $1 }) else { return .no }
        guard rest.count > version.count else { return .unsure }
        return ASCII.isDigit(rest[rest.startIndex + version.count]) ? .yes : .no
    }

    public static func mayTellFailure(_ bytes: UnsafeRawBufferPointer) -> Bool { HTTPFailureWord.isIn(bytes) }
}

/// Bytes that are not HTTP/1.x, or more of it than the limits allow.
struct HTTPError: Error, Equatable {
    var message: String
    init(_ message: String) { self.message = message }
}
