import ReenactTimeline

/// Reads one answer off a stream and tells when it is complete: for the runner, which fires a recorded request.
///
/// Interim answers (1xx) are passed over. Bytes behind the answer are not looked at.
public struct HTTPMessageReader: Sendable {
    private var parser = HTTPParser(side: .server)
    private var body = HTTPBody(isHashed: false)
    private var head: HTTPHead?
    private let method: String

    /// True once the answer's last byte has come.
    public private(set) var isComplete = false
    /// Why reading ended before the answer did.
    public private(set) var failure: String?
    /// Bytes of the stream that the answer, interim ones included, has taken so far.
    public var length: Int { parser.offset }

    /// - Parameter requestMethod: of the request that was fired; answers to `HEAD` have no body.
    public init(requestMethod: String) { method = requestMethod }

    /// A reader for the answer to a raw request; `GET` is assumed where its first line is not readable.
    public init(answering request: [UInt8]) {
        self.init(requestMethod: ASCII.text(request.prefix(32).prefix { ASCII.isToken($0) }))
    }

    /// The final answer's status, once its head has come.
    public var status: Int? { head?.status }
    public var reason: String { head?.reason ?? "" }
    /// The final answer's header fields as they came.
    public var headers: [(name: String, value: String)] {
        head.map { head in head.fields.map { (head.text($0.nameRange), head.text($0.valueRange)) } } ?? []
    }
    /// Bytes of the body so far, chunk framing not counted.
    public var bodyLength: Int { body.length }
    /// The body's first 64 KB.
    public var bodyBeginning: [UInt8] { body.beginning }
    /// True where the connection can't be used again after this answer.
    public var needsClose: Bool {
        failure != nil || parser.isUntilClose || head.map { $0.wantsClose || $0.status == 101 } ?? false
    }

    /// Takes bytes of the answer in any cut.
    public mutating func received(_ bytes: ArraySlice<UInt8>) {
        guard !isComplete, failure == nil else { return }
        var input = bytes
        do {
            while !isComplete, let event = try parser.next(&input) {
                switch event {
                case .head(let head):
                    parser.frame(try .ofAnswer(head, to: method))
                    if head.status >= 200 || head.status == 101 { self.head = head }
                case .body(let piece, let offset): body.append(piece, offset: offset)
                case .end: isComplete = head != nil
                }
            }
        } catch {
            failure = error.message
        }
    }

    /// Takes the end of the stream, which completes an answer without a length.
    public mutating func closed() {
        guard !isComplete, failure == nil else { return }
        if parser.isUntilClose { isComplete = true } else { failure = "the connection ended before the answer did" }
    }
}
