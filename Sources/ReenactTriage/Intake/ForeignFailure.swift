import ReenactCoding
import ReenactTimeline

/// A failure that another program reported, in the house's own vocabulary, so that the same rules and fingerprints work.
public struct ForeignFailure: Sendable {
    /// Where it came from: `events.jsonl:12`, `a.envelope:2`.
    public var source: String
    /// What the sender called it, where it has a name.
    public var name: String
    public var failure: Case
    /// The service that reported it; empty where unknown.
    public var service: String
    /// Identifier of the distributed trace, and of the span in which it happened; empty where unknown.
    public var trace: String
    public var span: String
    /// The service in which it began, where causal links between reports show that; empty otherwise.
    public var origin = ""
    /// Names in fingerprints of the exceptions' stacks, the reported exception's first, where they are known already.
    var names: [StackNames]?

    public init(
        source: String, name: String = "", failure: Case, service: String = "", trace: String = "", span: String = ""
    ) {
        self.source = source
        self.name = name
        self.failure = failure
        self.service = service
        self.trace = trace
        self.span = span
    }
}

/// A part of a file that can be read by itself.
public struct InputStretch: Sendable {
    public var bytes: ArraySlice<UInt8>
    /// How many lines, or envelopes, stand before it in its file.
    public var number: Int
    /// Where its envelopes begin, where that was found out already.
    var starts: [Int]?

    public init(bytes: ArraySlice<UInt8>, number: Int) {
        self.bytes = bytes
        self.number = number
    }
}

/// An input, or a part of one, that can't be read.
public struct IntakeProblem: Sendable, Equatable, Encodable {
    /// `events.jsonl:12`.
    public var source: String
    public var reason: String
    public init(source: String, reason: String) {
        self.source = source
        self.reason = reason
    }
}

/// What came out of one file.
public struct Intake: Sendable {
    public var failures: [ForeignFailure] = []
    public var problems: [IntakeProblem] = []
    /// Parts that are well formed and hold no failure.
    public var skipped = 0
    /// Work that was reported without a failure, for links between services.
    public var transactions: [SentryTransaction] = []
    public init() {}

    /// More than this is not read: an envelope may be that large, and nothing that is sensible is larger.
    public static let bytesMax = 200 << 20
    /// More problems than this are counted, not kept.
    static let problemsMax = 1000

    mutating func note(_ source: String, _ reason: String) {
        if problems.count < Self.problemsMax { problems.append(IntakeProblem(source: source, reason: reason)) }
    }

    /// The bytes as they were before they were packed, in whichever way a sender may: gzip, deflate, Zstandard, Brotli.
    public static func plain(_ bytes: [UInt8]) throws(Inflate.Failure) -> [UInt8] {
        guard bytes.count <= bytesMax else { throw .tooLarge(bytesMax) }
        if Inflate.isGzip(bytes) { return try Inflate.gzip(bytes, limit: bytesMax) }
        if SystemCodec.isZstandard(bytes) {
            guard SystemCodec.zstandard.isThere else { throw .needs(SystemCodec.zstandard.library) }
            guard let plain = SystemCodec.zstandard.plain(bytes, limit: bytesMax) else { throw .damaged }
            return plain
        }
        // JSON is neither of these; protobuf may look like zlib, and Brotli has no mark of its own.
        guard let first = bytes.first, !"{[ \n\r\t".utf8.contains(first) else {
            return bytes
        }
        if Inflate.isZlib(bytes), let plain = try? Inflate.zlib(bytes, limit: bytesMax) { return plain }
        let head = bytes.prefix(64)
        guard !head.allSatisfy({ (0x20..<0x7F).contains($0) || (0x09...0x0D).contains($0) }),
            let plain = SystemCodec.brotli.plain(bytes, limit: bytesMax), plain.first == UInt8(ascii: "{")
        else { return bytes }
        return plain
    }
}
