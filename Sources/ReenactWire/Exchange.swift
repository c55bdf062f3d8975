import ReenactTimeline

/// One request with its answer on one connection.
public struct Exchange: Sendable, Equatable {
    /// From 0 on each connection, in order of requests.
    public var ordinal: Int
    /// Where the request stands in the client-to-server stream.
    public var request: StreamRange
    /// Where the answer stands in the server-to-client stream; nil while, or where, there is none.
    public var response: StreamRange?
    public var requestStart: Instant
    public var requestEnd: Instant
    public var responseStart: Instant?
    public var responseEnd: Instant?
    /// The canonical form of what was asked: equal keys ask the same thing. Holds no statement names, no nonces.
    public var key: String
    /// Weaker keys, the least weak first, each named for what it leaves out.
    public var relaxedKeys: [RelaxedKey]
    /// One line: `GET /pnpm/latest`.
    public var summary: String
    /// One line: `200, 1.2 kB`.
    public var result: String
    public var outcome: OutcomeClass
    /// The structured view: see the protocol's folder for its members.
    public var detail: JSONValue
    /// True for handshakes, authentication and session settings: they belong to the connection, not to a trigger.
    public var isPreamble: Bool
    /// True while the connection is bound to its user after this exchange: inside a transaction.
    public var holdsLease: Bool
    /// True where it prepared something under a name, which any later exchange of the connection may use.
    public var definesName = false
    /// Identifiers found in the bytes that may name a trigger: traceparent's trace id, x-request-id.
    public var identifiers: [String]
    /// Where secrets stand.
    public var secrets: [Secret]

    public init(
        ordinal: Int, request: StreamRange, response: StreamRange? = nil, requestStart: Instant,
        requestEnd: Instant? = nil, responseStart: Instant? = nil, responseEnd: Instant? = nil, key: String = "",
        relaxedKeys: [RelaxedKey] = [], summary: String = "", result: String = "", outcome: OutcomeClass = .none,
        detail: JSONValue = .null, isPreamble: Bool = false, holdsLease: Bool = false, identifiers: [String] = [],
        secrets: [Secret] = []
    ) {
        self.ordinal = ordinal
        self.request = request
        self.response = response
        self.requestStart = requestStart
        self.requestEnd = requestEnd ?? requestStart
        self.responseStart = responseStart
        self.responseEnd = responseEnd
        self.key = key
        self.relaxedKeys = relaxedKeys
        self.summary = summary
        self.result = result
        self.outcome = outcome
        self.detail = detail
        self.isPreamble = isPreamble
        self.holdsLease = holdsLease
        self.identifiers = identifiers
        self.secrets = secrets
    }
}

/// A key that leaves something out.
public struct RelaxedKey: Sendable, Equatable {
    /// What is left out, as a person reads it: `body timestamps`, `query string`.
    public var relaxation: String
    public var key: String
    public init(_ relaxation: String, key: String) {
        self.relaxation = relaxation
        self.key = key
    }
}

/// Bytes that must not reach a disk as they are.
public struct Secret: Sendable, Equatable {
    /// `authorization`, `cookie`, `password`, `token`, `card`.
    public var kind: String
    public var side: Side
    public var range: StreamRange
    /// What the bytes hide, where they are a packed body with secrets in it: these may stand elsewhere as they are.
    public var inner: [[UInt8]]
    public init(kind: String, side: Side, range: StreamRange, inner: [[UInt8]] = []) {
        self.kind = kind
        self.side = side
        self.range = range
        self.inner = inner
    }
}
